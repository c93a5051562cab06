// Command scheduler measures the scheduler beside River, the fastest job queue in Go, and graphile-worker: in one run, on
// one machine, on one private PostgreSQL that is durable as usual, in interleaved rounds, so that a slow moment hits all
// alike. Every job has about 200 bytes and does nothing; all jobs are inserted first and then drained, and a run counts
// only if every job was done exactly once. The last lines are the goals.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/sheetreel/sheetreel/kit/run"

	"github.com/sheetreel/sheetreel/bench/database"
	"github.com/sheetreel/sheetreel/bench/measure"
)

func main() {
	quick := flag.Bool("quick", false, "small sizes: to see that it runs, not to compare")
	only := flag.String("only", "", "run one measure: "+strings.Join(names(), ", "))
	flag.Parse()
	err := run.Main(func(ctx context.Context) error { return benchmark(ctx, sizesFor(*quick), *only) })
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// sizes say how much is done.
type sizes struct {
	rounds      int
	jobs        int // on PostgreSQL
	bulks       int // bulk jobs that have them
	sqliteJobs  int
	latencyJobs int
	waiting     int // jobs of a long queue
	claims      int // from each queue
}

func sizesFor(quick bool) sizes {
	if quick {
		return sizes{rounds: 1, jobs: 5000, bulks: 10, sqliteJobs: 2000, latencyJobs: 40, waiting: 50_000, claims: 20}
	}
	return sizes{rounds: 3, jobs: 50_000, bulks: 10, sqliteJobs: 20_000, latencyJobs: 400, waiting: 1_000_000, claims: 250}
}

// bench is a run.
type bench struct {
	sizes
	server *database.Server
	folder string // for files, removed at the end
	files  int    // queues in it
	goals  []measure.Goal
}

// part is a measure that can be run alone.
type part struct {
	name string
	run  func(*bench, context.Context) error
}

func parts() []part {
	return []part{
		{"postgres", (*bench).postgres},
		{"grpc", (*bench).grpc},
		{"latency", (*bench).latency},
		{"sqlite", (*bench).sqlite},
		{"claims", (*bench).claimCost},
	}
}

func names() []string {
	var all []string
	for _, p := range parts() {
		all = append(all, p.name)
	}
	return all
}

func benchmark(ctx context.Context, s sizes, only string) (err error) {
	if only != "" && !slices.Contains(names(), only) {
		return fmt.Errorf("-only %s: there is only %s", only, strings.Join(names(), ", "))
	}
	b := &bench{sizes: s}
	if b.folder, err = os.MkdirTemp("", "sheetreel-bench-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.folder)) }()
	if b.server, err = database.Start(ctx); err != nil {
		return err
	}
	defer b.server.Stop(context.WithoutCancel(ctx))
	settings, err := b.server.Settings(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("%s, %d CPUs, %s\n", runtime.Version(), runtime.NumCPU(), settings)
	start := time.Now()
	for _, p := range parts() {
		if only != "" && p.name != only {
			continue
		}
		fmt.Printf("\n%s\n", p.name)
		if err := p.run(b, ctx); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	fmt.Printf("\nmeasured in %s\n", time.Since(start).Round(time.Second))
	for _, g := range b.goals {
		fmt.Println(g)
	}
	return nil
}
