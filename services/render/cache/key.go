package cache

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
)

// Key names content by everything that decided it.
type Key [sha256.Size]byte

// KeyOf makes a key of a kind, for example "scene", and the parts that decide the content, in order. Lengths are
// hashed too, so that ("ab", "c") and ("a", "bc") differ.
func KeyOf(kind string, parts ...[]byte) Key {
	h := sha256.New()
	write := func(b []byte) {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(b))))
		h.Write(b)
	}
	write([]byte(kind))
	for _, p := range parts {
		write(p)
	}
	return Key(h.Sum(nil))
}

// String is the key in hexadecimal.
func (k Key) String() string { return hex.EncodeToString(k[:]) }

// path is where the content lies below a folder or a bucket, with slashes.
func (k Key) path() string {
	s := k.String()
	return "cas/" + s[:2] + "/" + s[2:4] + "/" + s
}
