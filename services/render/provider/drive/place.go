package drive

import (
	"context"
	"errors"
	"time"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/render/provider"
)

// place orders, unless it was ordered already. Before the call it is written down that it is made, and after it what came of it.
func (r *run) place(ctx context.Context) error {
	if r.entry.Intended {
		// Somebody, perhaps this process, has called Submit and not written down the answer.
		if found, err := r.find(ctx); found || err != nil {
			return err
		}
	}
	var waited time.Duration
	for try := 1; ; try++ {
		settle, err := r.pay(ctx)
		if err != nil {
			return err
		}
		r.entry.Intended = true
		if err := r.save(ctx); err != nil {
			settle(ctx, false)
			return err
		}
		handle, err := r.submit(ctx)
		if err == nil {
			settle(ctx, true)
			r.entry.Handle = handle
			return r.save(ctx)
		}
		why := known(err)
		if why.Unsure {
			found, err := r.lost(ctx, why)
			settle(ctx, found || err != nil)
			if found || err != nil {
				return err
			}
		} else {
			settle(ctx, false)
			r.entry.Intended = false
			if err := r.save(ctx); err != nil {
				return err
			}
		}
		wait, err := r.afterTrouble(ctx, why, try)
		if err != nil {
			return err
		}
		if waited += wait; waited > r.cfg.Patience {
			return r.named("submit", why)
		}
		if err := r.pause(ctx, wait); err != nil {
			return err
		}
	}
}

func (r *run) submit(ctx context.Context) (provider.Handle, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	return r.hosted.Submit(ctx, r.order.Task, r.orderKey())
}

// find looks for an order that was placed without an answer. It is an error when that cannot be known and ordering again might buy
// twice.
func (r *run) find(ctx context.Context) (bool, error) {
	features := r.about.Features
	switch {
	case features.Find:
	case features.Idempotent:
		return false, nil // the same key again is the same order
	default:
		return false, &provider.Error{
			Class: schedulerv1.FailureClass_PERMANENT, Code: "unsure", Unsure: true,
			Err: errors.New("provider " + r.about.Name + ": it was ordered, and no answer came; it is not ordered again, because it might be paid for twice"),
		}
	}
	for try := 1; ; try++ {
		one, cancel := context.WithTimeout(ctx, callTimeout)
		handle, ok, err := r.hosted.Find(one, r.orderKey())
		cancel()
		if err == nil && !ok {
			return false, nil
		}
		if err == nil {
			r.entry.Handle = handle
			return true, r.save(ctx)
		}
		wait, err := r.afterTrouble(ctx, known(err), try)
		if err != nil {
			return false, err
		}
		if err := r.pause(ctx, wait); err != nil {
			return false, err
		}
	}
}

// lost finds out what became of an order without an answer. false: order again.
func (r *run) lost(ctx context.Context, why *provider.Error) (bool, error) {
	if ctx.Err() != nil {
		return false, context.Cause(ctx) // whoever goes on finds the intent
	}
	r.Log.InfoContext(ctx, "no answer to an order; looking for it", "provider", r.about.Name, "error", why.Err)
	return r.find(ctx)
}

// afterTrouble says how long to wait after a call that failed, or that there is no use in another one.
func (r *run) afterTrouble(ctx context.Context, why *provider.Error, try int) (time.Duration, error) {
	switch {
	case ctx.Err() != nil:
		return 0, context.Cause(ctx)
	case !isPassing(why.Class), try >= r.cfg.Trouble.MaxAttempts:
		return 0, r.named("call", why)
	}
	wait := r.cfg.Trouble.Wait(try, r.cfg.Random)
	if why.RetryAfter > 0 {
		wait += why.RetryAfter // never before that, and not all at once
	}
	if why.RetryAfter > r.cfg.Patience {
		return 0, r.named("call", why)
	}
	return wait, nil
}
