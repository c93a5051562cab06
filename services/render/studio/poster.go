package studio

import (
	"errors"
	"image/jpeg"
	"os"

	"github.com/sheetreel/sheetreel/services/render/studio/draw"
)

// posterQuality is a JPEG quality at which large type shows no fringes.
const posterQuality = 90

func savePoster(path string, frame *draw.Frame) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return jpeg.Encode(file, frame.Image(), &jpeg.Options{Quality: posterQuality})
}
