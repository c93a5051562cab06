package durable

import (
	"encoding/binary"

	"github.com/sheetreel/sheetreel/services/ratelimit/decide"
)

// writer appends fields.
type writer struct{ to []byte }

func (w *writer) number(n int64) { w.to = binary.AppendVarint(w.to, n) }

func (w *writer) text(s string) {
	w.number(int64(len(s)))
	w.to = append(w.to, s...)
}

func (w *writer) flag(set bool) {
	if set {
		w.number(1)
	} else {
		w.number(0)
	}
}

// reader reads fields. Once it has failed, all of them are zero.
type reader struct {
	from   []byte
	failed bool
}

func (r *reader) number() int64 { return number(r, binary.Varint) }

// number reads a number by a function of package binary.
func number[T int64 | uint64](r *reader, read func([]byte) (T, int)) T {
	n, size := read(r.from)
	if size <= 0 || r.failed {
		r.failed = true
		return 0
	}
	r.from = r.from[size:]
	return n
}

// count reads how many things follow that take so many bytes each at least, so that no damaged number can ask for more
// memory than the bytes there are.
func (r *reader) count(bytes int) int {
	n := r.number()
	if n < 0 || n > int64(len(r.from)/bytes) {
		r.failed = true
		return 0
	}
	return int(n)
}

func (r *reader) text() string {
	n := r.count(1)
	text := string(r.from[:n])
	r.from = r.from[n:]
	return text
}

func (r *reader) flag() bool {
	n := r.number()
	if n != 0 && n != 1 {
		r.failed = true
	}
	return n == 1
}

func (r *reader) instant() decide.Instant { return decide.Instant(r.number()) }
