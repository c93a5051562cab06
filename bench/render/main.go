// Command render measures how the sample video is made: by the built-in studio, by an encoder that does nothing but
// encode the studio's frames, by a graph of ffmpeg's own filters, and by rivals that are installed. Each runs as a process
// of its own, of which time, processor time and memory are taken with all processes below it. The last lines are the
// goals.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/sheetreel/sheetreel/kit/run"

	"github.com/sheetreel/sheetreel/bench/render/part"
	"github.com/sheetreel/sheetreel/bench/render/sample"
)

func main() {
	began := time.Now()
	o := options{}
	flag.BoolVar(&o.quick, "quick", false, "a small and short video: to see that it runs, not to compare")
	flag.IntVar(&o.remotion, "remotion-frames", 0, "render so many frames with Remotion, and do not compare; 0 renders all")
	flag.StringVar(&o.art, "art", ".cache/art", "folder of the illustrations")
	flag.StringVar(&o.rivals, "rivals", "bench/render/rivals", "folder in which rivals are installed")
	flag.StringVar(&o.keep, "keep", "", "keep the videos in this folder")
	role := flag.String("part", "", "what a process that is measured does")
	folder := flag.String("folder", "", "where a process that is measured works")
	flag.Parse()
	err := run.Main(func(ctx context.Context) error {
		if *role == "" {
			return benchmark(ctx, o)
		}
		return play(ctx, *role, part.Job{Folder: *folder, Size: o.size(), Art: o.art}, began)
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type options struct {
	quick             bool
	remotion          int
	art, rivals, keep string
}

func (o options) size() sample.Size {
	if o.quick {
		return sample.Quick()
	}
	return sample.Full()
}

// play is what a process that is measured does.
func play(ctx context.Context, role string, j part.Job, began time.Time) error {
	switch role {
	case "studio":
		return part.Studio(ctx, j, began)
	case "frames":
		return part.Frames(ctx, j)
	case "limit":
		return part.Limit(ctx, j)
	}
	return fmt.Errorf("there is no part %q", role)
}
