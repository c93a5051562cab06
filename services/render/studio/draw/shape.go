package draw

import (
	"math"

	"github.com/sheetreel/sheetreel/services/render/studio/colour"
	"github.com/sheetreel/sheetreel/services/render/studio/pixels"
)

// Shape is a convex area. Rows gives what lies above and below it; row gives, for a pixel row whose centre is at y,
// where it begins and ends; distance is the signed distance of a point to its edge, positive inside.
type Shape interface {
	rows() (from, to float64)
	row(y float64) (from, to float64)
	distance(x, y float64) float64
}

// Disc is a circle with its inside.
type Disc struct{ X, Y, R float64 }

func (d Disc) rows() (from, to float64) { return d.Y - d.R - 1, d.Y + d.R + 1 }

func (d Disc) row(y float64) (from, to float64) {
	h := (d.R+1)*(d.R+1) - (y-d.Y)*(y-d.Y)
	if h <= 0 {
		return 0, 0
	}
	h = math.Sqrt(h)
	return d.X - h, d.X + h
}

func (d Disc) distance(x, y float64) float64 { return d.R - math.Hypot(x-d.X, y-d.Y) }

// Band is the strip of a width, along a line through X, Y that leans from the vertical by Slope pixels per pixel down.
type Band struct{ X, Y, Slope, Width float64 }

func (Band) rows() (from, to float64) { return 0, math.Inf(1) }

func (b Band) row(y float64) (from, to float64) { return b.known().row(y) }

func (b Band) distance(x, y float64) float64 { return b.known().distance(x, y) }

func (b Band) known() leaning { return leaning{b, math.Hypot(1, b.Slope)} }

// leaning is a band that knows how much wider it is across than at right angles to its edges.
type leaning struct {
	Band
	lean float64
}

func (b leaning) row(y float64) (from, to float64) {
	x := b.X + (y-b.Y)*b.Slope
	half := b.Width/2*b.lean + 2
	return x - half, x + half
}

func (b leaning) distance(x, y float64) float64 {
	across := (x - b.X - (y-b.Y)*b.Slope) / b.lean
	return b.Width/2 - math.Abs(across)
}

// Rect is a rectangle with round corners of radius R.
type Rect struct{ X, Y, W, H, R float64 }

func (r Rect) rows() (from, to float64) { return r.Y - 1, r.Y + r.H + 1 }

func (r Rect) row(y float64) (from, to float64) {
	if y < r.Y-1 || y > r.Y+r.H+1 {
		return 0, 0
	}
	return r.X - 1, r.X + r.W + 1
}

func (r Rect) distance(x, y float64) float64 {
	radius := min(r.R, r.W/2, r.H/2)
	dx := math.Abs(x-r.X-r.W/2) - r.W/2 + radius
	dy := math.Abs(y-r.Y-r.H/2) - r.H/2 + radius
	switch {
	case dx <= 0:
		return radius - max(dy, dx)
	case dy <= 0:
		return radius - dx
	}
	return radius - math.Hypot(dx, dy)
}

// Paint covers a shape with a colour.
func (f *Frame) Paint(s Shape, c colour.RGB, opacity float64) {
	if opacity <= 0 {
		return
	}
	if b, ok := s.(Band); ok {
		s = b.known()
	}
	y, cb, cr := c.Video()
	paintPlane(f.Y, f.W, f.H, 1, s, y, opacity)
	paintPlane(f.U, f.W/2, f.H/2, 2, s, cb, opacity)
	paintPlane(f.V, f.W/2, f.H/2, 2, s, cr, opacity)
}

// paintPlane covers a shape in a plane whose pixels are unit frame pixels wide.
func paintPlane(dst []byte, w, h int, unit float64, s Shape, value, opacity float64) {
	full := uint32(opacity*65536 + 0.5)
	val := uint32(value + 0.5)
	top, bottom := s.rows()
	for py := max(0, int(top/unit)-1); py < h; py++ {
		y := (float64(py) + 0.5) * unit
		if y > bottom {
			break
		}
		from, to := s.row(y)
		x0, x1 := max(0, int(from/unit)), min(w, int(math.Ceil(to/unit)))
		row := dst[py*w : (py+1)*w]
		edge := func(px int) (done bool) {
			cover := s.distance((float64(px)+0.5)*unit, y)/unit + 0.5
			if cover >= 1 {
				return true
			}
			if cover > 0 {
				a := uint32(cover * float64(full))
				row[px] = uint8((uint32(row[px])*(65536-a) + val*a + 32768) >> 16)
			}
			return false
		}
		for x0 < x1 && !edge(x0) {
			x0++
		}
		for x1 > x0 && !edge(x1-1) {
			x1--
		}
		pixels.Cover(row[x0:max(x0, x1)], 65536-full, val*full+32768)
	}
}
