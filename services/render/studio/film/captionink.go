package film

import (
	"github.com/sheetreel/sheetreel/services/render/studio/look"
	"github.com/sheetreel/sheetreel/services/render/studio/typeset"
)

// Room inside the plate behind a caption.
const (
	cardSide = 36
	cardTop  = 18
)

// area is what the lines of a page fill.
func (c *caption) area(p *setPage) look.Area {
	w, h := p.block.Width(), p.block.Height()
	a := look.Area{X: c.room.X + (c.room.W-w)/2, Y: c.room.Y + (c.room.H-h)/2, W: w, H: h}
	if c.film.style.Caption.Start {
		inset := 0.0
		if c.film.style.Caption.Card {
			inset = cardSide * c.film.stage.Scale
		}
		a.X = c.room.X + inset
		if p.paragraph.RightToLeft {
			a.X = c.room.Right() - w - inset
		}
	}
	return a
}

// left is the left end of line i.
func (c *caption) left(p *setPage, i int) float64 {
	a := c.area(p)
	free := a.W - p.block.Lines[i].Width
	switch {
	case !c.film.style.Caption.Start:
		return a.X + free/2
	case p.paragraph.RightToLeft:
		return a.X + free
	}
	return a.X
}

func (c *caption) sheet(p *setPage) *sheet {
	a, pad := c.area(p), 60*c.film.stage.Scale
	return newSheet(a.X-pad, a.Y-pad, a.W+2*pad, a.H+2*pad)
}

// drawPage paints all words of a page.
func (c *caption) drawPage(p *setPage) print {
	style, scheme, scale := c.film.style.Caption, c.scheme, c.film.stage.Scale
	s, a := c.sheet(p), c.area(p)
	if style.Card {
		s.plate(a.X-cardSide*scale, a.Y-cardTop*scale, a.W+2*cardSide*scale, a.H+2*cardTop*scale, 14*scale, scheme.Card, 1)
	}
	for i, line := range p.block.Lines {
		x, y := c.left(p, i), a.Y+p.block.Baseline(i)
		if scheme.Shadow > 0 && !style.Card {
			all := s.mask(line, every, x, y)
			s.Fill(all.Blur(8*scale), scheme.Shade, scheme.Shadow, int(6*scale))
			if style.Halo {
				s.Fill(all.Blur(3*scale).Gain(3.4), scheme.Shade, 0.72, 0)
			}
		}
		s.text(line, every, x, y, scheme.CaptionInk)
	}
	return s.print()
}

// drawWord paints one word as it looks while it is spoken.
func (c *caption) drawWord(p *setPage, w word) print {
	ink := c.scheme.OnMark
	if c.film.style.Caption.Mark == look.Glow {
		ink = c.scheme.CaptionMark
	}
	of := func(g typeset.Glyph) bool { return g.Rune < w.to && g.Rune+g.Runes > w.from }
	var parts []markedPart
	for i, line := range p.block.Lines {
		for _, at := range spans(line, of) {
			parts = append(parts, markedPart{i, at})
		}
	}
	a := c.area(p)
	s := newSheet(0, 0, 2, 2)
	if len(parts) > 0 {
		first, last := parts[0].line, parts[len(parts)-1].line
		from, to := a.W, 0.0
		for _, part := range parts {
			from = min(from, c.left(p, part.line)-a.X+part.from)
			to = max(to, c.left(p, part.line)-a.X+part.to)
		}
		pad := 0.5 * p.block.Size
		s = newSheet(a.X+from-pad, a.Y+p.block.Pitch*float64(first)-pad,
			to-from+2*pad, p.block.Pitch*float64(last-first+1)+2*pad)
	}
	for _, part := range parts {
		line, x, y := p.block.Lines[part.line], c.left(p, part.line), a.Y+p.block.Baseline(part.line)
		c.plate(s, p, x+part.from, x+part.to, a.Y+p.block.Pitch*float64(part.line))
		s.text(line, of, x, y, ink)
	}
	return s.print()
}

// markedPart is a part of a word on a line.
type markedPart struct {
	line int
	stretch
}

// plate paints what lies behind the spoken word, if the style has it.
func (c *caption) plate(s *sheet, p *setPage, from, to, top float64) {
	size, pitch := p.block.Size, p.block.Pitch
	height := min(pitch, 1.3*size) * 0.98
	y := top + (pitch-height)/2
	switch c.film.style.Caption.Mark {
	case look.Pill:
		side := 0.19 * size
		s.plate(from-side, y, to-from+2*side, height, 0.28*size, c.scheme.CaptionMark, 1)
	case look.Strip:
		side := 0.13 * size
		height *= 0.92
		s.plate(from-side, top+(pitch-height)/2, to-from+2*side, height, 0.12*size, c.scheme.CaptionMark, 1)
	}
}
