package render

import (
	"context"
	"errors"
	"image/jpeg"
	"os"

	"github.com/sheetreel/sheetreel/services/render/assets"
	"github.com/sheetreel/sheetreel/services/render/assets/clip"
	"github.com/sheetreel/sheetreel/services/render/studio/draw"
)

// posterOf makes a poster of a frame from the first third of a video, where it has begun to tell something.
func posterOf(ctx context.Context, video assets.Asset, path string) (err error) {
	r, err := clip.Open(ctx, clip.Job{Asset: video, Width: video.Width &^ 1, Height: video.Height &^ 1, Rate: 10, From: video.Duration / 3})
	if err != nil {
		return err
	}
	defer r.Close()
	frame := draw.NewFrame(video.Width&^1, video.Height&^1)
	if err := r.Read(frame.Data); err != nil {
		return err
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return jpeg.Encode(file, frame.Image(), &jpeg.Options{Quality: 90})
}
