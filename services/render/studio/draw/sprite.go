package draw

import (
	"math"

	"github.com/sheetreel/sheetreel/services/render/studio/pixels"
)

// Sprite is a picture with transparency, ready to be blended on frames. Pixels are premultiplied.
type Sprite struct {
	W, H    int
	y, u, v plane
}

// plane is one component of a sprite.
type plane struct {
	w, h       int
	pix, alpha []uint8
	spans      []span // of each row: outside, alpha is 0
}

type span struct{ from, to int }

func newSprite(w, h int) *Sprite {
	make2 := func(w, h int) plane { return plane{w: w, h: h, pix: make([]uint8, w*h), alpha: make([]uint8, w*h)} }
	s := &Sprite{W: w, H: h, y: make2(w, h), u: make2(w/2, h/2)}
	s.v = plane{w: w / 2, h: h / 2, pix: make([]uint8, w*h/4)}
	return s
}

// measure finds the spans that are not transparent.
func (s *Sprite) measure() {
	s.y.measure()
	s.u.measure()
	s.v.spans = s.u.spans
}

func (p *plane) measure() {
	p.spans = make([]span, p.h)
	for y := range p.h {
		row := p.alpha[y*p.w : (y+1)*p.w]
		from, to := 0, p.w
		for from < to && row[from] == 0 {
			from++
		}
		for to > from && row[to-1] == 0 {
			to--
		}
		p.spans[y] = span{from, to}
	}
}

// Blend paints the sprite with its left edge at x, rounded to an even pixel, and its top at y, which may lie between
// pixels. Opacity goes from 0 to 1.
func (s *Sprite) Blend(f *Frame, x int, y, opacity float64) {
	op := uint32(min(max(opacity, 0), 1)*256 + 0.5)
	if op == 0 {
		return
	}
	x &^= 1
	s.y.blend(f.Y, f.W, f.H, x, y, op)
	s.u.blend(f.U, f.W/2, f.H/2, x/2, y/2, op)
	s.v.blend(f.V, f.W/2, f.H/2, x/2, y/2, op)
}

func (p *plane) blend(dst []byte, w, h, x int, y float64, op uint32) {
	top := int(math.Floor(y))
	// A pixel row of the frame mixes two rows of the sprite, in 256ths.
	lower := uint32((y - float64(top)) * 256)
	for row := range p.h + 1 {
		dy := top + row
		if dy < 0 || dy >= h {
			continue
		}
		line := dst[dy*w : (dy+1)*w]
		switch {
		case lower == 0:
			if row < p.h {
				p.blendRow(line, x, row, op)
			}
		case row == 0:
			p.blendRow(line, x, 0, op*(256-lower)>>8)
		case row == p.h:
			p.blendRow(line, x, row-1, op*lower>>8)
		default:
			p.blendTwoRows(line, x, row, lower, op)
		}
	}
}

func (p *plane) blendRow(line []byte, x, row int, op uint32) {
	from, to := clip(p.spans[row], x, len(line))
	if from >= to {
		return
	}
	l := p.row(row, from, to)
	pixels.Blend(line[x+from:x+to], l.Pix, l.Alpha, op)
}

func (p *plane) row(row, from, to int) pixels.Layer {
	at := row * p.w
	return pixels.Layer{Pix: p.pix[at+from : at+to], Alpha: p.alpha[at+from : at+to]}
}

func (p *plane) blendTwoRows(line []byte, x, row int, lower, op uint32) {
	above, below := p.spans[row-1], p.spans[row]
	if above.from >= above.to {
		above = below
	}
	if below.from >= below.to {
		below = above
	}
	from, to := clip(span{min(above.from, below.from), max(above.to, below.to)}, x, len(line))
	if from >= to {
		return
	}
	// The row above in the sprite moves down into this pixel row.
	pixels.BlendTwo(line[x+from:x+to], p.row(row-1, from, to), p.row(row, from, to), lower, op)
}

// clip cuts a span of a sprite at x to a line of n pixels.
func clip(s span, x, n int) (from, to int) { return max(s.from, -x), min(s.to, n-x) }
