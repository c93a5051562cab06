package draw

import (
	"bytes"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// TestBlendZoomedMixesNeighbours compares a zoomed plane with one that is computed pixel by pixel from four neighbours.
func TestBlendZoomedMixesNeighbours(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := plane{w: rapid.IntRange(1, 12).Draw(t, "w"), h: rapid.IntRange(1, 12).Draw(t, "h")}
		p.alpha = rapid.SliceOfN(rapid.Byte(), p.w*p.h, p.w*p.h).Draw(t, "alpha")
		p.pix = make([]uint8, p.w*p.h)
		for i, a := range p.alpha {
			p.pix[i] = a / 2
		}
		p.measure()
		cx, cy := rapid.Float64Range(-5, 25).Draw(t, "cx"), rapid.Float64Range(-5, 25).Draw(t, "cy")
		zoom, op := rapid.Float64Range(0.1, 3).Draw(t, "zoom"), rapid.Uint32Range(1, 256).Draw(t, "opacity")
		const side = 20
		got, want := bytes.Repeat([]byte{90}, side*side), bytes.Repeat([]byte{90}, side*side)
		p.blendZoomed(got, side, side, cx, cy, zoom, op)
		for i := range want {
			sx := (float64(i%side)+0.5-cx)/zoom + float64(p.w)/2 - 0.5
			sy := (float64(i/side)+0.5-cy)/zoom + float64(p.h)/2 - 0.5
			v, a := p.at(sx, sy)
			keep := 65536 - (a*op>>8)*257>>8
			want[i] = uint8((uint32(want[i])*keep + v*op + 32768) >> 16)
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("%v\nwant %v", got, want)
		}
	})
}

// at is value and alpha between pixels, in 256ths; all is transparent outside.
func (p *plane) at(sx, sy float64) (v, a uint32) {
	left, top := math.Floor(sx), math.Floor(sy)
	right, lower := uint32((sx-left)*256), uint32((sy-top)*256)
	for i, weight := range []uint32{(256 - right) * (256 - lower), right * (256 - lower), (256 - right) * lower, right * lower} {
		x, y := int(left)+i%2, int(top)+i/2
		if x >= 0 && x < p.w && y >= 0 && y < p.h {
			v += uint32(p.pix[y*p.w+x]) * weight
			a += uint32(p.alpha[y*p.w+x]) * weight
		}
	}
	return v >> 8, a >> 8
}
