package sheetreel

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sheetreel/sheetreel/bench/load"
)

// Latency appends n jobs one by one to an open import at the given moments, and returns the times from just before each
// call to the arrival of the job's lease at a worker whose long poll waits for it. All of it goes over gRPC. With two
// replicas the jobs are appended at one and leased from the other.
func Latency(ctx context.Context, dsn, folder string, replicas int, pace func(yield func(int) bool)) (times []time.Duration, err error) {
	err = withService(ctx, dsn, folder, replicas, func(ctx context.Context, addresses []string) error {
		times, err = latency(ctx, addresses[0], addresses[replicas-1], pace)
		return err
	})
	return times, err
}

func latency(ctx context.Context, from, to string, pace func(yield func(int) bool)) ([]time.Duration, error) {
	r, err := openImport(ctx, from, "user")
	if err != nil {
		return nil, err
	}
	defer r.close()
	lag := load.NewLag()
	workers, ctx := errgroup.WithContext(ctx)
	leasing, stop := context.WithCancel(ctx)
	defer stop()
	w := worker{address: to, name: "worker", started: lag.Started, completed: func(int) {}}
	workers.Go(func() error { return w.run(ctx, leasing) })
	for i := range pace {
		lag.Queued(i)
		if err = r.add(ctx, i, i+1); err != nil {
			break
		}
	}
	if err == nil {
		err = lag.Wait(ctx, patience)
	}
	stop()
	if err := workers.Wait(); err != nil {
		return nil, err
	}
	return lag.Times(), err
}
