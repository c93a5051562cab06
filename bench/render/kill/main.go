// Command kill renders videos with real workers, in processes of their own, kills and stops the workers and cancels videos
// at moments drawn from a seed, and checks afterwards that nothing was lost, made twice or left behind: each video that was
// not cancelled is there once and whole, no process runs on, no unfinished file stays, and a kill costs at most the
// chunks that were being encoded. It ends with 1 when a promise was broken.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/sheetreel/sheetreel/kit/run"
)

func main() {
	var c campaign
	flag.IntVar(&c.renders, "renders", 100, "videos")
	flag.IntVar(&c.kills, "kills", 30, "workers that are killed")
	flag.IntVar(&c.stops, "stops", 10, "workers that are told to end")
	flag.IntVar(&c.cancels, "cancels", 10, "videos that are cancelled")
	flag.DurationVar(&c.pause, "pause", 1500*time.Millisecond, "time between two faults, about")
	flag.Uint64Var(&c.seed, "seed", 0, "of the moments; 0 draws one")
	flag.DurationVar(&c.patience, "patience", 30*time.Minute, "longest time of all")
	flag.StringVar(&c.worker, "worker", "", "the program sheetreel-render; by default it is built")
	flag.Parse()
	if c.seed == 0 {
		c.seed = 1 + rand.Uint64N(1_000_000_000)
	}
	if err := run.Main(func(ctx context.Context) error { return torment(ctx, c) }); err != nil {
		fmt.Fprintln(os.Stderr, "kill:", err)
		os.Exit(1)
	}
}

// campaign is what is done.
type campaign struct {
	renders, kills, stops, cancels int
	pause, patience                time.Duration
	seed                           uint64
	worker                         string
}

// workers run at the same time; each makes one video and encodes one chunk at a time.
const workers = 2

// places are the folders of a campaign.
type places struct{ root string }

func (p places) blobs() string   { return filepath.Join(p.root, "blobs") }
func (p places) scratch() string { return filepath.Join(p.root, "scratch") }
func (p places) cache() string   { return filepath.Join(p.root, "cache") }
func (p places) encodes() string { return filepath.Join(p.root, "encodes") }
func (p places) ffmpeg() string  { return filepath.Join(p.root, "ffmpeg") }
func (p places) log() string     { return filepath.Join(p.root, "workers.log") }

// torment runs a campaign.
func torment(ctx context.Context, c campaign) (err error) {
	ctx, cancel := context.WithTimeout(ctx, c.patience)
	defer cancel()
	root, err := os.MkdirTemp("", "sheetreel-kill-")
	if err != nil {
		return err
	}
	kept := false
	defer func() {
		if !kept {
			err = errors.Join(err, os.RemoveAll(root))
		}
	}()
	p := places{root}
	if err := p.countEncodes(); err != nil {
		return err
	}
	if c.worker == "" {
		if c.worker, err = build(ctx, root); err != nil {
			return err
		}
	}
	fmt.Printf("kill: seed %d, %d videos, %d kills, %d stops, %d cancels\n", c.seed, c.renders, c.kills, c.stops, c.cancels)
	s, err := openScheduler(ctx, filepath.Join(root, "queue.db"))
	if err != nil {
		return err
	}
	start := time.Now()
	found, err := s.with(ctx, func(ctx context.Context) (*findings, error) {
		if err := s.enqueue(ctx, c.renders); err != nil {
			return nil, err
		}
		done, err := goWrong(ctx, c, p, s)
		if err != nil {
			return nil, err
		}
		return check(ctx, p, s, done)
	})
	if err != nil {
		return err
	}
	fmt.Printf("%s took %s\n", found, time.Since(start).Round(time.Second))
	if len(found.broken) > 0 {
		kept = true
		return fmt.Errorf("%d promises were broken; everything is in %s", len(found.broken), root)
	}
	return nil
}
