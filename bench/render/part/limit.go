package part

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/sheetreel/sheetreel/services/render/format"
	"github.com/sheetreel/sheetreel/services/render/studio/encode"

	"github.com/sheetreel/sheetreel/bench/render/sample"
	"github.com/sheetreel/sheetreel/bench/render/tree"
)

// LimitFile is what the limit makes of a scene.
func (j Job) LimitFile(scene int) string {
	return filepath.Join(j.Folder, fmt.Sprintf("limit-%d.mp4", scene))
}

// Limit encodes the frames of all scenes with the studio's own arguments, one on each core at a time. Nothing that makes a
// video of composed frames can take less with this encoder.
func Limit(ctx context.Context, j Job) error {
	sb, err := j.ReadStoryboard()
	if err != nil {
		return err
	}
	kind, err := format.Of(sb.GetOutput())
	if err != nil {
		return err
	}
	picture := encode.Picture{Format: kind, Width: int(j.Size.Width), Height: int(j.Size.Height), Rate: int(j.Size.Rate)}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.NumCPU())
	for i := range sample.Scenes {
		g.Go(func() error { return encodeFile(ctx, picture, j.RawFile(i), j.LimitFile(i)) })
	}
	return g.Wait()
}

func encodeFile(ctx context.Context, p encode.Picture, raw, file string) error {
	in, err := os.Open(raw)
	if err != nil {
		return err
	}
	defer in.Close()
	settings := p.Settings() // the last one is the file's name
	_, err = tree.Run(ctx, tree.Command{Path: "ffmpeg", Args: append(settings[:len(settings)-1:len(settings)-1], file), Stdin: in})
	return err
}
