package assets

import (
	"image"
	"image/color"
	"image/draw"
)

// turn gives a picture as it is to be seen, by the orientation that Exif tells, with bounds from 0, 0.
func turn(img image.Image, orientation int) image.Image {
	if orientation <= 1 || orientation > 8 {
		return img
	}
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	if orientation >= 5 {
		w, h = h, w
	}
	pixel := pixels(img)
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			sx, sy := origin(x, y, w, h, orientation)
			c := pixel(sx, sy)
			copy(out.Pix[y*out.Stride+4*x:][:4], []byte{c.R, c.G, c.B, c.A})
		}
	}
	return out
}

// pixels gives access to the pixels by their distance from the corner. Photos are read without a copy: they are large.
func pixels(img image.Image) func(x, y int) color.NRGBA {
	b := img.Bounds()
	if photo, ok := img.(*image.YCbCr); ok {
		return func(x, y int) color.NRGBA {
			yi, ci := photo.YOffset(b.Min.X+x, b.Min.Y+y), photo.COffset(b.Min.X+x, b.Min.Y+y)
			r, g, bl := color.YCbCrToRGB(photo.Y[yi], photo.Cb[ci], photo.Cr[ci])
			return color.NRGBA{R: r, G: g, B: bl, A: 255}
		}
	}
	plain := image.NewNRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(plain, plain.Rect, img, b.Min, draw.Src)
	return plain.NRGBAAt
}

// origin is where a pixel of the picture as seen, of w x h, stands in the picture as stored.
func origin(x, y, w, h, orientation int) (sx, sy int) {
	switch orientation {
	case 2: // mirrored
		return w - 1 - x, y
	case 3: // upside down
		return w - 1 - x, h - 1 - y
	case 4: // mirrored, upside down
		return x, h - 1 - y
	case 5: // mirrored along the falling diagonal
		return y, x
	case 6: // to be turned clockwise
		return y, w - 1 - x
	case 7: // mirrored along the rising diagonal
		return h - 1 - y, w - 1 - x
	case 8: // to be turned anticlockwise
		return h - 1 - y, x
	}
	return x, y
}
