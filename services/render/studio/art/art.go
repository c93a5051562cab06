// Package art finds illustrations of emoji: pictures named by code points, such as 1f431.webp for a cat, in folders
// or in tar archives in folders. It promises that a missing folder, archive or picture is no error: a video is made
// without it.
package art

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"image"
	_ "image/png" // to decode
	"io"
	"os"

	_ "golang.org/x/image/webp" // to decode
)

// Library is the set of installed illustrations. It is safe for concurrent use.
type Library struct {
	places map[string]place // by code points
}

// place is where the bytes of a picture are.
type place struct {
	path         string
	offset, size int64
}

// Illustration is the picture of an emoji.
type Illustration struct {
	// Digest is the SHA-256 of its file.
	Digest string
	data   []byte
}

// Limits of what is decoded.
const (
	maxBytes = 4 << 20
	maxSide  = 2048
)

// Open looks through folders; of equal pictures the first wins. It passes over what it cannot read.
func Open(folders []string) *Library {
	l := &Library{places: map[string]place{}}
	for _, folder := range folders {
		l.index(folder)
	}
	return l
}

// Len is the number of illustrations.
func (l *Library) Len() int { return len(l.places) }

// Find gives the illustration of an emoji; false when there is none. An emoji in a skin tone is found without it.
func (l *Library) Find(emoji string) (*Illustration, bool) {
	at, ok := l.places[name([]rune(emoji), false)]
	if !ok {
		at, ok = l.places[name([]rune(emoji), true)]
	}
	if !ok {
		return nil, false
	}
	data, err := at.read()
	if err != nil {
		return nil, false
	}
	size, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil || size.Width < 1 || size.Height < 1 || size.Width > maxSide || size.Height > maxSide {
		return nil, false
	}
	return &Illustration{Digest: fmt.Sprintf("%x", sha256.Sum256(data)), data: data}, true
}

// Image decodes the picture.
func (i *Illustration) Image() (image.Image, error) {
	img, _, err := image.Decode(bytes.NewReader(i.data))
	if err != nil {
		return nil, fmt.Errorf("illustration: %w", err)
	}
	return img, nil
}

func (p place) read() ([]byte, error) {
	if p.size > maxBytes {
		return nil, fmt.Errorf("illustration in %s: has %d bytes", p.path, p.size)
	}
	file, err := os.Open(p.path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data := make([]byte, p.size)
	if _, err := io.ReadFull(io.NewSectionReader(file, p.offset, p.size), data); err != nil {
		return nil, fmt.Errorf("illustration in %s: %w", p.path, err)
	}
	return data, nil
}
