package backdrop

import (
	"encoding/binary"
	"math"

	"github.com/sheetreel/sheetreel/services/render/studio/draw"
)

// Four neighbouring pixels are computed at once, in the 16-bit lanes of a word; a lane holds a value in 256ths.
const (
	ones = 0x0001_0001_0001_0001 // a value in all lanes
	ramp = 0x0003_0002_0001_0000 // 0, 1, 2, 3 times a slope
	low  = 0x00FF_00FF_00FF_00FF
)

// ditherSide is the size of the tile of noise.
const ditherSide = 64

// newDither makes interleaved gradient noise (Jorge Jimenez, 2014), which is even and shows no pattern: values below
// one, in 256ths, four to a word.
func newDither() []uint64 {
	words := make([]uint64, ditherSide*ditherSide/4)
	for i := range ditherSide * ditherSide {
		_, part := math.Modf(0.06711056*float64(i%ditherSide) + 0.00583715*float64(i/ditherSide))
		_, noise := math.Modf(52.9829189 * part)
		words[i/4] |= uint64(noise*255) << (i % 4 * 16)
	}
	return words
}

// fill paints the whole frame.
func (f *field) fill(frame *draw.Frame) {
	f.fillPlane(frame.Y, f.y, f.w, f.h, cellBits)
	f.fillPlane(frame.U, f.u, f.w/2, f.h/2, cellBits-1)
	f.fillPlane(frame.V, f.v, f.w/2, f.h/2, cellBits-1)
}

// fillPlane interpolates between grid points that are 2^bits pixels apart, at least four, and dithers, so that no
// bands show.
func (f *field) fillPlane(dst []byte, grid []int32, w, h, bits int) {
	line := make([]int32, f.cols)
	for y := range h {
		above := grid[(y>>bits)*f.cols:][:f.cols]
		below := grid[min(y>>bits+1, f.rows-1)*f.cols:][:f.cols]
		part := int32(y & (1<<bits - 1))
		for i, a := range above {
			line[i] = a + (below[i]-a)*part>>bits
		}
		noise := f.dither[y%ditherSide*ditherSide/4:][:ditherSide/4]
		f.fillRow(dst[y*w:(y+1)*w], line, noise, bits)
	}
}

func (f *field) fillRow(row []byte, line []int32, noise []uint64, bits int) {
	for x := 0; x < len(row); x += 4 {
		i := x >> bits
		from := line[i]
		slope := line[i+1] - from
		start := from + slope*int32(x&(1<<bits-1))>>bits
		lanes := uint64(start)*ones + uint64(int64(slope>>bits))*ramp + noise[x>>2&(ditherSide/4-1)]
		lanes = lanes >> 8 & low
		lanes |= lanes >> 8
		four := uint32(lanes&0xFFFF | lanes>>16&0xFFFF_0000)
		if len(row)-x >= 4 {
			binary.LittleEndian.PutUint32(row[x:], four)
			continue
		}
		var rest [4]byte
		binary.LittleEndian.PutUint32(rest[:], four)
		copy(row[x:], rest[:])
	}
}
