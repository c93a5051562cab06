package draw

import (
	"image"

	"golang.org/x/image/draw"

	"github.com/sheetreel/sheetreel/services/render/studio/colour"
	"github.com/sheetreel/sheetreel/services/render/studio/pixels"
)

// Picture is an opaque image in video planes, larger than the frame it will be shown in, so that it can move.
type Picture struct {
	W, H    int
	y, u, v []uint8
}

// Cover makes a picture of w by h pixels, both even, from an image with other proportions: what sticks out is cut off.
// Focus says which part stays, from 0, left or top, to 1.
func Cover(img image.Image, w, h int, focusX, focusY float64) *Picture {
	b := img.Bounds()
	cut := b
	if b.Dx()*h > b.Dy()*w {
		width := max(1, b.Dy()*w/h)
		cut.Min.X += int(float64(b.Dx()-width) * focusX)
		cut.Max.X = cut.Min.X + width
	} else {
		height := max(1, b.Dx()*h/w)
		cut.Min.Y += int(float64(b.Dy()-height) * focusY)
		cut.Max.Y = cut.Min.Y + height
	}
	scaled := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(scaled, scaled.Rect, image.White, image.Point{}, draw.Src) // for what is transparent
	scaler(cut, w).Scale(scaled, scaled.Rect, img, cut, draw.Over, nil)
	p := &Picture{w, h, make([]uint8, w*h), make([]uint8, w*h/4), make([]uint8, w*h/4)}
	for y := 0; y < h; y += 2 {
		for x := 0; x < w; x += 2 {
			var r, g, bl int
			for _, i := range [4]int{scaled.PixOffset(x, y), scaled.PixOffset(x+1, y), scaled.PixOffset(x, y+1), scaled.PixOffset(x+1, y+1)} {
				px := scaled.Pix[i:][:4:4]
				p.y[i/4] = luma(px)
				r, g, bl = r+int(px[0]), g+int(px[1]), bl+int(px[2])
			}
			i := y/2*(w/2) + x/2
			p.u[i], p.v[i] = chroma(r, g, bl, 1020)
		}
	}
	return p
}

// scaler is the best way to scale what is cut to a width: smooth when it grows, and without the cost of a wide kernel
// when it shrinks.
func scaler(cut image.Rectangle, w int) draw.Interpolator {
	if cut.Dx() > w {
		return draw.BiLinear
	}
	return draw.CatmullRom
}

// Show covers a frame with the part of the picture whose left top corner is at x, y and whose width is that of the
// frame divided by zoom. All may lie between pixels, so that slow movement is smooth.
func (p *Picture) Show(f *Frame, x, y, zoom float64) {
	step := 1 / zoom
	showPlane(f.Y, f.W, f.H, p.y, p.W, p.H, x, y, step)
	showPlane(f.U, f.W/2, f.H/2, p.u, p.W/2, p.H/2, x/2, y/2, step)
	showPlane(f.V, f.W/2, f.H/2, p.v, p.W/2, p.H/2, x/2, y/2, step)
}

// showPlane resamples a plane with bilinear weights in 256ths: rows first, then columns.
func showPlane(dst []byte, w, h int, src []uint8, sw, sh int, x, y, step float64) {
	line := make([]uint16, sw+1)
	tap := pixels.Tap{At: make([]uint32, w), Weights: make([]uint32, w)}
	for i := range w {
		pos := clampTo(x+(float64(i)+0.5)*step-0.5, float64(sw-1))
		at := uint32(pos)
		part := uint32((pos - float64(at)) * 256)
		tap.At[i], tap.Weights[i] = at, part<<16|256-part
	}
	for row := range h {
		pos := clampTo(y+(float64(row)+0.5)*step-0.5, float64(sh-1))
		top := int(pos)
		lower := uint16((pos - float64(top)) * 256)
		above := src[top*sw:][:sw]
		below := src[min(top+1, sh-1)*sw:][:sw]
		pixels.Between(line[:sw], above, below, 256-lower)
		line[sw] = line[sw-1]
		pixels.Resample(dst[row*w:][:w], line, tap)
	}
}

func clampTo(v, most float64) float64 { return min(max(v, 0), most) }

// Light measures rows of the picture, from and to as parts of its height: the luminances that nearly all of it is
// above and below.
func (p *Picture) Light(from, to float64) (low, high float64) {
	first := int(clampTo(from, 1) * float64(p.H-1))
	last := int(clampTo(to, 1) * float64(p.H-1))
	var count [256]int
	all := 0
	for y := first; y <= last; y += 2 {
		for _, v := range p.y[y*p.W:][:p.W] {
			count[v]++
			all++
		}
	}
	at := func(part float64) float64 {
		sum := 0
		for v, n := range count {
			if sum += n; float64(sum) >= part*float64(all) {
				grey := (float64(v) - 16) / 219
				return colour.RGB{R: grey, G: grey, B: grey}.Luminance()
			}
		}
		return 1
	}
	return max(0, at(0.02)), at(0.98)
}
