package backdrop

import (
	"math"

	"github.com/sheetreel/sheetreel/services/render/studio/draw"
	"github.com/sheetreel/sheetreel/services/render/studio/pixels"
)

// newDither makes a square tile of interleaved gradient noise (Jorge Jimenez, 2014), which is even and shows no pattern:
// values below one, in 256ths, four to a word.
func newDither() [][pixels.NoiseSide / 4]uint64 {
	rows := make([][pixels.NoiseSide / 4]uint64, pixels.NoiseSide)
	for y := range rows {
		for x := range pixels.NoiseSide {
			_, part := math.Modf(0.06711056*float64(x) + 0.00583715*float64(y))
			_, noise := math.Modf(52.9829189 * part)
			rows[y][x/4] |= uint64(noise*255) << (x % 4 * 16)
		}
	}
	return rows
}

// fill paints the whole frame.
func (f *field) fill(frame *draw.Frame) {
	f.fillPlane(frame.Y, f.y, f.w, f.h, cellBits)
	f.fillPlane(frame.U, f.u, f.w/2, f.h/2, cellBits-1)
	f.fillPlane(frame.V, f.v, f.w/2, f.h/2, cellBits-1)
}

// fillPlane interpolates between grid points that are 2^bits pixels apart, and dithers, so that no bands show.
func (f *field) fillPlane(dst []byte, grid []int32, w, h, bits int) {
	g := pixels.NewGradient(f.cols, bits)
	for y := range h {
		above, below := grid[(y>>bits)*f.cols:], grid[min(y>>bits+1, f.rows-1)*f.cols:]
		g.Fill(dst[y*w:(y+1)*w], above, below, int32(y&(1<<bits-1)), &f.dither[y%pixels.NoiseSide])
	}
}
