package assets

import "io"

// taker lets through what is of a kind and not too large. It ends a download as soon as the first bytes are wrong.
type taker struct {
	to     io.Writer
	kind   Kind
	head   []byte
	format Format // known once the head has been seen
	size   int64
}

func (t *taker) Write(p []byte) (int, error) {
	t.size += int64(len(p))
	if t.size > t.kind.most() {
		return 0, tooLarge(t.kind)
	}
	if t.format == "" {
		t.head = append(t.head, p...)
		if len(t.head) < SniffLen {
			return len(p), nil
		}
		return len(p), t.open()
	}
	return t.to.Write(p)
}

// open tells the format by the head and lets the head through.
func (t *taker) open() error {
	var err error
	if t.format, err = Sniff(t.head, t.kind); err != nil {
		return err
	}
	_, err = t.to.Write(t.head)
	t.head = nil
	return err
}

// end is called after the last byte.
func (t *taker) end() error {
	if t.format == "" {
		return t.open()
	}
	return nil
}

func tooLarge(kind Kind) error {
	return bad("is larger than %d MiB, which is the most for %s", kind.most()/mebi, kind.article())
}

func (k Kind) article() string {
	if k == Video {
		return "a " + k.String()
	}
	return "an " + k.String()
}
