package river

import (
	"context"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"

	"github.com/sheetreel/sheetreel/bench/database"
	"github.com/sheetreel/sheetreel/bench/load"
	"github.com/sheetreel/sheetreel/bench/measure"
)

// insertChunk is the chunk of `river bench`.
const insertChunk = 5000

// priorities that the jobs have in turn.
const priorities = 3

// Postgres inserts n jobs into an empty database by InsertManyFast (COPY), the fastest way there is, and works them.
func Postgres(ctx context.Context, server *database.Server, dsn string, n int) (insert, work measure.Span, err error) {
	pool, driver, err := openPostgres(ctx, dsn)
	if err != nil {
		return insert, work, err
	}
	defer pool.Close()
	insert, work, err = run(ctx, driver, server.CPU, func() error { return server.Settle(ctx, dsn) }, n)
	if err != nil {
		return insert, work, err
	}
	var completed int
	err = pool.QueryRow(ctx, `SELECT count(*) FROM river_job WHERE state = 'completed'`).Scan(&completed)
	if err == nil && completed != n {
		err = fmt.Errorf("river: %d of %d jobs are completed", completed, n)
	}
	return insert, work, err
}

// SQLite does the same on a file that is not there yet.
func SQLite(ctx context.Context, path string, n int) (insert, work measure.Span, err error) {
	db, driver, err := openSQLite(ctx, path)
	if err != nil {
		return insert, work, err
	}
	defer db.Close()
	insert, work, err = run(ctx, driver, nil, func() error { return nil }, n)
	if err != nil {
		return insert, work, err
	}
	var completed int
	err = db.QueryRowContext(ctx, `SELECT count(*) FROM river_job WHERE state = 'completed'`).Scan(&completed)
	if err == nil && completed != n {
		err = fmt.Errorf("river: %d of %d jobs are completed", completed, n)
	}
	return insert, work, err
}

func run[T any](ctx context.Context, driver riverdriver.Driver[T], cpu func() time.Duration, settle func() error, n int) (insert, work measure.Span, err error) {
	tally := load.NewTally(n)
	client, err := river.NewClient(driver, Benchmark().config(working(tally.Done)))
	if err != nil {
		return insert, work, err
	}
	clock := measure.Begin(cpu)
	for from := 0; from < n; from += insertChunk {
		if _, err := client.InsertManyFast(ctx, chunk(from, min(from+insertChunk, n))); err != nil {
			return insert, work, err
		}
	}
	insert = clock.End(n)
	if err := settle(); err != nil {
		return insert, work, err
	}
	if work, err = drain(ctx, client, cpu, n); err != nil {
		return insert, work, err
	}
	return insert, work, tally.Check()
}

func chunk(from, to int) []river.InsertManyParams {
	jobs := make([]river.InsertManyParams, 0, to-from)
	for i := from; i < to; i++ {
		jobs = append(jobs, river.InsertManyParams{
			Args:       args{Number: i, Title: load.Title(i), Script: load.Script},
			InsertOpts: &river.InsertOpts{Priority: 1 + i%priorities},
		})
	}
	return jobs
}

// patience bounds a run: a job that is lost must not hold the benchmark up for ever.
const patience = 3 * time.Minute

// drain works all jobs. As in `river bench` the end is the event of the last completion that was stored.
func drain[T any](ctx context.Context, client *river.Client[T], cpu func() time.Duration, n int) (span measure.Span, err error) {
	events, cancel := client.SubscribeConfig(&river.SubscribeConfig{
		ChanSize: n + 1, // none is dropped
		Kinds:    []river.EventKind{river.EventKindJobCompleted, river.EventKindJobFailed, river.EventKindJobCancelled},
	})
	defer cancel()
	clock := measure.Begin(cpu)
	if err := client.Start(ctx); err != nil {
		return span, err
	}
	defer func() {
		if stopped := client.Stop(ctx); err == nil {
			err = stopped
		}
	}()
	late := time.NewTimer(patience)
	defer late.Stop()
	for done := range n {
		select {
		case e := <-events:
			if e.Job.State != rivertype.JobStateCompleted {
				return span, fmt.Errorf("river: job %d is %s", e.Job.ID, e.Job.State)
			}
		case <-late.C:
			return span, fmt.Errorf("river: %d of %d jobs after %v", done, n, patience)
		case <-ctx.Done():
			return span, ctx.Err()
		}
	}
	return clock.End(n), nil
}
