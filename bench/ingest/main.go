// Command ingest measures the way of a sheet into the queue: read, mapped, validated and appended to a bulk job of the real
// scheduler, on SQLite and on PostgreSQL, all over gRPC in memory and in this one process. A sheet of 10,000 rows and 20
// columns comes from the Sheets emulator, by the real client; a CSV of 100,000 rows comes from the store of uploads. In the
// same run, reading alone is measured beside the standard library's CSV reader and excelize. A run counts only if every
// row became a video job. The last lines are the goals.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/sheetreel/sheetreel/kit/run"

	"github.com/sheetreel/sheetreel/bench/database"
	"github.com/sheetreel/sheetreel/bench/measure"
)

func main() {
	quick := flag.Bool("quick", false, "small sizes: to see that it runs, not to compare")
	rounds := flag.Int("rounds", 0, "so many rounds instead of the usual ones")
	flag.Parse()
	s := sizesFor(*quick)
	if *rounds > 0 {
		s.rounds = *rounds
	}
	if err := run.Main(func(ctx context.Context) error { return benchmark(ctx, s) }); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// sizes say how much is read.
type sizes struct {
	rounds, sheet, file int
}

func sizesFor(quick bool) sizes {
	if quick {
		return sizes{rounds: 1, sheet: 1000, file: 5000}
	}
	return sizes{rounds: 3, sheet: 10_000, file: 100_000}
}

func benchmark(ctx context.Context, s sizes) (err error) {
	server, err := database.Start(ctx)
	if err != nil {
		return err
	}
	defer server.Stop(context.WithoutCancel(ctx))
	folder, err := os.MkdirTemp("", "sheetreel-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	fmt.Printf("%s, %d CPUs, a sheet of %d rows and %d columns, a file of %d rows\n", runtime.Version(), runtime.NumCPU(), s.sheet, columns, s.file)
	start := time.Now()
	rounds := &measure.Rounds[outcome]{}
	for round := range s.rounds {
		for _, kind := range []string{"SQLite", "PostgreSQL"} {
			one := func(name string) error { return imports(ctx, rounds, kind, name, folder, s) }
			if kind == "SQLite" {
				err = one(fmt.Sprintf("%s/queue-%d.db", folder, round))
			} else {
				err = server.Use(ctx, one)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", kind, err)
			}
		}
		if err := reading(ctx, rounds, s.file); err != nil {
			return err
		}
	}
	for _, system := range rounds.Systems() {
		fmt.Printf("  median  %-28s %8.0f rows/s, %8.0f rows a second of CPU time, peak of live heap %4.0f MB, %.0f reads\n", system,
			rounds.Median(system, rate), rounds.Median(system, perCPU), rounds.Median(system, heap), rounds.Median(system, requests))
	}
	fmt.Printf("measured in %s\n", time.Since(start).Round(time.Second))
	for _, g := range []measure.Goal{
		{Name: "sheet-requests", Value: rounds.Median("sheet, SQLite", requests), AtMost: 2},
		{Name: "sheet-heap-mb", Value: rounds.Median("sheet, PostgreSQL", heap), AtMost: 128},
		{Name: "csv-heap-mb", Value: rounds.Median("csv, PostgreSQL", heap), AtMost: 128},
		{Name: "csv-cpu-vs-encoding-csv", Value: rounds.Ratio("read csv, ours", "read csv, encoding/csv", perCPU), AtLeast: 0.5},
		{Name: "xlsx-cpu-vs-excelize", Value: rounds.Ratio("read xlsx, ours", "read xlsx, excelize", perCPU), AtLeast: 1},
	} {
		fmt.Println(g)
	}
	return nil
}
