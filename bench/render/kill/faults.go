package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"syscall"
	"time"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

// deeds are what was done.
type deeds struct{ kills, stops, cancels int }

type fault int

const (
	kill fault = iota
	stop
	cancel
)

// plan draws the order of the faults.
func plan(c campaign, random *rand.Rand) []fault {
	var all []fault
	for f, n := range []int{kill: c.kills, stop: c.stops, cancel: c.cancels} {
		for range n {
			all = append(all, fault(f))
		}
	}
	random.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
	return all
}

const lookEvery = 200 * time.Millisecond

// goWrong lets workers render while things go wrong, until all videos are done, and tells them to end.
func goWrong(ctx context.Context, c campaign, p places, q *queue) (done deeds, err error) {
	random := rand.New(rand.NewPCG(c.seed, 1))
	faults := plan(c, random)
	team := make([]*worker, workers)
	defer func() {
		for _, w := range team {
			if w != nil {
				err = errors.Join(err, w.fire(syscall.SIGTERM))
			}
		}
	}()
	for i := range team {
		if team[i], err = hire(c.worker, p, q.address); err != nil {
			return done, err
		}
	}
	next := time.Now().Add(c.pause)
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return done, fmt.Errorf("not done in time: %w", ctx.Err())
		case <-ticker.C:
		}
		bulk, err := q.jobs().GetBulkJob(ctx, &schedulerv1.GetBulkJobRequest{Name: q.bulk})
		if err != nil {
			return done, err
		}
		if bulk.GetState() == schedulerv1.BulkJob_COMPLETED || bulk.GetState() == schedulerv1.BulkJob_FAILED {
			return done, nil
		}
		if len(faults) == 0 || time.Now().Before(next) {
			continue
		}
		f, i := faults[0], random.IntN(workers)
		faults = faults[1:]
		next = time.Now().Add(time.Duration((0.3 + 1.4*random.Float64()) * float64(c.pause)))
		if f == cancel {
			err = q.cancelOne(ctx, &done)
		} else {
			team[i], err = replace(c, p, q, team[i], f, &done)
		}
		if err != nil {
			return done, err
		}
	}
}

// replace ends a worker and starts another in its place.
func replace(c campaign, p places, q *queue, w *worker, f fault, done *deeds) (*worker, error) {
	signal := syscall.SIGKILL
	if f == stop {
		signal = syscall.SIGTERM
		done.stops++
	} else {
		done.kills++
	}
	if err := w.fire(signal); err != nil {
		return nil, err
	}
	return hire(c.worker, p, q.address)
}

// cancelOne cancels a video that is being rendered, if there is one.
func (q *queue) cancelOne(ctx context.Context, done *deeds) error {
	all, err := q.videos(ctx)
	if err != nil {
		return err
	}
	for _, v := range all {
		if v.GetState() == schedulerv1.VideoJob_IN_PROGRESS {
			// It may have ended this moment: what was done is seen at the end.
			if _, err := q.jobs().CancelVideoJob(ctx, &schedulerv1.CancelVideoJobRequest{Name: v.GetName()}); err == nil {
				done.cancels++
			}
			return nil
		}
	}
	return nil
}
