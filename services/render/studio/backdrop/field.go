package backdrop

import (
	"math"

	"github.com/sheetreel/sheetreel/services/render/studio/colour"
	"github.com/sheetreel/sheetreel/services/render/studio/draw"
)

// cell is the distance in pixels of the points where the field is computed. The lights are so wide that what lies
// between is a straight line.
const cell = 8

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
	y, u, v    []int32 // 16.16 fixed point
	gx, gy     []float64
	lab        []colour.Lab
	gamma      []float64
	dither     []int32
}

const ditherSide = 64

func newField(w, h int) *field {
	f := &field{w: w, h: h, cols: (w+cell-1)/cell + 1, rows: (h+cell-1)/cell + 1}
	n := f.cols * f.rows
	f.y, f.u, f.v, f.lab = make([]int32, n), make([]int32, n), make([]int32, n), make([]colour.Lab, n)
	f.gx, f.gy = make([]float64, f.cols), make([]float64, f.rows)
	f.gamma = make([]float64, 2049)
	for i := range f.gamma {
		root := float64(i) / 2048 // square roots give dark tones enough steps
		f.gamma[i] = colour.Gamma(root * root)
	}
	// Interleaved gradient noise (Jorge Jimenez, 2014): even and without visible pattern.
	f.dither = make([]int32, ditherSide*ditherSide)
	for i := range f.dither {
		_, part := math.Modf(0.06711056*float64(i%ditherSide) + 0.00583715*float64(i/ditherSide))
		_, noise := math.Modf(52.9829189 * part)
		f.dither[i] = int32(noise * 65535)
	}
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
			f.y[i], f.u[i], f.v[i] = int32(y*65536), int32(u*65536), int32(v*65536)
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

// fill paints the whole frame.
func (f *field) fill(frame *draw.Frame) {
	f.fillPlane(frame.Y, f.y, f.w, f.h, cell)
	f.fillPlane(frame.U, f.u, f.w/2, f.h/2, cell/2)
	f.fillPlane(frame.V, f.v, f.w/2, f.h/2, cell/2)
}

// fillPlane interpolates between grid points that are step pixels apart and dithers, so that no bands show.
func (f *field) fillPlane(dst []byte, grid []int32, w, h, step int) {
	line := make([]int32, f.cols)
	for y := range h {
		above := grid[y/step*f.cols:][:f.cols]
		below := grid[min(y/step+1, f.rows-1)*f.cols:][:f.cols]
		part := int32(y % step)
		for i, a := range above {
			line[i] = a + (below[i]-a)/int32(step)*part
		}
		row := dst[y*w : (y+1)*w]
		noise := f.dither[y%ditherSide*ditherSide:][:ditherSide]
		for i := 0; i*step < w; i++ {
			v := line[i]
			slope := (line[i+1] - v) / int32(step)
			cells := row[i*step : min((i+1)*step, w)]
			n := noise[i*step%ditherSide:][:len(cells)]
			for j := range cells {
				cells[j] = byte((v + n[j]) >> 16)
				v += slope
			}
		}
	}
}
