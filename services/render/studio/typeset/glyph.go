package typeset

import (
	"bytes"
	"image"
	"image/png"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
	"github.com/go-text/typesetting/shaping"
)

// Glyph is a glyph in its place. Units are pixels; X grows to the right from the line's left end and Y grows down
// from the baseline.
type Glyph struct {
	// X, Y is the origin of the glyph.
	X, Y float64
	// Left and Right bound the glyph's advance.
	Left, Right float64
	// Rune is the index of the first character of the glyph's cluster, Runes their number.
	Rune, Runes int

	face  *font.Face
	id    font.GID
	scale float64 // pixels per font unit
	image rect    // of a bitmap glyph, relative to X, Y
}

type rect struct{ x, y, w, h float64 }

func newGlyph(face *font.Face, g shaping.Glyph, left, scale float64) Glyph {
	return Glyph{
		X:     left + pixels(g.XOffset)*scale,
		Y:     -pixels(g.YOffset) * scale,
		Left:  left,
		Right: left + pixels(g.Advance)*scale,
		Rune:  g.TextIndex(), Runes: g.RunesCount(),
		face: face, id: g.GlyphID,
		scale: scale * em / float64(face.Upem()),
		image: rect{
			pixels(g.XBearing) * scale, -pixels(g.YBearing) * scale,
			pixels(g.Width) * scale, -pixels(g.Height) * scale,
		},
	}
}

// Pen takes an outline.
type Pen interface {
	MoveTo(x, y float32)
	LineTo(x, y float32)
	QuadTo(bx, by, cx, cy float32)
	CubeTo(bx, by, cx, cy, dx, dy float32)
	ClosePath()
}

// Outline draws the glyph with a pen whose origin is at x, y of the line's left end and baseline. A glyph that is an
// image or blank draws nothing.
func (g Glyph) Outline(pen Pen, x, y float64) {
	if g.id == 0 {
		return
	}
	data, ok := g.face.GlyphDataOutline(g.id)
	if !ok {
		return
	}
	ox, oy, scale := float32(x+g.X), float32(y+g.Y), float32(g.scale)
	at := func(p opentype.SegmentPoint) (float32, float32) { return ox + p.X*scale, oy - p.Y*scale }
	open := false
	for _, s := range data.Segments {
		ax, ay := at(s.Args[0])
		switch s.Op {
		case opentype.SegmentOpMoveTo:
			if open {
				pen.ClosePath()
			}
			pen.MoveTo(ax, ay)
			open = true
		case opentype.SegmentOpLineTo:
			pen.LineTo(ax, ay)
		case opentype.SegmentOpQuadTo:
			bx, by := at(s.Args[1])
			pen.QuadTo(ax, ay, bx, by)
		case opentype.SegmentOpCubeTo:
			bx, by := at(s.Args[1])
			cx, cy := at(s.Args[2])
			pen.CubeTo(ax, ay, bx, by, cx, cy)
		}
	}
	if open {
		pen.ClosePath()
	}
}

// Picture is the image of a colour glyph and the rectangle it fills, relative to the line's left end and baseline.
type Picture struct {
	Image               image.Image
	X, Y, Width, Height float64
}

// Picture gives the image of an emoji; false for all other glyphs.
func (g Glyph) Picture() (Picture, bool) {
	data, ok := g.face.GlyphDataBitmap(g.id)
	if !ok || data.Format != font.PNG {
		return Picture{}, false
	}
	img, err := png.Decode(bytes.NewReader(data.Data))
	if err != nil {
		return Picture{}, false
	}
	return Picture{img, g.X + g.image.x, g.Y + g.image.y, g.image.w, g.image.h}, true
}
