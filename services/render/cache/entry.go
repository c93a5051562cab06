package cache

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"
)

// An entry is a header and the content after it:
//
//	 0  magic, 8 bytes
//	 8  length of the content, 8 bytes
//	16  what it cost to make, in nanoseconds of processor time, 8 bytes
//	24  SHA-256 of the fields before and the content, 32 bytes
const (
	magic      = "SRCACHE1"
	headerSize = 8 + 8 + 8 + sha256.Size
	maxContent = 16 << 30
)

// errDamaged says that an entry is not what was written.
var errDamaged = errors.New("damaged entry")

// header is the beginning of an entry.
type header struct {
	length int64
	cost   time.Duration
	sum    [sha256.Size]byte
}

// fields are the header's first bytes, which the digest covers too.
func (h header) fields() []byte {
	b := append(make([]byte, 0, headerSize), magic...)
	b = binary.BigEndian.AppendUint64(b, uint64(h.length))
	return binary.BigEndian.AppendUint64(b, uint64(h.cost))
}

func (h header) bytes() []byte { return append(h.fields(), h.sum[:]...) }

// digest starts the digest of an entry.
func (h header) digest() hash.Hash {
	d := sha256.New()
	d.Write(h.fields())
	return d
}

// parseHeader reads a header.
func parseHeader(b []byte) (header, error) {
	if len(b) != headerSize || !bytes.HasPrefix(b, []byte(magic)) {
		return header{}, fmt.Errorf("%w: no header", errDamaged)
	}
	h := header{
		length: int64(binary.BigEndian.Uint64(b[8:])),
		cost:   time.Duration(binary.BigEndian.Uint64(b[16:])),
		sum:    [sha256.Size]byte(b[24:]),
	}
	if h.length < 0 || h.length > maxContent || h.cost < 0 {
		return header{}, fmt.Errorf("%w: a length of %d bytes and a cost of %v cannot be", errDamaged, h.length, h.cost)
	}
	return h, nil
}

// readEntry copies the content of an entry to w. When it fails, what w got is worthless.
func readEntry(w io.Writer, r io.Reader) (header, error) {
	var raw [headerSize]byte
	if _, err := io.ReadFull(r, raw[:]); err != nil {
		return header{}, short(err)
	}
	h, err := parseHeader(raw[:])
	if err != nil {
		return h, err
	}
	digest := h.digest()
	// One byte more than it should have shows that there is too much.
	n, err := io.Copy(io.MultiWriter(w, digest), io.LimitReader(r, h.length+1))
	switch {
	case err != nil:
		return h, err
	case n != h.length:
		return h, fmt.Errorf("%w: %d bytes instead of %d", errDamaged, n, h.length)
	case [sha256.Size]byte(digest.Sum(nil)) != h.sum:
		return h, fmt.Errorf("%w: its digest is another", errDamaged)
	}
	return h, nil
}

// short calls the early end of a file damage.
func short(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: %w", errDamaged, err)
	}
	return err
}

// writeEntry copies content of a known length into an entry at w, which must be at its start.
func writeEntry(w io.WriteSeeker, content io.Reader, length int64, cost time.Duration) error {
	h := header{length: length, cost: cost}
	if _, err := w.Write(h.bytes()); err != nil { // the digest comes last
		return err
	}
	digest := h.digest()
	n, err := io.Copy(io.MultiWriter(w, digest), content)
	if err != nil {
		return err
	}
	if n != length {
		return fmt.Errorf("content of %d bytes changed to %d while it was read", length, n)
	}
	h.sum = [sha256.Size]byte(digest.Sum(nil))
	if _, err := w.Seek(0, io.SeekStart); err != nil {
		return err
	}
	_, err = w.Write(h.bytes())
	return err
}
