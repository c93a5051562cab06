package upstream

import (
	"context"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
)

// cancelTimeout bounds giving a permit back; it expires by itself anyway.
const cancelTimeout = 5 * time.Second

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
		permit, err := c.acquire(ctx, descriptors)
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

// acquire takes quota. It waits exactly as long as the quota service says.
func (c *call) acquire(ctx context.Context, descriptors map[string]string) (permit string, err error) {
	for attempt := 1; ; attempt++ {
		reply, err := c.deps.Quota.Acquire(ctx, &ratelimitv1.AcquireRequest{Descriptors: descriptors})
		wait, named := errs.RetryDelay(err)
		switch {
		case err == nil:
			return reply.GetPermit(), nil
		case ctx.Err() != nil:
			return "", context.Cause(ctx)
		case status.Code(err) == codes.ResourceExhausted && named:
			attempt = 0 // waiting for one's turn is no failure
		case status.Code(err) == codes.Unavailable && attempt < c.cfg.Retry.MaxAttempts:
			wait = c.cfg.Retry.Wait(attempt, c.deps.Random)
		default:
			return "", err
		}
		if err := pause(ctx, wait, nil, err); err != nil {
			return "", err
		}
	}
}

// giveBack returns a permit that was not used.
func (c *call) giveBack(ctx context.Context, permit string) {
	if permit == "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, cancelTimeout)
	defer cancel()
	// A permit that cannot be given back is lost to the caller's own quota and to nothing else.
	_, _ = c.deps.Quota.Cancel(ctx, &ratelimitv1.CancelRequest{Permit: permit})
}
