package main

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/match"
	"github.com/sheetreel/sheetreel/services/ratelimit/memory"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"

	"github.com/sheetreel/sheetreel/bench/measure"
)

// haste is how much faster the engine's clock runs than time: no call of millions may be refused. It is read as often as
// otherwise, and logs are filled half and more.
const haste = 200

const (
	// warm is how many decisions are made first: three times what an engine remembers to cancel them.
	warm = 1_500_000
	// cpuNanos is what a decision needs, on a machine that has more to do.
	cpuNanos = "cpu-ns/op"
)

// inProcess measures the decision itself, without gRPC: two limits, for one user after the other; to match the rules is
// measured apart.
func (b *bench) inProcess(ctx context.Context) error {
	rules, err := rule.Default()
	if err != nil {
		return err
	}
	set, err := match.New(1, rules, time.Now(), nil)
	if err != nil {
		return err
	}
	var times, allocs, withMatch []float64
	for round := range b.rounds {
		decide, err := decisions(ctx, set, false)
		if err != nil {
			return err
		}
		both, err := decisions(ctx, set, true)
		if err != nil {
			return err
		}
		times, allocs = append(times, nanos(decide)), append(allocs, float64(decide.MemAllocs)/float64(decide.N))
		withMatch = append(withMatch, nanos(both))
		fmt.Printf("  round %d  decision of two limits %5.0f ns of CPU time (%d ns passed), %.4f allocations, %.0f bytes; with the match of the rules %5.0f ns\n",
			round+1, nanos(decide), decide.NsPerOp(), allocs[round], float64(decide.MemBytes)/float64(decide.N), nanos(both))
	}
	fmt.Printf("  median   decision of two limits %5.0f ns, %.4f allocations; with the match of the rules %5.0f ns\n",
		measure.Median(times), measure.Median(allocs), measure.Median(withMatch))
	b.goals = append(b.goals,
		measure.Goal{Name: "decision-ns", Value: measure.Median(times), AtMost: 700},
		measure.Goal{Name: "decision-allocs", Value: measure.Median(allocs)},
	)
	return nil
}

func nanos(r testing.BenchmarkResult) float64 { return r.Extra[cpuNanos] }

// decisions makes decisions for a second.
func decisions(ctx context.Context, set *match.Set, matching bool) (testing.BenchmarkResult, error) {
	reqs := shape{}.requests()
	needs := make([]engine.Need, users)
	for u := range needs {
		needs[u] = engine.Need{Cost: 1, Least: 1, Lines: set.Match(reqs[u].GetDescriptors(), time.Now(), &match.Scratch{})}
		if n := len(needs[u].Lines); n != 2 {
			return testing.BenchmarkResult{}, fmt.Errorf("%d limits count a call, not 2", n)
		}
	}
	start := time.Now()
	e := memory.New(memory.Config{Clock: func() time.Time { return start.Add(haste * time.Since(start)) }})
	var out []engine.Outcome
	var scratch match.Scratch
	var failed error
	turn := 0
	one := func() {
		u := turn % users
		turn++
		if matching {
			scratch.Reset()
			needs[u].Lines = set.Match(reqs[u].GetDescriptors(), start, &scratch)
		}
		var err error
		if out, err = e.Decide(ctx, needs[u:u+1], out[:0]); err != nil {
			failed = err
		} else if out[0].Verdict != engine.Proceed {
			failed = fmt.Errorf("decision %d is no grant but %v, wait %v", turn, out[0].Verdict, out[0].Wait)
		}
	}
	for range warm { // until memory has grown: the logs, and what can be cancelled
		one()
	}
	result := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		clock := measure.Begin(nil)
		for b.Loop() {
			one()
		}
		b.ReportMetric(float64(clock.End(b.N).Client.Nanoseconds())/float64(b.N), cpuNanos)
	})
	return result, failed
}
