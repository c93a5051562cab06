// Package part is what a process that is measured does: it renders with the built-in studio, writes the frames that the
// studio composes, or encodes such frames and does nothing else.
package part

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"google.golang.org/protobuf/encoding/protojson"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/cache"
	"github.com/sheetreel/sheetreel/services/render/provider"
	"github.com/sheetreel/sheetreel/services/render/speech/espeak"
	"github.com/sheetreel/sheetreel/services/render/studio"

	"github.com/sheetreel/sheetreel/bench/render/sample"
	"github.com/sheetreel/sheetreel/bench/render/tree"
)

// Steps of the studio's process.
const (
	Cold      = "cold"
	Warm      = "warm"
	Filling   = "filling the cache"
	Changed   = "one scene changed"
	Unchanged = "unchanged"
	Draft     = "draft"
)

// Job says where a part works and on what.
type Job struct {
	Folder string // of all that is made
	Size   sample.Size
	Art    string // folder of the illustrations
}

// StoryboardFile is the storyboard with its true times.
func (j Job) StoryboardFile() string { return filepath.Join(j.Folder, "storyboard.json") }

// VideoFile is the video of a step.
func (j Job) VideoFile(step string) string { return filepath.Join(j.Folder, "studio "+step+".mp4") }

func (j Job) config() studio.Config { return studio.Config{Art: []string{j.Art}} }

// Studio renders again and again in one process and writes what each render took to standard output. Time and processor
// time of the first one count from the process's start.
func Studio(ctx context.Context, j Job, began time.Time) error {
	sb, err := sample.Storyboard(j.Size, false)
	if err != nil {
		return err
	}
	draft, err := sample.Storyboard(j.Size, true)
	if err != nil {
		return err
	}
	kept, err := cache.Open(cache.Config{Dir: filepath.Join(j.Folder, "cache")}, cache.Deps{})
	if err != nil {
		return err
	}
	defer kept.Close()
	voice := espeak.New(espeak.Program)
	forgetful := studio.New(j.config(), studio.Deps{Speech: voice})
	keeping := studio.New(j.config(), studio.Deps{Speech: voice, Cache: kept})
	clock := clock{at: began}
	for _, step := range []struct {
		name   string
		studio *studio.Studio
		sb     *storyboardv1.Storyboard
	}{
		{Cold, forgetful, sb},
		{Warm, forgetful, sb},
		{Draft, forgetful, draft},
		{Filling, keeping, sb},
		{Unchanged, keeping, sb},
		{Changed, keeping, sample.Changed(sb)},
	} {
		if err := j.render(ctx, step.name, step.studio, step.sb, &clock); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	return nil
}

// render renders once, tells it, and keeps the video.
func (j Job) render(ctx context.Context, name string, s *studio.Studio, sb *storyboardv1.Storyboard, c *clock) error {
	dir, err := os.MkdirTemp(j.Folder, "render-")
	if err != nil {
		return err
	}
	result, err := s.Render(ctx, provider.Request{Storyboard: sb, Dir: dir})
	if err != nil {
		return err
	}
	usage := c.lap()
	if name == Cold {
		data, err := protojson.Marshal(result.Storyboard)
		if err == nil {
			err = os.WriteFile(j.StoryboardFile(), data, 0o600)
		}
		if err != nil {
			return err
		}
	}
	if err := errors.Join(os.Rename(result.Video, j.VideoFile(name)), os.RemoveAll(dir)); err != nil {
		return err
	}
	r := result.Receipt
	note := fmt.Sprintf("%.1f s of video, %d scenes reused, %d rendered", result.Storyboard.GetDuration().AsDuration().Seconds(), r.GetReusedSceneCount(), r.GetRenderedSceneCount())
	if err := json.NewEncoder(os.Stdout).Encode(tree.Step{Name: name, Usage: usage, Note: note}); err != nil {
		return err
	}
	c.lap() // what was done for the benchmark counts for nobody
	return nil
}

// clock takes time and processor time, of this process and of its children that have ended.
type clock struct {
	at  time.Time
	cpu time.Duration
}

// lap is what was taken since the last one.
func (c *clock) lap() tree.Usage {
	at, cpu := time.Now(), time.Duration(0)
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var u syscall.Rusage
		if err := syscall.Getrusage(who, &u); err == nil {
			cpu += time.Duration(u.Utime.Nano() + u.Stime.Nano())
		}
	}
	u := tree.Usage{Wall: at.Sub(c.at), CPU: cpu - c.cpu}
	c.at, c.cpu = at, cpu
	return u
}
