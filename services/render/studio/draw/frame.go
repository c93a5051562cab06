// Package draw paints video frames: planar YUV 4:2:0 in BT.709 limited range, as an H.264 encoder takes them.
//
// Text and ornaments are painted once on an RGBA [Layer], turned into a [Sprite] and blended on many frames. Plain
// shapes that move (bars, discs, bands) are painted on the frame itself, with sub-pixel edges.
package draw

import (
	"image"

	"github.com/sheetreel/sheetreel/services/render/studio/colour"
)

// Frame is a picture of even width and height.
type Frame struct {
	W, H int
	// Data holds the planes Y, Cb and Cr one after the other, without padding.
	Data []byte
	// Y, U, V are the planes in Data.
	Y, U, V []byte
}

// NewFrame makes a frame; width and height must be even.
func NewFrame(w, h int) *Frame {
	f := &Frame{W: w, H: h, Data: make([]byte, w*h*3/2)}
	f.Y, f.U, f.V = f.Data[:w*h], f.Data[w*h:w*h*5/4], f.Data[w*h*5/4:]
	return f
}

// Image is the frame as an RGBA picture.
func (f *Frame) Image() *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, f.W, f.H))
	for y := range f.H {
		for x := range f.W {
			c := y/2*(f.W/2) + x/2
			luma := (float64(f.Y[y*f.W+x]) - 16) / 219
			cb, cr := (float64(f.U[c])-128)/224, (float64(f.V[c])-128)/224
			r := luma + 1.5748*cr
			b := luma + 1.8556*cb
			g := (luma - 0.2126*r - 0.0722*b) / 0.7152
			i := img.PixOffset(x, y)
			img.Pix[i], img.Pix[i+1], img.Pix[i+2] = colour.RGB{R: r, G: g, B: b}.Bytes()
			img.Pix[i+3] = 255
		}
	}
	return img
}
