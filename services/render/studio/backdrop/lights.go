package backdrop

import (
	"math"

	"github.com/sheetreel/sheetreel/services/render/studio/look"
)

// lights are the soft lights of a moment. Bright ones stay at the edges, so that words keep their contrast.
func (b *Backdrop) lights(m Moment) []light {
	glow := func(i int) light { return light{colour: b.scheme.Glows[i%len(b.scheme.Glows)].Lab()} }
	at := func(i int, rx, ry, strength float64, anchors ...point) light {
		l := glow(i)
		l.x, l.y = b.place(m, i, anchors).xy()
		l.rx, l.ry, l.strength = rx, ry, strength
		return l
	}
	switch b.kind {
	case look.Mesh:
		return []light{
			at(0, 0.34, 0.40, 0.95, point{0.3, 0.35}, point{0.75, 0.4}, point{0.5, 0.6}),
			at(1, 0.24, 0.26, 0.80, point{0.95, 0.35}, point{0.05, 0.75}, point{0.9, 0.7}, point{0.05, 0.3}),
			at(2, 0.19, 0.17, 0.85, point{1.02, 0.98}, point{0, 1}, point{1.05, 0.85}, point{-0.03, 0.9}),
			at(3, 0.20, 0.20, 0.55, point{0, 0}, point{1, 0.02}, point{0.02, 0.1}),
		}
	case look.Spotlight:
		top := at(0, 0.33, 0.30, 1, point{0.5, 0.30}, point{0.42, 0.36}, point{0.58, 0.33})
		top.strength = breath(m.Time)
		if m.Turn < 1 {
			top.strength = mix(breath(m.Before+m.Time), top.strength, m.Turn)
		}
		return []light{top}
	case look.Washes:
		return []light{
			at(0, 0.26, 0.24, 0.9, point{1, 0.05}, point{0, 0.95}, point{1, 0.9}),
			at(1, 0.28, 0.24, 0.8, point{0.05, 0.9}, point{0.95, 0.5}, point{0, 0.1}),
			at(2, 0.20, 0.18, 0.8, point{0.9, 0.98}, point{0.1, 0.02}, point{0.1, 0.55}),
		}
	case look.Bands:
		return []light{
			at(0, 0.34, 0.34, 0.9, point{0.95, 0.1}, point{1, 0.3}, point{0.85, 0}),
			at(1, 0.30, 0.30, 0.8, point{0.1, 0.9}, point{0, 0.8}),
		}
	default: // Discs
		return []light{at(0, 0.4, 0.4, 0.9, point{0.2, 0.1}, point{0.8, 0.2})}
	}
}

// breath is the strength of a light that swells and fades.
func breath(time float64) float64 { return 0.9 + 0.1*math.Sin(time*0.8) }
