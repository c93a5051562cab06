package film

import (
	"github.com/sheetreel/sheetreel/services/render/studio/colour"
	"github.com/sheetreel/sheetreel/services/render/studio/draw"
	"github.com/sheetreel/sheetreel/services/render/studio/typeset"
)

// sheet is a layer that will be seen with its left top corner at x, y of the frame.
type sheet struct {
	*draw.Layer
	x, y int
}

// newSheet makes a sheet for an area of the frame; it starts on even pixels.
func newSheet(x, y, w, h float64) *sheet {
	left, top := int(x)&^1, int(y)&^1
	return &sheet{draw.NewLayer(int(x+w+2)-left, int(y+h+2)-top), left, top}
}

// text paints the glyphs of a line that keep wants, with the line's left end and baseline at x, y of the frame.
func (s *sheet) text(line typeset.Line, keep func(typeset.Glyph) bool, x, y float64, c colour.RGB) {
	s.Fill(s.mask(line, keep, x, y), c, 1, 0)
	for _, g := range line.Glyphs {
		if !keep(g) {
			continue
		}
		if p, ok := g.Picture(); ok {
			s.Picture(p.Image, x-float64(s.x)+p.X, y-float64(s.y)+p.Y, p.Width, p.Height)
		}
	}
}

// mask is the shape of the glyphs of a line that keep wants.
func (s *sheet) mask(line typeset.Line, keep func(typeset.Glyph) bool, x, y float64) *draw.Mask {
	return s.Path(func(pen typeset.Pen) {
		for _, g := range line.Glyphs {
			if keep(g) {
				g.Outline(pen, x-float64(s.x), y-float64(s.y))
			}
		}
	})
}

// plate paints a rectangle of the frame with round corners.
func (s *sheet) plate(x, y, w, h, radius float64, c colour.RGB, opacity float64) {
	m := s.Path(func(pen typeset.Pen) {
		draw.RoundRect(pen, x-float64(s.x), y-float64(s.y), w, h, radius)
	})
	s.Fill(m, c, opacity, 0)
}

func (s *sheet) print() print { return print{s.Sprite(), s.x, s.y} }

// print is a finished sheet.
type print struct {
	sprite *draw.Sprite
	x, y   int
}

func (p print) blend(f *draw.Frame, dy, opacity float64) {
	p.sprite.Blend(f, p.x, float64(p.y)+dy, opacity)
}

func every(typeset.Glyph) bool { return true }
