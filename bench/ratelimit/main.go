// Command ratelimit measures the limiter beside a gRPC method that does nothing, and beside envoyproxy/ratelimit, the most
// used service of its kind: in one run, on one machine, in interleaved rounds, so that a slow moment hits all alike. Every
// server is a process of its own, fresh for each round, and what counts is the CPU time that it needs for a decision,
// its store included. A run counts only if all calls were answered as they must be, and charged exactly. The last lines are
// the goals.
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

	"github.com/sheetreel/sheetreel/bench/measure"
)

func main() {
	if len(os.Args) > 1 && slices.Contains(noopKinds(), os.Args[1]) { // a server of ours that does nothing
		exit(run.Main(func(ctx context.Context) error { return serveNothing(ctx, os.Args[1], os.Args[2:]) }))
	}
	quick := flag.Bool("quick", false, "small sizes: to see that it runs, not to compare")
	only := flag.String("only", "", "run one measure: "+strings.Join(names(), ", "))
	flag.Parse()
	exit(run.Main(func(ctx context.Context) error { return benchmark(ctx, sizesFor(*quick), *only) }))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// sizes say how much is done.
type sizes struct {
	rounds       int
	calls        int // one by one
	warmCalls    int // before them: at least one for each user, since to begin to count costs more
	messages     int // with a batch each
	warmMessages int
}

func sizesFor(quick bool) sizes {
	if quick {
		return sizes{rounds: 1, calls: 4000, warmCalls: 400, messages: 500, warmMessages: 50}
	}
	return sizes{rounds: 7, calls: 40_000, warmCalls: users, messages: 8000, warmMessages: 800}
}

// bench is a run.
type bench struct {
	sizes
	folder  string // for files, removed at the end
	folders int    // in it
	limiter string // the built service
	goals   []measure.Goal
}

// part is a measure that can be run alone.
type part struct {
	name string
	run  func(*bench, context.Context) error
}

func parts() []part {
	return []part{
		{"unary", (*bench).unary},
		{"envoy", (*bench).envoy},
		{"stream", (*bench).stream},
		{"hot", (*bench).hot},
		{"process", (*bench).inProcess},
		{"redis", (*bench).redis},
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
	if err := b.build(ctx); err != nil {
		return err
	}
	fmt.Printf("%s, %d CPUs, %d callers on %d connections, %d users in %d projects\n", runtime.Version(), runtime.NumCPU(),
		callers, connections, users, projects)
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
