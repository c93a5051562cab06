package drive

import (
	"context"
	"math"
	"time"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/render/provider"
)

// usual is how long an order takes when nothing is known of it.
const usual = time.Minute

// wait polls until the order has ended.
func (r *run) wait(ctx context.Context) (provider.Status, error) {
	troubles, polls := 0, 0
	last := time.Now()
	for {
		status, err := r.poll(ctx)
		now := time.Now()
		switch {
		case ctx.Err() != nil:
			return status, context.Cause(ctx)
		case err != nil:
			troubles++
			wait, err := r.afterPoll(ctx, err, troubles)
			if err != nil {
				return status, err
			}
			if err := r.pause(ctx, wait); err != nil {
				return status, err
			}
			continue
		case status.State.Ended():
			return status, nil
		}
		troubles = 0
		polls++
		if status.State == provider.Throttled {
			if r.waited += now.Sub(last); r.waited > r.cfg.Patience {
				return status, &provider.Error{
					Class: schedulerv1.FailureClass_UPSTREAM_RATE_LIMITED, Code: "throttled", RetryAfter: max(status.RetryAfter, usual),
					Err: r.named("poll", passing("throttled", "the order is held back")),
				}
			}
		}
		last = now
		r.progress(status)
		wait := status.RetryAfter + r.cfg.Poll.Wait(polls, r.cfg.Random)
		if status.RetryAfter == 0 { // some time must pass
			wait = (wait + r.cfg.Poll.Bound(polls)) / 2
		}
		if err := r.hints.wait(ctx, r.entry.Handle, wait); err != nil {
			return status, err
		}
	}
}

func (r *run) poll(ctx context.Context) (provider.Status, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	return r.hosted.Poll(ctx, r.entry.Handle)
}

// afterPoll says how long to wait after a poll that failed. An order that its provider does not know any more is ordered anew by the
// next attempt.
func (r *run) afterPoll(ctx context.Context, err error, troubles int) (time.Duration, error) {
	why := known(err)
	if why.Code == provider.CodeUnknownOrder {
		return 0, r.again(ctx, r.named("poll", &provider.Error{Class: schedulerv1.FailureClass_TRANSIENT, Code: why.Code, Err: why.Err}))
	}
	return r.afterTrouble(ctx, why, troubles)
}

// progress tells how far the order is: as the provider says, or by the time that it takes usually, up to nine tenths.
func (r *run) progress(s provider.Status) {
	percent := s.Percent
	if percent < 0 {
		percent = 90 * (1 - math.Exp(-float64(time.Since(r.began))/float64(usual)))
	}
	r.show(min(percent, 99))
}
