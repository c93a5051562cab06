package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/sheetreel/sheetreel/bench/measure"
	"github.com/sheetreel/sheetreel/bench/render/part"
	"github.com/sheetreel/sheetreel/bench/render/rival"
	"github.com/sheetreel/sheetreel/bench/render/sample"
	"github.com/sheetreel/sheetreel/bench/render/tree"
)

// results are what each system took.
type results struct {
	options
	job    part.Job
	studio map[string]tree.Usage // by step
	limit  tree.Usage
	rivals map[string]tree.Usage
}

const (
	limitRounds = 3
	// patience bounds a system.
	patience = 30 * time.Minute
)

func benchmark(ctx context.Context, o options) (err error) {
	folder, err := os.MkdirTemp(memoryFolder(), "sheetreel-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	r := &results{options: o, job: part.Job{Folder: folder, Size: o.size(), Art: o.art}, studio: map[string]tree.Usage{}, rivals: map[string]tree.Usage{}}
	s := r.job.Size
	fmt.Printf("%s, %d CPUs, load %s, %dx%d at %d, %d frames in %d scenes, files in %s\n",
		runtime.Version(), runtime.NumCPU(), load(), s.Width, s.Height, s.Rate, s.Frames(), sample.Scenes, filepath.Dir(folder))
	for _, what := range []func(context.Context) error{r.renderWithStudio, r.measureLimit, r.compareFrames, r.renderWithRivals, r.keepVideos} {
		if err := what(ctx); err != nil {
			return err
		}
	}
	fmt.Printf("load at the end %s\n", load())
	for _, g := range r.goals() {
		fmt.Println(g)
	}
	return nil
}

// memoryFolder is a folder in memory, so that no disk is measured; empty when there is none.
func memoryFolder() string {
	const memory = "/dev/shm"
	if info, err := os.Stat(memory); err == nil && info.IsDir() {
		return memory
	}
	return ""
}

// load is the machine's load, for the reader to judge the figures by.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(text))[:3], " ")
}

// part is this program in a role.
func (r *results) part(role string) (tree.Command, error) {
	program, err := os.Executable()
	return tree.Command{Path: program, Args: []string{"-part", role, "-folder", r.job.Folder, "-art", r.art, fmt.Sprintf("-quick=%v", r.quick)}}, err
}

func (r *results) renderWithStudio(ctx context.Context) error {
	c, err := r.part("studio")
	if err != nil {
		return err
	}
	return tree.Steps(ctx, c, func(s tree.Step) {
		r.studio[s.Name] = s.Usage
		fmt.Printf("  studio, %-18s %s  %6.1f MB  %s\n", s.Name, s.Usage, megabytes(r.job.VideoFile(s.Name)), s.Note)
	})
}

func (r *results) measureLimit(ctx context.Context) error {
	c, err := r.part("frames")
	if err == nil {
		var u tree.Usage
		u, err = tree.Run(ctx, c)
		fmt.Printf("  frames alone, one core     %s\n", u)
	}
	if err != nil {
		return err
	}
	if c, err = r.part("limit"); err != nil {
		return err
	}
	for range limitRounds {
		u, err := tree.Run(ctx, c)
		if err != nil {
			return err
		}
		if r.limit.CPU == 0 || u.CPU < r.limit.CPU {
			r.limit = u // noise only adds
		}
	}
	total := 0.0
	for i := range sample.Scenes {
		total += megabytes(r.job.LimitFile(i))
	}
	fmt.Printf("  limit: encoding alone      %s  %6.1f MB  the best of %d\n", r.limit, total, limitRounds)
	return nil
}

func (r *results) renderWithRivals(ctx context.Context) error {
	sb, err := r.job.ReadStoryboard()
	if err != nil {
		return err
	}
	w := rival.Work{Folder: r.job.Folder, Storyboard: sb, Size: r.job.Size, Sound: r.job.VideoFile(part.Cold), Rivals: r.options.rivals}
	for _, one := range []struct {
		name string
		run  func(context.Context) (tree.Usage, error)
	}{
		{"filters", func(ctx context.Context) (tree.Usage, error) { return rival.Filters(ctx, w) }},
		{"remotion", func(ctx context.Context) (tree.Usage, error) { return rival.Remotion(ctx, w, r.remotion) }},
		{"editly", func(ctx context.Context) (tree.Usage, error) { return rival.Editly(ctx, w) }},
	} {
		bounded, cancel := context.WithTimeout(ctx, patience)
		u, err := one.run(bounded)
		size := megabytes(w.File(one.name))
		cancel()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			fmt.Printf("  %-26s not run: %v\n", one.name, err)
		default:
			if one.name == "remotion" && r.remotion > 0 {
				one.name = fmt.Sprintf("remotion, %d frames", r.remotion)
			} else {
				r.rivals[one.name] = u
			}
			fmt.Printf("  %-26s %s  %6.1f MB\n", one.name, u, size)
		}
	}
	return nil
}

func megabytes(path string) float64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return float64(info.Size()) / 1e6
}

func (r *results) goals() []measure.Goal {
	warm, best := r.studio[part.Warm], time.Duration(0)
	for _, u := range r.rivals {
		if best == 0 || u.Wall < best {
			best = u.Wall
		}
	}
	var peak int64
	for _, u := range r.studio {
		peak = max(peak, u.Peak)
	}
	goals := []measure.Goal{
		{Name: "cpu-vs-limit", Value: warm.CPU.Seconds() / r.limit.CPU.Seconds(), AtMost: 1.5},
		{Name: "draft-seconds", Value: r.studio[part.Draft].Wall.Seconds(), AtMost: 2},
		// All scenes are equally long. What is made again is compared with making all, cache included.
		{Name: "one-scene-share", Value: r.studio[part.Changed].CPU.Seconds() / r.studio[part.Filling].CPU.Seconds(), AtMost: 1.0/sample.Scenes + 0.15},
		{Name: "unchanged-seconds", Value: r.studio[part.Unchanged].Wall.Seconds(), AtMost: 1},
		{Name: "peak-mb", Value: float64(peak >> 20), AtMost: 900},
	}
	if best > 0 {
		goals = append(goals, measure.Goal{Name: "wall-vs-best-rival", Value: r.studio[part.Cold].Wall.Seconds() / best.Seconds(), AtMost: 1})
	}
	return goals
}
