package main

import (
	"context"
	"fmt"
	"time"

	"github.com/sheetreel/sheetreel/bench/measure"
)

// hot measures what happens when all users are in one project, so that nearly all are refused, beside users in many. An
// answer that refuses says more than one that grants: as an error that names the limits, or as a part of a batch.
func (b *bench) hot(ctx context.Context) error {
	ways := []struct {
		name string
		run  func(context.Context, system) (figure, error)
	}{
		{"single", b.acquire},
		{"stream", b.acquireStream},
	}
	var c contest
	for round := range b.rounds {
		for _, way := range ways {
			for _, key := range []string{"hot", "spread"} {
				f, err := way.run(ctx, system{limiter, inMemory, shape{hot: key == "hot"}})
				if err != nil {
					return fmt.Errorf("%s, %s: %w", key, way.name, err)
				}
				c.add(round, key+", "+way.name, f)
			}
		}
	}
	c.print()
	for _, way := range ways {
		b.goals = append(b.goals, measure.Goal{
			Name: "hot-vs-spread-" + way.name, Value: c.Ratio("hot, "+way.name, "spread, "+way.name, figure.rate), AtLeast: 1,
		})
	}
	return nil
}

// checkHot fails unless a project was granted what its bucket of 300 holds and gains in so long, 5 a second.
func checkHot(granted int, in time.Duration) error {
	const capacity, aSecond = 300, 5
	most := capacity + int(in.Seconds()*aSecond) + 1
	if granted < capacity || granted > most {
		return fmt.Errorf("the hot project was granted %d in %v; want %d to %d", granted, in, capacity, most)
	}
	return nil
}
