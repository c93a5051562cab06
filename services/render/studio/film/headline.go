package film

import (
	"strings"

	"github.com/sheetreel/sheetreel/services/render/studio/draw"
	"github.com/sheetreel/sheetreel/services/render/studio/look"
	"github.com/sheetreel/sheetreel/services/render/studio/typeset"
)

// headline is the big text of a scene; its lines come one after the other.
type headline struct {
	film   *Film
	scheme look.Scheme
	text   *typeset.Paragraph
	size   float64 // wished
	block  typeset.Block
	strong []bool
	area   look.Area // that the lines fill
	rtl    bool
	start  bool // flush with the side where reading starts
	end    float64
}

// headlinePart paints a headline.
type headlinePart struct {
	*headline
	lines []print
}

// Sizes of headlines after the first scene's, and of quotations.
const (
	bodyScale  = 0.88
	quoteScale = 1.06
)

func (f *Film) shapeHeadline(text, lang string, setter *typeset.Setter, hook bool) (*headline, error) {
	style := f.style.Headline
	if style.Upper {
		text = upper(text, lang)
	}
	if f.template == quote {
		text = strings.Trim(text, " \"“”„«»「」『』")
	}
	plain, strong := emphasis(glue(text))
	p, err := f.shape(setter, plain, typeset.Style{
		Font: style.Font, Tracking: style.Tracking, WordSpacing: style.WordSpacing,
	})
	if err != nil {
		return nil, err
	}
	h := &headline{film: f, text: p, strong: strong, rtl: p.RightToLeft, size: style.Max * f.stage.Type}
	switch {
	case f.template == quote:
		h.size *= quoteScale
	case !hook:
		h.size = max(style.Min, h.size*bodyScale)
	}
	return h, nil
}

// place fits the headline into a room. Anchor says where in the room's free height it stands, from 0, the top.
func (h *headline) place(room look.Area, lines int, anchor float64) {
	f, style := h.film, h.film.style.Headline
	if f.style.Ornament == look.AccentBar {
		indent := barIndent * f.stage.Scale
		room.W -= indent
		if !h.rtl {
			room.X += indent
		}
	}
	if h.start && room.W > room.H*1.6 {
		// Wide pictures: long lines flush with one side look lost.
		if h.rtl {
			room.X += room.W * 0.14
		}
		room.W *= 0.86
	}
	h.block = h.text.Fit(typeset.Box{
		Width: room.W, Height: room.H, MaxLines: lines,
		Max: h.size * f.stage.Scale, Min: style.Min * f.stage.Scale, Leading: style.Leading,
	})
	h.area = look.Area{X: room.X, Y: room.Y + (room.H-h.block.Height())*anchor, W: room.W, H: h.block.Height()}
}

// left is the left end of line i.
func (h *headline) left(i int) float64 {
	free := h.area.W - h.block.Lines[i].Width
	switch {
	case !h.start:
		return h.area.X + free/2
	case h.rtl:
		return h.area.X + free
	}
	return h.area.X
}

func (h *headlinePart) paint(f *draw.Frame, t float64) {
	if h.lines == nil {
		for i := range h.block.Lines {
			h.lines = append(h.lines, h.draw(i))
		}
	}
	if h.film.style.Ornament == look.AccentBar {
		h.accentBar(f, t)
	}
	for i, line := range h.lines {
		p := presence{delay: enterDelay + enterStep*float64(i), end: h.end, rise: 44 * h.film.stage.Scale}
		opacity, dy := p.at(t)
		line.blend(f, dy, opacity)
	}
}

// draw paints line i with its shadow and emphasis.
func (h *headline) draw(i int) print {
	scheme, scale := h.scheme, h.film.stage.Scale
	line, x := h.block.Lines[i], h.left(i)
	y := h.area.Y + h.block.Baseline(i)
	pad := 34*scale + 0.4*h.block.Size
	s := newSheet(x-pad, h.area.Y+h.block.Pitch*float64(i)-pad, line.Width+2*pad, h.block.Pitch+2*pad)
	strong := func(g typeset.Glyph) bool { return g.Rune < len(h.strong) && h.strong[g.Rune] }
	weak := func(g typeset.Glyph) bool { return !strong(g) }
	if scheme.Shadow > 0 {
		all := s.mask(line, every, x, y)
		s.Fill(all.Blur(9*scale), scheme.Shade, scheme.Shadow, int(8*scale))
	}
	accent := scheme.Accent
	if h.film.style.Headline.Emphasis == look.Marker {
		accent = scheme.OnAccent
		for _, r := range spans(line, strong) {
			side, over := 0.1*h.block.Size, 0.13*h.block.Size
			s.plate(x+r.from-side, y-0.727*h.block.Size-over, r.to-r.from+2*side, 0.727*h.block.Size+2*over,
				0.06*h.block.Size, scheme.Accent, 1)
		}
	}
	s.text(line, weak, x, y, scheme.Ink)
	s.text(line, strong, x, y, accent)
	return s.print()
}

// stretch is a part of a line.
type stretch struct{ from, to float64 }

// spans are the stretches of neighbouring glyphs that keep wants; space at their ends does not count.
func spans(line typeset.Line, keep func(typeset.Glyph) bool) []stretch {
	var out []stretch
	open := false
	for _, g := range line.Glyphs {
		if !keep(g) || g.Right <= g.Left {
			open = open && keep(g)
			continue
		}
		if !open {
			out = append(out, stretch{g.Left, g.Right})
			open = true
		}
		out[len(out)-1].to = g.Right
	}
	return out
}
