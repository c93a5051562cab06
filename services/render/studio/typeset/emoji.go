package typeset

import (
	"fmt"
	"image"
)

// Emoji is the picture that the colour emoji font has of an emoji.
type Emoji struct {
	Image image.Image
	// Digest names the font's content and the emoji.
	Digest string
}

// Emoji gives the picture of an emoji; false when the font has none.
func (s *Setter) Emoji(text string) (Emoji, bool, error) {
	p, err := s.Shape(text, Style{Font: Font{Family: Text, Weight: Bold}})
	if err != nil {
		return Emoji{}, false, err
	}
	for _, line := range p.wrap(em, 1, em*em, 0, 0).Lines {
		for _, g := range line.Glyphs {
			if picture, ok := g.Picture(); ok {
				return Emoji{picture.Image, fmt.Sprintf("%q of %q", text, p.Fonts)}, true, nil
			}
		}
	}
	return Emoji{}, false, nil
}
