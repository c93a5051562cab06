package film

import (
	"github.com/sheetreel/sheetreel/services/render/studio/draw"
	"github.com/sheetreel/sheetreel/services/render/studio/typeset"
)

// mark is the quotation mark above a quotation.
type mark struct {
	headline *headline
	line     typeset.Line
	fonts    []string
}

// markPart paints a quotation mark.
type markPart struct {
	*mark
	drawn *print
}

// Sizes of the quotation mark in the unit of styles.
const (
	markSize = 330
	markRoom = 150 // above the headline
	markGap  = 40
)

func (f *Film) setMark(sc *scene, setter *typeset.Setter) error {
	p, err := f.shape(setter, "“", typeset.Style{Font: f.style.Headline.Font})
	if err != nil {
		return err
	}
	size := markSize * f.stage.Scale
	sc.mark = &mark{headline: sc.headline, line: p.Line(4*size, size).Lines[0], fonts: p.Fonts}
	return nil
}

func (m *markPart) paint(f *draw.Frame, t float64) {
	if m.drawn == nil {
		drawn := m.draw()
		m.drawn = &drawn
	}
	h := m.headline
	opacity, dy := presence{delay: enterDelay, end: h.end, rise: 30 * h.film.stage.Scale}.at(t)
	m.drawn.blend(f, dy, opacity)
}

func (m *mark) draw() print {
	h := m.headline
	scale := h.film.stage.Scale
	size := markSize * scale
	x := h.area.X
	switch {
	case !h.start:
		x += (h.area.W - m.line.Width) / 2
	case h.rtl:
		x = h.area.Right() - m.line.Width
	}
	// The mark's ink lies between 0.45 and 0.73 em above its baseline.
	y := h.area.Y - markGap*scale + 0.45*size
	s := newSheet(x-20*scale, y-0.8*size, m.line.Width+40*scale, 0.5*size)
	s.text(m.line, every, x, y, h.scheme.Accent)
	return s.print()
}
