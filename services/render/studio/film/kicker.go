package film

import (
	"github.com/sheetreel/sheetreel/services/render/studio/draw"
	"github.com/sheetreel/sheetreel/services/render/studio/look"
	"github.com/sheetreel/sheetreel/services/render/studio/typeset"
)

// kicker is the small title above the headline.
type kicker struct {
	film   *Film
	scheme look.Scheme
	start  bool // at the side where reading starts
	end    float64
	text   []rune
	line   typeset.Line
	size   float64
	rtl    bool
	fonts  []string
}

// kickerPart paints a kicker.
type kickerPart struct {
	*kicker
	drawn *print
}

// kickerSize is the font size of kickers.
const kickerSize = 30

func (f *Film) setKicker(sc *scene, lang string, setter *typeset.Setter) (*kicker, error) {
	text, _ := emphasis(f.storyboard.GetTitle())
	style := typeset.Style{Font: typeset.Font{Family: typeset.Text, Weight: typeset.Bold}, Tracking: 0.06}
	if f.style.Kicker == look.Ruled {
		style.Font.Family = typeset.Serif
	}
	p, err := f.shape(setter, upper(text, lang), style)
	if err != nil {
		return nil, err
	}
	size := kickerSize * f.stage.Scale
	start := f.style.Headline.Start || sc.headline != nil && sc.headline.start
	width := min(f.stage.Safe.W*0.8, f.stage.Safe.W-2*f.logo.beside())
	if start {
		width = min(f.stage.Safe.W*0.8, f.stage.Safe.W-f.logo.beside())
	}
	width -= 2 * kickerInset(f.style.Kicker) * f.stage.Scale
	block := p.Line(width, size)
	if block.Cut {
		size *= 0.85
		block = p.Line(width, size)
	}
	return &kicker{film: f, scheme: sc.scheme, start: start, end: sc.end, text: p.Text, fonts: p.Fonts, line: block.Lines[0], size: size, rtl: p.RightToLeft}, nil
}

func (k *kickerPart) paint(f *draw.Frame, t float64) {
	if k.drawn == nil {
		drawn := k.draw()
		k.drawn = &drawn
	}
	opacity, dy := presence{delay: enterDelay, end: k.end, rise: 16 * k.film.stage.Scale}.at(t)
	k.drawn.blend(f, dy, opacity)
}

// kickerInset is the room that what stands around the title takes at each side, in the unit of styles.
func kickerInset(kind look.Kicker) float64 {
	switch kind {
	case look.Plate:
		return 30
	case look.Tag:
		return 22
	case look.Ruled:
		return 70
	case look.Dashed:
		return 58
	}
	return 0
}

// left is the left end of the title's letters.
func (k *kicker) left() float64 {
	safe := k.film.stage.Safe
	if !k.start {
		return safe.X + (safe.W-k.line.Width)/2
	}
	inset := kickerInset(k.film.style.Kicker) * k.film.stage.Scale
	if k.film.style.Kicker == look.Dashed {
		inset = 0 // the dash takes it
	}
	if k.rtl {
		return safe.Right() - k.line.Width - inset
	}
	return safe.X + inset
}

func (k *kicker) draw() print {
	stage, scheme := k.film.stage, k.scheme
	u, x := stage.Scale, k.left()
	y := stage.Kicker + 0.36*k.size
	s := newSheet(x-80*u, stage.Kicker-50*u, k.line.Width+160*u, 100*u)
	ink := scheme.Ink
	switch k.film.style.Kicker {
	case look.Plate:
		s.plate(x-30*u, stage.Kicker-31*u, k.line.Width+60*u, 62*u, 31*u, scheme.Ink, 0.16)
	case look.Tag:
		s.plate(x-22*u, stage.Kicker-30*u, k.line.Width+44*u, 60*u, 6*u, scheme.Accent, 1)
		ink = scheme.OnAccent
	case look.Ruled:
		for _, from := range []float64{x - 70*u, x + k.line.Width + 22*u} {
			s.plate(from, stage.Kicker-1.5*u, 48*u, 3*u, 0, scheme.Accent, 0.8)
		}
		ink = scheme.Accent
	case look.Dashed:
		dash := x
		if k.rtl {
			dash = x + k.line.Width - 40*u
			x -= 58 * u
		} else {
			x += 58 * u
		}
		s.plate(dash, stage.Kicker-3*u, 40*u, 6*u, 3*u, scheme.Accent, 1)
	case look.Plain:
		ink = scheme.Accent
	}
	s.text(k.line, every, x, y, ink)
	return s.print()
}
