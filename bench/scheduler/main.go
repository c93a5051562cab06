// Command scheduler measures how many jobs a second the scheduler's SQLite store takes in, and takes from lease to
// completion, beside River's SQLite driver in one run on one disk. Both are durable at each commit (write-ahead log,
// synchronous=FULL). River is set up as its benchmark is: many workers, shortest fetch times.
//
// Ours keeps more per job: an event of every change, counters, the attempt, a fence. The last lines are the goals.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

const (
	jobs   = 5000
	rounds = 3
)

// figures are jobs a second.
type figures struct {
	insert, work float64
}

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "sheetreel-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	var insert, work []float64
	for i := range rounds { // in turn, so that a slow moment of the machine hits both
		ours, err := sheetreel(ctx, filepath.Join(dir, fmt.Sprintf("ours-%d.db", i)))
		if err != nil {
			return fmt.Errorf("sheetreel: %w", err)
		}
		theirs, err := riverSQLite(ctx, filepath.Join(dir, fmt.Sprintf("river-%d.db", i)))
		if err != nil {
			return fmt.Errorf("river: %w", err)
		}
		fmt.Printf("round %d: insert %6.0f/s beside River %6.0f/s, lease to complete %6.0f/s beside River %6.0f/s\n",
			i+1, ours.insert, theirs.insert, ours.work, theirs.work)
		insert, work = append(insert, ours.insert/theirs.insert), append(work, ours.work/theirs.work)
	}
	fmt.Printf("goal scheduler-sqlite-insert-vs-river: %.2f (want >= 5)\n", median(insert))
	fmt.Printf("goal scheduler-sqlite-work-vs-river: %.2f (want >= 5)\n", median(work))
	return nil
}

func median(ratios []float64) float64 {
	slices.Sort(ratios)
	return ratios[len(ratios)/2]
}

func perSecond(n int, since time.Time) float64 { return float64(n) / time.Since(since).Seconds() }
