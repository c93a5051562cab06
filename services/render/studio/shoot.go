package studio

import (
	"context"
	"fmt"
	"path/filepath"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/studio/draw"
	"github.com/sheetreel/sheetreel/services/render/studio/encode"
	"github.com/sheetreel/sheetreel/services/render/studio/film"
)

// shoot paints all frames and encodes them with the sound track; the poster falls out on the way.
func (s *Studio) shoot(ctx context.Context, sb *storyboardv1.Storyboard, f *film.Film, dir string, p *progress) error {
	canvas := sb.GetCanvas()
	enc, err := encode.Start(ctx, encode.Job{
		FFmpeg: s.cfg.FFmpeg, Dir: dir, Sound: soundFile, Video: videoFile,
		Width: int(canvas.GetWidth()), Height: int(canvas.GetHeight()), Rate: int(canvas.GetFrameRate()),
	})
	if err != nil {
		return system(err)
	}
	defer enc.Close()
	frame := draw.NewFrame(int(canvas.GetWidth()), int(canvas.GetHeight()))
	poster := f.Still(0)
	for i := range f.Chunks() {
		chunk := f.Chunk(i)
		for k := range chunk.Frames() {
			chunk.Paint(k, frame)
			if i == 0 && k == poster {
				if err := savePoster(filepath.Join(dir, posterFile), frame); err != nil {
					return system(fmt.Errorf("poster: %w", err))
				}
			}
			if err := enc.Write(frame.Data); err != nil {
				return system(err)
			}
			p.frames(f.Start(i)+k+1, f.Frames())
		}
	}
	p.report(stageMux, 0)
	return system(enc.Finish())
}
