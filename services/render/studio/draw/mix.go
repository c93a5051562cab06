package draw

import (
	"github.com/sheetreel/sheetreel/services/render/studio/colour"
	"github.com/sheetreel/sheetreel/services/render/studio/pixels"
)

// Mix moves the frame towards another of its size: 0 leaves it, 1 makes it equal.
func (f *Frame) Mix(other *Frame, t float64) {
	to := uint32(min(max(t, 0), 1)*256 + 0.5)
	pixels.Mix(f.Data, other.Data, to)
}

// Veil lays a colour over every row of the frame with its own opacity, from 0 to 1. It keeps more of the hues below
// than of their lightness, so that a darkened picture does not turn grey.
func (f *Frame) Veil(c colour.RGB, opacity []float64) {
	y, cb, cr := c.Video()
	for row := range f.H {
		veil(f.Y[row*f.W:][:f.W], y, opacity[row])
		if row%2 == 0 {
			half := f.W / 2
			veil(f.U[row/2*half:][:half], cb, opacity[row]*veilHue)
			veil(f.V[row/2*half:][:half], cr, opacity[row]*veilHue)
		}
	}
}

// veilHue is how much of a veil lies on the hues.
const veilHue = 0.5

func veil(row []byte, value, opacity float64) {
	op := uint32(opacity*256 + 0.5)
	if op == 0 {
		return
	}
	pixels.Cover(row, (256-op)<<8, (uint32(value+0.5)*op+128)<<8)
}
