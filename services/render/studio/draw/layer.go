package draw

import (
	"image"

	"golang.org/x/image/draw"

	"github.com/sheetreel/sheetreel/services/render/studio/colour"
	"github.com/sheetreel/sheetreel/services/render/studio/typeset"
)

// Layer is an RGBA picture, transparent at first, on which later paint covers earlier paint.
type Layer struct {
	W, H int
	img  *image.RGBA
}

// NewLayer makes a transparent layer of even size, at least w by h.
func NewLayer(w, h int) *Layer {
	w, h = (w+1)&^1, (h+1)&^1
	return &Layer{w, h, image.NewRGBA(image.Rect(0, 0, w, h))}
}

// Path rasterises a path of the layer's size.
func (l *Layer) Path(paint func(typeset.Pen)) *Mask { return Path(l.W, l.H, paint) }

// Fill paints a colour through a mask of the layer's size, moved down by dy pixels.
func (l *Layer) Fill(m *Mask, c colour.RGB, opacity float64, dy int) {
	r, g, b := c.Bytes()
	op := uint32(opacity*256 + 0.5)
	for y := max(0, dy); y < min(l.H, m.H+dy); y++ {
		row := m.Pix[(y-dy)*m.W : (y-dy+1)*m.W]
		for x, cover := range row {
			if cover == 0 {
				continue
			}
			a := uint32(cover) * op >> 8
			p := l.img.Pix[l.img.PixOffset(x, y):][:4:4]
			keep := 255 - a
			p[0] = uint8((uint32(p[0])*keep + uint32(r)*a + 127) / 255)
			p[1] = uint8((uint32(p[1])*keep + uint32(g)*a + 127) / 255)
			p[2] = uint8((uint32(p[2])*keep + uint32(b)*a + 127) / 255)
			p[3] = uint8((uint32(p[3])*keep + 255*a + 127) / 255)
		}
	}
}

// Picture paints an image scaled into a rectangle.
func (l *Layer) Picture(img image.Image, x, y, w, h float64) {
	dst := image.Rect(int(x+0.5), int(y+0.5), int(x+w+0.5), int(y+h+0.5))
	scaler(img.Bounds(), dst.Dx()).Scale(l.img, dst, img, img.Bounds(), draw.Over, nil)
}

// PictureThrough paints an image scaled into a rectangle, but only where a mask of the layer's size lets it through.
func (l *Layer) PictureThrough(m *Mask, img image.Image, x, y, w, h float64) {
	dst := image.Rect(int(x+0.5), int(y+0.5), int(x+w+0.5), int(y+h+0.5))
	alpha := &image.Alpha{Pix: m.Pix, Stride: m.W, Rect: image.Rect(0, 0, m.W, m.H)}
	scaler(img.Bounds(), dst.Dx()).Scale(l.img, dst, img, img.Bounds(), draw.Over, &draw.Options{DstMask: alpha})
}

// Shape is how much of each pixel an image covers that is scaled into a rectangle: its shadow follows it.
func (l *Layer) Shape(img image.Image, x, y, w, h float64) *Mask {
	other := NewLayer(l.W, l.H)
	other.Picture(img, x, y, w, h)
	m := NewMask(l.W, l.H)
	for i := range m.Pix {
		m.Pix[i] = other.img.Pix[4*i+3]
	}
	return m
}

// Sprite turns the layer into planes that can be blended on frames.
func (l *Layer) Sprite() *Sprite {
	s := newSprite(l.W, l.H)
	for y := 0; y < l.H; y += 2 {
		for x := 0; x < l.W; x += 2 {
			var r, g, b, a int
			for _, i := range [4]int{l.img.PixOffset(x, y), l.img.PixOffset(x+1, y), l.img.PixOffset(x, y+1), l.img.PixOffset(x+1, y+1)} {
				p := l.img.Pix[i:][:4:4]
				s.y.pix[i/4], s.y.alpha[i/4] = luma(p), p[3]
				r, g, b, a = r+int(p[0]), g+int(p[1]), b+int(p[2]), a+int(p[3])
			}
			i := y/2*(l.W/2) + x/2
			s.u.pix[i], s.v.pix[i] = chroma(r, g, b, a)
			s.u.alpha[i] = uint8((a + 2) / 4)
		}
	}
	s.v.alpha = s.u.alpha
	s.measure()
	return s
}

// luma is Y of a premultiplied pixel, premultiplied too.
func luma(p []uint8) uint8 {
	y := 219*(0.2126*float32(p[0])+0.7152*float32(p[1])+0.0722*float32(p[2]))/255 + 16*float32(p[3])/255
	return uint8(y + 0.5)
}

// chroma is Cb and Cr of the sum of four premultiplied pixels.
func chroma(r, g, b, a int) (cb, cr uint8) {
	fr, fg, fb := float32(r)/1020, float32(g)/1020, float32(b)/1020
	y := 0.2126*fr + 0.7152*fg + 0.0722*fb
	mid := 128 * float32(a) / 1020
	return uint8(mid + 224*(fb-y)/1.8556 + 0.5), uint8(mid + 224*(fr-y)/1.5748 + 0.5)
}
