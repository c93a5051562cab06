package part

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"google.golang.org/protobuf/encoding/protojson"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/studio/art"
	"github.com/sheetreel/sheetreel/services/render/studio/draw"
	"github.com/sheetreel/sheetreel/services/render/studio/film"
	"github.com/sheetreel/sheetreel/services/render/studio/typeset"
)

// ReadStoryboard reads the storyboard that the studio's process has left.
func (j Job) ReadStoryboard() (*storyboardv1.Storyboard, error) {
	data, err := os.ReadFile(j.StoryboardFile())
	if err != nil {
		return nil, err
	}
	sb := &storyboardv1.Storyboard{}
	return sb, protojson.Unmarshal(data, sb)
}

// RawFile has the frames of a scene, as an encoder takes them.
func (j Job) RawFile(scene int) string {
	return filepath.Join(j.Folder, fmt.Sprintf("scene-%d.yuv", scene))
}

// Frames writes the frames that the studio composes, a file for each scene.
func Frames(ctx context.Context, j Job) error {
	sb, err := j.ReadStoryboard()
	if err != nil {
		return err
	}
	fonts, err := typeset.Open([]string{"/usr/local/share/fonts", "/usr/share/fonts"})
	if err != nil {
		return err
	}
	f, err := film.New(sb, film.Sources{Fonts: fonts, Art: art.Open([]string{j.Art})})
	if err != nil {
		return err
	}
	frame := draw.NewFrame(int(sb.GetCanvas().GetWidth()), int(sb.GetCanvas().GetHeight()))
	for i := range f.Chunks() {
		if err := writeScene(ctx, j.RawFile(i), f.Chunk(i), frame); err != nil {
			return fmt.Errorf("scene %d: %w", i, err)
		}
	}
	return nil
}

func writeScene(ctx context.Context, path string, chunk *film.Chunk, frame *draw.Frame) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(file, 1<<20)
	defer func() { err = errors.Join(err, out.Flush(), file.Close(), chunk.Close()) }()
	for k := range chunk.Frames() {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		chunk.Paint(k, frame)
		if _, err := out.Write(frame.Data); err != nil {
			return err
		}
	}
	return nil
}
