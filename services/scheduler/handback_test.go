package scheduler

import (
	"context"
	"errors"
	"testing"
	"time"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// leaving is a store whose callers leave as soon as they have leased something.
type leaving struct {
	store.Store
	leave func()
}

func (l leaving) Claim(ctx context.Context, claims []store.Claim, worker string, until, now time.Time) ([]store.Leased, error) {
	leased, err := l.Store.Claim(ctx, claims, worker, until, now)
	if len(leased) > 0 {
		l.leave()
	}
	return leased, err
}

// Leases of a worker that left meanwhile cost its video jobs neither time nor a crash.
func TestLeasesThatNobodyTakesAreHandedBack(t *testing.T) {
	inBubble(t, Config{}, func(b *bubble) {
		job := b.imported(nil, 3)
		stored := b.s.dispatch.store
		for range store.MaxCrashes + 1 {
			ctx, leave := context.WithCancel(b.Context())
			b.s.dispatch.store = leaving{stored, leave}
			out, err := b.s.LeaseVideoJobs(ctx, &schedulerv1.LeaseVideoJobsRequest{Worker: "w", MaxCount: 3})
			if !errors.Is(err, context.Canceled) {
				b.Fatalf("%d leases, error %v", len(out.GetLeases()), err)
			}
			all, err := b.s.ListVideoJobs(b.Context(), &schedulerv1.ListVideoJobsRequest{Parent: job.GetName()})
			b.must(err)
			for _, v := range all.GetVideoJobs() {
				if v.GetState() != schedulerv1.VideoJob_QUEUED {
					b.Errorf("%s is %v, want QUEUED again", v.GetName(), v.GetState())
				}
			}
		}
		b.s.dispatch.store = stored
		<-time.After(2 * b.s.config.LeaseDuration)
		b.must(b.s.expireOnce(b.Context()))
		for range 3 {
			b.lease()
		}
		if letters := b.letters(); len(letters) > 0 {
			b.Errorf("dead letters: %v", letters)
		}
	})
}
