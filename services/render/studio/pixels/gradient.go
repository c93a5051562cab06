package pixels

import "encoding/binary"

// Four neighbouring pixels are computed at once, in the 16-bit lanes of a word; a lane holds a value in 256ths.
const (
	ones = 0x0001_0001_0001_0001 // a value in all lanes
	ramp = 0x0003_0002_0001_0000 // 0, 1, 2, 3 times a slope
	low  = 0x00FF_00FF_00FF_00FF
)

// NoiseSide is the length of a row of noise, in pixels.
const NoiseSide = 64

// Spare is how many values more than it has points each row of a grid must have behind it.
const Spare = 16

// Gradient fills rows between the points of a grid, with noise against bands. It is not safe for concurrent use.
type Gradient struct {
	cols int
	bits int // points are 2^bits pixels apart
	room []uint16
	line []int32
	of   lanes
}

// lanes say of each of sixteen pixels from which point it comes (the two bytes of its value), and how often it takes
// the slope of one pixel and that of four.
type lanes struct {
	point       [32]byte
	slope, four [16]uint16
}

func lanesOf(bits int) (of lanes) {
	for i := range 16 {
		at := byte(i >> bits * 2)
		of.point[2*i], of.point[2*i+1] = at, at+1
		of.slope[i], of.four[i] = uint16(i&3), uint16(i&(1<<bits-1)>>2)
	}
	return of
}

// NewGradient is for grids of cols points a row that are 4 (bits 2) or 8 (bits 3) pixels apart.
func NewGradient(cols, bits int) *Gradient {
	n := (cols+7)&^7 + Spare
	return &Gradient{cols: cols, bits: bits, room: make([]uint16, 3*n), line: make([]int32, cols), of: lanesOf(bits)}
}

// Fill fills a row that lies part pixels below a row of points and above the next. Values are in 256ths, below 65280.
// Noise is four values to a word, each below 256.
func (g *Gradient) Fill(dst []byte, above, below []int32, part int32, noise *[NoiseSide / 4]uint64) {
	done := gradientVector(dst, above, below, part, noise, g)
	if done < len(dst) {
		g.plain(dst, done, above, below, part, noise)
	}
}

// plain fills a row from pixel x on, a multiple of four.
func (g *Gradient) plain(dst []byte, x int, above, below []int32, part int32, noise *[NoiseSide / 4]uint64) {
	bits := g.bits
	above, below = above[:g.cols], below[:g.cols]
	for i := x >> bits; i < g.cols; i++ {
		g.line[i] = above[i] + (below[i]-above[i])*part>>bits
	}
	for ; x < len(dst); x += 4 {
		i := x >> bits
		from := g.line[i]
		slope := g.line[i+1] - from
		start := from + slope*int32(x&(1<<bits-1))>>bits
		lanes := uint64(start)*ones + uint64(int64(slope>>bits))*ramp + noise[x>>2&(NoiseSide/4-1)]
		lanes = lanes >> 8 & low
		lanes |= lanes >> 8
		four := uint32(lanes&0xFFFF | lanes>>16&0xFFFF_0000)
		if len(dst)-x >= 4 {
			binary.LittleEndian.PutUint32(dst[x:], four)
			continue
		}
		var rest [4]byte
		binary.LittleEndian.PutUint32(rest[:], four)
		copy(dst[x:], rest[:])
	}
}
