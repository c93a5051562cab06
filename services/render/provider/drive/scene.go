package drive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/assets"
	"github.com/sheetreel/sheetreel/services/render/probe"
	"github.com/sheetreel/sheetreel/services/render/provider"
)

// Wish is a picture or clip that a scene wants to have made.
type Wish struct {
	// Key names the video, the same in all attempts.
	Key     string
	Project string
	Media   *storyboardv1.Media
	Canvas  *storyboardv1.Canvas
	// Duration is how long the scene lasts.
	Duration time.Duration
	// Dir gets the file.
	Dir      string
	Progress func(percent float64)
}

// order is what is bought for a wish.
func (w Wish) order() Order {
	g := w.Media.GetGenerated()
	t := provider.Task{
		Kind: provider.SceneImage, Prompt: g.GetPrompt(), Seed: g.GetSeed(),
		Width: int(w.Canvas.GetWidth()), Height: int(w.Canvas.GetHeight()),
	}
	if g.GetVideo() {
		t.Kind, t.FrameRate = provider.SceneClip, int(w.Canvas.GetFrameRate())
		t.Duration = max(w.Duration.Round(time.Second), time.Second) // so that a word more costs no new clip
	}
	return Order{Key: w.Key, Project: w.Project, Task: t, Progress: w.Progress}
}

// name is the same for wishes that one file fulfils, whichever video has them.
func (w Wish) name() string {
	t := w.order().Task
	return provider.MediaKey(w.Media) + " " + strconv.Itoa(t.Width) + "x" + strconv.Itoa(t.Height) + " " + t.Duration.String()
}

// Make gives what a scene wishes for: from the store if it was made before, for any video, or else from the provider. Usage is nil
// when nothing was bought.
func (d *Driver) Make(ctx context.Context, store *assets.Store, w Wish) (assets.Asset, Receipt, error) {
	o := w.order()
	kind := kindOf(o.Task)
	var receipt Receipt
	asset, err := store.Wished(ctx, w.name(), kind, w.Dir, func(ctx context.Context, to io.Writer) (err error) {
		o.Path = filepath.Join(w.Dir, "wish-"+digest(d.about.Name, o)[:16])
		o.Check = func(ctx context.Context, path string) error { return CheckScene(ctx, path, o.Task) }
		if receipt, err = d.Do(ctx, o); err != nil {
			return err
		}
		return move(o.Path, to)
	})
	if err != nil {
		return assets.Asset{}, receipt, err
	}
	return asset, receipt, d.Done(ctx, o)
}

// move writes a file's content elsewhere and removes the file.
func move(path string, to io.Writer) error {
	f, err := os.Open(path)
	if err != nil {
		return system(err)
	}
	_, err = io.Copy(to, f)
	return errors.Join(err, f.Close(), os.Remove(path))
}

func kindOf(t provider.Task) assets.Kind {
	if t.Kind == provider.SceneClip {
		return assets.Video
	}
	return assets.Image
}

// CheckScene refuses a file that is not the picture or clip that was ordered. Its size may be another, as it is fitted in; but
// upright stays upright.
func CheckScene(ctx context.Context, path string, t provider.Task) error {
	kind := kindOf(t)
	format, err := sniffFile(path, kind)
	if err != nil {
		return err
	}
	if kind == assets.Image {
		w, h, err := assets.Measure(path, format)
		if err != nil {
			return err
		}
		return checkSize(w, h, t)
	}
	media, err := probe.As(ctx, path, format.Demuxer())
	if err != nil {
		return err
	}
	if length := media.GetDuration().AsDuration(); length < t.Duration/4 || length > 4*t.Duration+time.Second {
		return fmt.Errorf("it lasts %.1f s, not %.1f s", length.Seconds(), t.Duration.Seconds())
	}
	return checkSize(int(media.GetWidth()), int(media.GetHeight()), t)
}

// checkSize allows what still looks good: at least a third of the size, and of the same lie.
func checkSize(w, h int, t provider.Task) error {
	if 3*w < t.Width || 3*h < t.Height || (w > h) != (t.Width > t.Height) && w != h && t.Width != t.Height {
		return fmt.Errorf("it has %d x %d pixels; %d x %d were ordered", w, h, t.Width, t.Height)
	}
	return nil
}
