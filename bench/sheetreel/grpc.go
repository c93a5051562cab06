package sheetreel

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sheetreel/sheetreel/kit/grpckit"

	"github.com/sheetreel/sheetreel/bench/database"
	"github.com/sheetreel/sheetreel/bench/load"
	"github.com/sheetreel/sheetreel/bench/measure"
)

// grpcWorkers are the workers, each a client of its own.
const grpcWorkers = 10

// Service takes the jobs through the service on an empty database: clients append them, then workers lease, report
// progress and complete, while a watcher receives all events. The work ends when the watcher has seen its end. It also
// returns how many events there were.
func Service(ctx context.Context, server *database.Server, dsn, folder string, sh Shape) (insert, span measure.Span, events int64, err error) {
	err = withService(ctx, dsn, folder, 1, func(ctx context.Context, addresses []string) error {
		address := addresses[0]
		each := sh.Jobs / sh.Bulks
		var bulks []string
		clock := measure.Begin(server.CPU)
		for i := range sh.Bulks {
			r, err := openImport(ctx, address, fmt.Sprint("user-", i))
			if err != nil {
				return err
			}
			err = errors.Join(r.add(ctx, i*each, (i+1)*each), r.done(ctx))
			r.close()
			if err != nil {
				return err
			}
			bulks = append(bulks, r.bulk)
		}
		insert = clock.End(sh.Jobs)
		if err := server.Settle(ctx, dsn); err != nil {
			return err
		}
		span, events, err = serveAll(ctx, address, bulks, sh.Jobs, server.CPU)
		return err
	})
	return insert, span, events, err
}

// patience bounds a run: an event that is lost must not hold the benchmark up for ever.
const patience = 3 * time.Minute

func serveAll(ctx context.Context, address string, bulks []string, n int, cpu func() time.Duration) (span measure.Span, events int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	conn, err := grpckit.Dial(address)
	if err != nil {
		return span, 0, err
	}
	defer conn.Close()
	seen, started, completed := load.NewTally(n), load.NewTally(n), load.NewTally(n)
	var count atomic.Int64

	clock := measure.Begin(cpu)
	workers, ctx := errgroup.WithContext(ctx)
	leasing, stop := context.WithCancel(ctx)
	defer stop()
	for i := range grpcWorkers {
		w := worker{address: address, name: fmt.Sprint("worker-", i), started: started.Done, completed: completed.Done}
		workers.Go(func() error { return w.run(ctx, leasing) })
	}
	var watchers errgroup.Group
	for _, b := range bulks {
		watchers.Go(func() error {
			k, err := watch(ctx, conn, b, seen.Done)
			count.Add(k)
			return err
		})
	}
	watched := watchers.Wait()
	span = clock.End(n)
	stop()
	if err := workers.Wait(); err != nil { // then the watchers were stopped
		return span, 0, err
	}
	return span, count.Load(), errors.Join(watched, seen.Check(), started.Check(), completed.Check())
}
