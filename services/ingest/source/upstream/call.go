package upstream

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/kit/quota"
)

// settleTimeout bounds giving a permit back, and telling of a refusal.
const settleTimeout = 5 * time.Second

// call is the state of one Do.
type call struct {
	*Upstream
	start  time.Time
	gaveUp GaveUp // what to say when there is no more time
}

func (c *call) giveUp() error {
	e := c.gaveUp
	return &e
}

// mayWait tells whether a further try may start after a wait.
func (c *call) mayWait(wait time.Duration) bool {
	limit := c.cfg.Retry.MaxElapsed
	return limit == 0 || time.Since(c.start)+wait <= limit
}

// enter waits until both the breaker and the quota let this call try. The breaker is asked first, so that no quota
// is spent on a call that cannot be made, and decides last, so that nobody holds it while waiting for quota.
func (c *call) enter(ctx context.Context, descriptors map[string]string) (pass, error) {
	for {
		if err := c.awaitBreaker(ctx); err != nil {
			return pass{}, err
		}
		permit, err := c.quota.Acquire(ctx, quota.Call{Descriptors: descriptors})
		if err != nil {
			return pass{}, err
		}
		if p, ok := c.breaker.enter(time.Now()); ok {
			return p, nil
		}
		c.giveBack(ctx, permit)
	}
}

// awaitBreaker waits while the breaker lets nobody in.
func (c *call) awaitBreaker(ctx context.Context) error {
	for {
		wait, changed, ok := c.breaker.look(time.Now())
		if ok {
			return nil
		}
		c.gaveUp.After = max(wait, time.Second)
		if !c.mayWait(wait) {
			return c.giveUp()
		}
		if err := pause(ctx, wait, changed, c.giveUp()); err != nil {
			return err
		}
	}
}

// giveBack returns a permit that was not used.
func (c *call) giveBack(ctx context.Context, permit quota.Permit) {
	ctx, cancel := context.WithTimeout(ctx, settleTimeout)
	defer cancel()
	// A permit that cannot be given back is lost to the caller's own quota and to nothing else.
	_ = c.quota.Cancel(ctx, permit)
}

// report tells the quota service that the upstream has refused a call.
func (u *Upstream) report(ctx context.Context, descriptors map[string]string, v Verdict) {
	ctx, cancel := context.WithTimeout(ctx, settleTimeout)
	defer cancel()
	req := &ratelimitv1.ReportRequest{
		Descriptors: descriptors, Dimensions: v.Refused.Dimensions, TrueCapacity: int32(v.Refused.Capacity),
	}
	if v.After > 0 {
		req.RetryDuration = durationpb.New(v.After)
	}
	// If it cannot be told, the others learn it from the upstream, as this call did.
	_, _ = u.deps.Quota.Report(ctx, req)
}
