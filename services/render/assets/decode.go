package assets

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"os"

	"golang.org/x/image/webp"
)

// maxPixels is how large a picture may be. One of so many takes up to 160 MB while it is decoded.
const maxPixels = 40_000_000

// Decode reads an image, turned as its camera was held; of an animation the first picture. Its bounds begin at 0, 0.
func Decode(a Asset) (image.Image, error) {
	file, err := readImage(a.Path)
	if err != nil {
		return nil, err
	}
	return decode(a.Format, file)
}

func readImage(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	file, err := io.ReadAll(io.LimitReader(f, Image.most()+1))
	if err == nil && int64(len(file)) > Image.most() {
		err = tooLarge(Image)
	}
	return file, err
}

func decode(f Format, file []byte) (image.Image, error) {
	img, err := whole(f, file)
	if err != nil {
		return nil, err
	}
	return turn(img, orientation(f, file)), nil
}

// whole decodes a picture as it is stored.
func whole(f Format, file []byte) (image.Image, error) {
	config, err := measure(f, file)
	if err != nil {
		return nil, err
	}
	read, ok := readers(f)
	if !ok {
		return nil, bad("is a file of type %s, not an image", f)
	}
	img, err := read.decode(bytes.NewReader(file))
	if err != nil {
		return nil, &Problem{Why: "is a broken image", Err: err}
	}
	if f == GIF {
		img = onCanvas(img, config.Width, config.Height)
	}
	return img, nil
}

// measure tells the size of a picture as it is stored, and refuses one that is too large to be decoded.
func measure(f Format, file []byte) (image.Config, error) {
	read, ok := readers(f)
	if !ok {
		return image.Config{}, bad("is a file of type %s, not an image", f)
	}
	config, err := read.config(bytes.NewReader(file))
	switch {
	case err != nil:
		return config, &Problem{Why: "is a broken image", Err: err}
	case config.Width <= 0 || config.Height <= 0:
		return config, bad("is an image without pixels")
	case int64(config.Width)*int64(config.Height) > maxPixels:
		return config, bad("has %d x %d pixels; at most %d million are taken", config.Width, config.Height, maxPixels/1_000_000)
	}
	return config, nil
}

// shown is the size of a picture as it is shown.
func shown(f Format, file []byte) (w, h int, err error) {
	config, err := measure(f, file)
	if err != nil {
		return 0, 0, err
	}
	if orientation(f, file) >= 5 {
		return config.Height, config.Width, nil
	}
	return config.Width, config.Height, nil
}

type reader struct {
	decode func(io.Reader) (image.Image, error)
	config func(io.Reader) (image.Config, error)
}

func readers(f Format) (reader, bool) {
	switch f {
	case PNG:
		return reader{png.Decode, png.DecodeConfig}, true
	case JPEG:
		return reader{jpeg.Decode, jpeg.DecodeConfig}, true
	case GIF:
		return reader{gif.Decode, gif.DecodeConfig}, true
	case WebP:
		return reader{decodeWebP, webp.DecodeConfig}, true
	}
	return reader{}, false
}

// decodeWebP makes an error of a panic: the decoder is young.
func decodeWebP(r io.Reader) (img image.Image, err error) {
	defer func() {
		if p := recover(); p != nil {
			img, err = nil, fmt.Errorf("webp: %v", p)
		}
	}()
	return webp.Decode(r)
}

// onCanvas puts the first picture of a GIF, which may be smaller, where it belongs.
func onCanvas(img image.Image, w, h int) image.Image {
	canvas := image.Rect(0, 0, w, h)
	if img.Bounds() == canvas {
		return img
	}
	out := image.NewNRGBA(canvas)
	draw.Draw(out, img.Bounds(), img, img.Bounds().Min, draw.Src)
	return out
}

// Measure tells the size of a local picture as it is shown. It decodes all of it, because a picture may break off anywhere.
func Measure(path string, f Format) (w, h int, err error) {
	file, err := readImage(path)
	if err != nil {
		return 0, 0, err
	}
	if _, err := whole(f, file); err != nil {
		return 0, 0, err
	}
	return shown(f, file)
}
