package main

import (
	"context"
	"fmt"
	"time"

	"github.com/sheetreel/sheetreel/bench/load"
	"github.com/sheetreel/sheetreel/bench/measure"
	"github.com/sheetreel/sheetreel/bench/river"
	"github.com/sheetreel/sheetreel/bench/sheetreel"
)

// rate is how many jobs a second come while latency is measured.
const rate = 20

// latency measures how long a lone job waits until it starts.
func (b *bench) latency(ctx context.Context) error {
	pace := func() func(func(int) bool) { return load.Pace(ctx, b.latencyJobs, rate) }
	ours := func(replicas int) func(string) ([]time.Duration, error) {
		return func(dsn string) ([]time.Duration, error) {
			return sheetreel.Latency(ctx, dsn, b.folder, replicas, pace())
		}
	}
	theirs := func(setup river.Setup) func(string) ([]time.Duration, error) {
		return func(dsn string) ([]time.Duration, error) { return river.Latency(ctx, dsn, setup, pace()) }
	}
	systems := []struct {
		name   string
		rounds int
		run    func(dsn string) ([]time.Duration, error)
	}{
		{"sheetreel, gRPC", b.rounds, ours(1)},
		{river.Benchmark().String(), b.rounds, theirs(river.Benchmark())},
		// These two are shown, not compared.
		{"sheetreel, two replicas", 1, ours(2)},
		{river.Default().String(), 1, theirs(river.Default())},
	}
	p50, p99 := make([][]float64, len(systems)), make([][]float64, len(systems))
	for i := range b.rounds {
		for j, s := range systems {
			if i >= s.rounds {
				continue
			}
			err := b.server.Use(ctx, func(dsn string) error {
				times, err := s.run(dsn)
				if err != nil {
					return err
				}
				if len(times) != b.latencyJobs {
					return fmt.Errorf("%s: %d of %d jobs started", s.name, len(times), b.latencyJobs)
				}
				low, high := measure.Millis(measure.Median(times)), measure.Millis(measure.Percentile(times, 0.99))
				p50[j], p99[j] = append(p50[j], low), append(p99[j], high)
				fmt.Printf("  round %d  %-26s p50 %6.2f ms, p99 %6.2f ms\n", i+1, s.name, low, high)
				return nil
			})
			if err != nil {
				return err
			}
		}
	}
	for j, s := range systems {
		fmt.Printf("  median   %-26s p50 %6.2f ms, p99 %6.2f ms\n", s.name, measure.Median(p50[j]), measure.Median(p99[j]))
	}
	b.goals = append(
		b.goals,
		measure.Goal{Name: "latency-p50", Value: medianRatio(p50[1], p50[0]), AtLeast: 1},
		measure.Goal{Name: "latency-p99", Value: medianRatio(p99[1], p99[0]), AtLeast: 1},
	)
	return nil
}

func medianRatio(over, under []float64) float64 {
	var ratios []float64
	for i := range over {
		ratios = append(ratios, over[i]/under[i])
	}
	return measure.Median(ratios)
}
