package draw

import (
	"image"
	"math"

	"golang.org/x/image/vector"

	"github.com/sheetreel/sheetreel/services/render/studio/typeset"
)

// Mask is how much of each pixel is covered, from 0 to 255.
type Mask struct {
	W, H int
	Pix  []uint8
}

// NewMask makes an empty mask.
func NewMask(w, h int) *Mask { return &Mask{w, h, make([]uint8, w*h)} }

// Path rasterises what paint draws with the pen it is given.
func Path(w, h int, paint func(typeset.Pen)) *Mask {
	r := vector.NewRasterizer(w, h)
	paint(r)
	img := image.NewAlpha(image.Rect(0, 0, w, h))
	r.Draw(img, img.Rect, image.Opaque, image.Point{})
	return &Mask{w, h, img.Pix}
}

// RoundRect draws a rectangle with round corners.
func RoundRect(pen typeset.Pen, x, y, w, h, radius float64) {
	r := min(radius, w/2, h/2)
	const k = 0.5522847498 // of a cubic that is nearly a quarter circle
	at := func(x, y float64) (float32, float32) { return float32(x), float32(y) }
	line := func(px, py float64) { pen.LineTo(at(px, py)) }
	curve := func(ax, ay, bx, by, cx, cy float64) {
		pen.CubeTo(float32(ax), float32(ay), float32(bx), float32(by), float32(cx), float32(cy))
	}
	pen.MoveTo(at(x+r, y))
	line(x+w-r, y)
	curve(x+w-r+k*r, y, x+w, y+r-k*r, x+w, y+r)
	line(x+w, y+h-r)
	curve(x+w, y+h-r+k*r, x+w-r+k*r, y+h, x+w-r, y+h)
	line(x+r, y+h)
	curve(x+r-k*r, y+h, x, y+h-r+k*r, x, y+h-r)
	line(x, y+r)
	curve(x, y+r-k*r, x+r-k*r, y, x+r, y)
	pen.ClosePath()
}

// Blur gives a mask blurred by about a Gaussian of standard deviation sigma: three box blurs in each direction.
func (m *Mask) Blur(sigma float64) *Mask {
	radius := int(math.Round(sigma * 0.94)) // three boxes of 2r+1 have variance r(r+1)
	out := &Mask{m.W, m.H, append([]uint8(nil), m.Pix...)}
	if radius < 1 {
		return out
	}
	line := make([]uint8, max(m.W, m.H))
	for range 3 {
		for y := range m.H {
			boxBlur(out.Pix[y*m.W:], line[:m.W], 1, radius)
		}
		for x := range m.W {
			boxBlur(out.Pix[x:], line[:m.H], m.W, radius)
		}
	}
	return out
}

// boxBlur averages the pixels at multiples of stride in place; line is room for a copy and its length the count.
func boxBlur(pix, line []uint8, stride, radius int) {
	n := len(line)
	sum := 0
	for i := range n {
		line[i] = pix[i*stride]
		if i < radius {
			sum += int(line[i])
		}
	}
	window := 2*radius + 1
	for i := range n {
		if i+radius < n {
			sum += int(line[i+radius])
		}
		pix[i*stride] = uint8((sum + radius) / window)
		if i-radius >= 0 {
			sum -= int(line[i-radius])
		}
	}
}

// Gain multiplies the coverage and cuts it at full: a blurred mask with gain is an outline with soft corners.
func (m *Mask) Gain(gain float64) *Mask {
	out := NewMask(m.W, m.H)
	for i, a := range m.Pix {
		out.Pix[i] = uint8(min(255, float64(a)*gain))
	}
	return out
}

// Minus is the mask without what another of its size covers.
func (m *Mask) Minus(other *Mask) *Mask {
	out := NewMask(m.W, m.H)
	for i, a := range m.Pix {
		out.Pix[i] = uint8(uint32(a) * uint32(255-other.Pix[i]) / 255)
	}
	return out
}
