package sheetreel

import (
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/store"

	"github.com/sheetreel/sheetreel/bench/load"
	"github.com/sheetreel/sheetreel/bench/measure"
)

const (
	// claimBatch is what one call of a worker may lease.
	claimBatch = 100
	// callers are the workers that ask at the same time; a round of the dispatcher serves that many.
	callers = 10
	// idle is when to look again whether something is left.
	idle = time.Millisecond
)

// drain takes n jobs from lease to completion as the service's dispatcher does: who asks during a round shares the
// next one; a round looks for candidates once, and each caller claims its share. Then each completes its leases all at
// once, by a call for each.
func drain(ctx context.Context, s store.Store, n int, cpu func() time.Duration) (span measure.Span, err error) {
	tally := load.NewTally(n)
	clock := measure.Begin(cpu)
	free := make(chan struct{}, callers)
	for range callers {
		free <- struct{}{}
	}
	workers, ctx := errgroup.WithContext(ctx)
	for tally.Left() > 0 && ctx.Err() == nil {
		asking := take(ctx, free)
		candidates, err := s.Candidates(ctx, store.Search{Limit: asking * claimBatch}, time.Now())
		if err != nil {
			workers.Go(func() error { return err })
			break
		}
		if len(candidates) == 0 { // all are with workers
			wait(ctx, tally.All())
		}
		var round errgroup.Group
		for share := range slices.Chunk(candidates, claimBatch) {
			asking--
			round.Go(func() error {
				leased, err := s.Claim(ctx, claims(share), "worker", time.Now().Add(leaseTime), time.Now())
				if err != nil {
					return err
				}
				workers.Go(func() error {
					defer func() { free <- struct{}{} }()
					return complete(ctx, s, leased, tally)
				})
				return nil
			})
		}
		if err := round.Wait(); err != nil {
			workers.Go(func() error { return err })
		}
		for range asking { // who got nothing asks again
			free <- struct{}{}
		}
	}
	if err := workers.Wait(); err != nil {
		return span, err
	}
	span = clock.End(n)
	return span, tally.Check()
}

// take waits for a caller and takes all that are there.
func take(ctx context.Context, free <-chan struct{}) int {
	select {
	case <-free:
	case <-ctx.Done():
		return 0
	}
	for n := 1; ; n++ {
		select {
		case <-free:
		default:
			return n
		}
	}
}

// wait waits a moment, or until everything is done.
func wait(ctx context.Context, all <-chan struct{}) {
	timer := time.NewTimer(idle)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-all:
	case <-ctx.Done():
	}
}

func claims(candidates []store.Candidate) []store.Claim {
	all := make([]store.Claim, len(candidates))
	for i, c := range candidates {
		all[i] = store.Claim{VideoKey: c.VideoKey, Row: c.Row, Lease: newID()}
	}
	return all
}

// complete reports leases as workers do, each by a call of its own.
func complete(ctx context.Context, s store.Store, leased []store.Leased, tally *load.Tally) error {
	var calls errgroup.Group
	for _, l := range leased {
		calls.Go(func() error {
			if err := s.Complete(ctx, l.Lease, result(), time.Now()); err != nil {
				return fmt.Errorf("complete %s: %w", l.Video.Name(), err)
			}
			if tally != nil {
				tally.Done(number(l.Video.Idea))
			}
			return nil
		})
	}
	return calls.Wait()
}

// result is what a worker reports: one small file.
func result() store.Result {
	return store.Result{
		Artifacts:     []*schedulerv1.Artifact{{FileName: "video.mp4", BlobKey: "bench/video.mp4", SizeBytes: 1 << 20}},
		VideoDuration: 30 * time.Second,
	}
}
