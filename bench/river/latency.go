package river

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/riverqueue/river"

	"github.com/sheetreel/sheetreel/bench/load"
)

// Latency inserts n jobs at the given moments, and returns the times from just before each insert to the first line of
// its worker. Inserting and working have a client and connections of their own, as two processes have.
func Latency(ctx context.Context, dsn string, setup Setup, pace func(yield func(int) bool)) ([]time.Duration, error) {
	pool, driver, err := openPostgres(ctx, dsn)
	if err != nil {
		return nil, err
	}
	defer pool.Close()
	otherPool, otherDriver, err := openPostgres(ctx, dsn)
	if err != nil {
		return nil, err
	}
	defer otherPool.Close()

	lag := load.NewLag()
	client, err := river.NewClient(driver, setup.config(working(lag.Started)))
	if err != nil {
		return nil, err
	}
	inserter, err := river.NewClient(otherDriver, insertOnly())
	if err != nil {
		return nil, err
	}
	if err := client.Start(ctx); err != nil {
		return nil, err
	}
	var once sync.Once
	stop := func() (err error) {
		once.Do(func() { err = client.Stop(ctx) })
		return err
	}
	defer stop()
	for i := range pace {
		lag.Queued(i)
		if _, err := inserter.Insert(ctx, args{Number: i, Title: load.Title(i), Script: load.Script}, nil); err != nil {
			return nil, err
		}
	}
	if err := lag.Wait(ctx, patience); err != nil {
		return nil, fmt.Errorf("%s: %w", setup, err)
	}
	return lag.Times(), stop()
}
