package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sheetreel/sheetreel/bench/measure"
)

// callers is how many calls are under way at once.
const callers = 32

// load is so many calls, which callers share. Call i is made once; the first ones only warm up.
type load struct {
	warm      int
	calls     int
	decisions int // in a call
	call      func(ctx context.Context, caller, i int) error
}

// all is how many calls are made.
func (l load) all() int { return l.warm + l.calls }

// figure is what a server reached: decisions in so much time and CPU time of the server, and latencies of calls.
type figure struct {
	decisions int
	wall, cpu time.Duration
	p50, p99  time.Duration
}

// rate is in decisions a second.
func (f figure) rate() float64 { return float64(f.decisions) / f.wall.Seconds() }

// cost is the server's CPU time of a decision in microseconds.
func (f figure) cost() float64 { return f.cpu.Seconds() * 1e6 / float64(f.decisions) }

// yield is how many decisions a second of CPU time gives.
func (f figure) yield() float64 { return float64(f.decisions) / f.cpu.Seconds() }

func (f figure) String() string {
	return fmt.Sprintf("%8.0f decisions/s, %7.2f us CPU each; call p50 %6.2f ms, p99 %6.2f ms", f.rate(), f.cost(),
		measure.Millis(f.p50), measure.Millis(f.p99))
}

// drive makes the calls. cpu tells the CPU time of the server so far.
func (l load) drive(ctx context.Context, cpu func() (time.Duration, error)) (f figure, err error) {
	if _, err := l.share(ctx, 0, l.warm); err != nil {
		return f, err
	}
	before, err := cpu()
	if err != nil {
		return f, err
	}
	start := time.Now()
	times, err := l.share(ctx, l.warm, l.all())
	if err != nil {
		return f, err
	}
	f = figure{decisions: l.calls * l.decisions, wall: time.Since(start)}
	after, err := cpu()
	f.cpu = after - before
	f.p50, f.p99 = measure.Median(times), measure.Percentile(times, 0.99)
	return f, err
}

// share lets all callers make the calls of a range, and returns how long each took.
func (l load) share(ctx context.Context, from, to int) ([]time.Duration, error) {
	var next atomic.Int64
	next.Store(int64(from))
	taken := make([]time.Duration, to-from)
	group, ctx := errgroup.WithContext(ctx)
	for caller := range callers {
		group.Go(func() error {
			for {
				i := int(next.Add(1)) - 1
				if i >= to {
					return nil
				}
				start := time.Now()
				if err := l.call(ctx, caller, i); err != nil {
					return fmt.Errorf("call %d: %w", i, err)
				}
				taken[i-from] = time.Since(start)
			}
		})
	}
	return taken, group.Wait()
}
