package backdrop

import (
	"math"

	"github.com/sheetreel/sheetreel/services/render/studio/colour"
	"github.com/sheetreel/sheetreel/services/render/studio/pixels"
)

// cell is the distance in pixels of the points where the field is computed. The lights are so wide that what lies
// between is a straight line.
const (
	cellBits = 3
	cell     = 1 << cellBits
)

// light is a soft light: a Gaussian in both directions.
type light struct {
	colour   colour.Lab
	x, y     float64 // centre, as parts of width and height
	rx, ry   float64 // standard deviations, as parts of the longer side
	strength float64 // how much of the colour there is at the centre
}

// field is a smooth picture on a coarse grid.
type field struct {
	w, h       int // of the frame
	cols, rows int
	y, u, v    []int32 // 256ths
	gx, gy     []float64
	lab        []colour.Lab
	gamma      []float64
	dither     [][pixels.NoiseSide / 4]uint64
}

func newField(w, h int) *field {
	f := &field{w: w, h: h, cols: (w+cell-1)/cell + 1, rows: (h+cell-1)/cell + 1}
	n := f.cols * f.rows
	f.y, f.u, f.v = make([]int32, n+pixels.Spare), make([]int32, n+pixels.Spare), make([]int32, n+pixels.Spare)
	f.lab = make([]colour.Lab, n)
	f.gx, f.gy = make([]float64, f.cols), make([]float64, f.rows)
	f.gamma = make([]float64, 2049)
	for i := range f.gamma {
		root := float64(i) / 2048 // square roots give dark tones enough steps
		f.gamma[i] = colour.Gamma(root * root)
	}
	f.dither = newDither()
	return f
}

// shine computes the field: lights over a base colour, darker to the corners by vignette.
func (f *field) shine(base colour.RGB, lights []light, vignette float64) {
	ground := base.Lab()
	for i := range f.lab {
		f.lab[i] = ground
	}
	long := float64(max(f.w, f.h))
	for _, l := range lights {
		gauss(f.gx, l.x*float64(f.w), l.rx*long)
		gauss(f.gy, l.y*float64(f.h), l.ry*long)
		for row, gy := range f.gy {
			weight := gy * l.strength
			line := f.lab[row*f.cols:][:f.cols]
			for col, gx := range f.gx {
				line[col] = line[col].Mix(l.colour, weight*gx)
			}
		}
	}
	for row := range f.rows {
		dy := float64(row*cell)/float64(f.h) - 0.5
		for col := range f.cols {
			dx := float64(col*cell)/float64(f.w) - 0.5
			i := row*f.cols + col
			c := f.lab[i]
			c.L *= 1 - vignette*(dx*dx+dy*dy)
			r, g, b := c.Linear()
			y, u, v := colour.RGB{R: f.encode(r), G: f.encode(g), B: f.encode(b)}.Video()
			f.y[i], f.u[i], f.v[i] = int32(y*256), int32(u*256), int32(v*256)
		}
	}
}

// gauss fills out with a bell curve around a centre; both in pixels.
func gauss(out []float64, centre, sigma float64) {
	for i := range out {
		d := (float64(i*cell) - centre) / sigma
		out[i] = math.Exp(-d * d / 2)
	}
}

func (f *field) encode(linear float64) float64 {
	if linear <= 0 {
		return 0
	}
	at := math.Sqrt(min(linear, 1)) * 2048
	i := min(int(at), 2047)
	return f.gamma[i] + (f.gamma[i+1]-f.gamma[i])*(at-float64(i))
}
