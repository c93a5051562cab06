package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/sheetreel/sheetreel/bench/measure"
	"github.com/sheetreel/sheetreel/bench/sheetreel"
)

const (
	// shortQueue is what a long queue is compared with.
	shortQueue = 1000
	// unpaid are jobs at the head whose user has no quota, and aside is how many others wait in both queues.
	unpaid, aside = 10_000, 10_000
)

// claimCost measures what a claim of 100 costs in a long queue beside a short one, and with jobs of a user without quota
// at the head beside none.
func (b *bench) claimCost(ctx context.Context) error {
	var noQuota float64
	for _, on := range []string{"pg", "sqlite"} {
		flat, err := b.race(ctx, on, queue{b.waiting, 0}, queue{shortQueue, 0})
		if err != nil {
			return err
		}
		b.goals = append(b.goals, measure.Goal{Name: "claim-flat-" + on, Value: flat, AtMost: 1.2})
		skipping, err := b.race(ctx, on, queue{aside, unpaid}, queue{aside, 0})
		if err != nil {
			return err
		}
		noQuota = max(noQuota, skipping)
	}
	b.goals = append(b.goals, measure.Goal{Name: "no-quota-flat", Value: noQuota, AtMost: 1.2})
	return nil
}

// queue says how many jobs wait, and how many of a user without quota before them.
type queue struct{ waiting, unpaid int }

func (q queue) String() string {
	if q.unpaid > 0 {
		return fmt.Sprintf("%d waiting behind %d without quota", q.waiting, q.unpaid)
	}
	return fmt.Sprintf("%d waiting", q.waiting)
}

// race is how much more a claim from one queue costs than from another one: the ratio of their medians.
func (b *bench) race(ctx context.Context, on string, one, other queue) (ratio float64, err error) {
	err = b.open(ctx, on, one, func(q *sheetreel.Queue) error {
		return b.open(ctx, on, other, func(r *sheetreel.Queue) error {
			ofOne, ofOther, err := sheetreel.Race(ctx, q, r, b.claims)
			if err != nil {
				return err
			}
			ratio = printClaims(on, one, ofOne) / printClaims(on, other, ofOther)
			return nil
		})
	})
	return ratio, err
}

func printClaims(on string, q queue, times []time.Duration) float64 {
	median := measure.Millis(measure.Median(times))
	fmt.Printf("  %-7s %-40s claim of 100: p50 %6.2f ms, p99 %6.2f ms (%d claims)\n", on, q, median,
		measure.Millis(measure.Percentile(times, 0.99)), len(times))
	return median
}

// open gives fn a filled queue.
func (b *bench) open(ctx context.Context, on string, size queue, fn func(*sheetreel.Queue) error) error {
	use := func(name string, settle func() error) error {
		start := time.Now()
		q, err := sheetreel.OpenQueue(ctx, name, size.waiting, size.unpaid)
		if err != nil {
			return err
		}
		fmt.Printf("  %-7s filled a queue of %s in %s\n", on, size, time.Since(start).Round(time.Millisecond))
		err = settle()
		if err == nil {
			err = fn(q)
		}
		return errors.Join(err, q.Close())
	}
	if on == "pg" {
		return b.server.Use(ctx, func(dsn string) error {
			return use(dsn, func() error { return b.server.Settle(ctx, dsn) })
		})
	}
	b.files++
	return use(filepath.Join(b.folder, fmt.Sprintf("queue-%d.db", b.files)), func() error { return nil })
}
