package drive

import (
	"context"
	"errors"
	"time"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/kit/quota"
	"github.com/sheetreel/sheetreel/services/render/provider"
)

// Quota is what a driver asks before it orders; *quota.Client is one.
type Quota interface {
	Acquire(ctx context.Context, call quota.Call) (quota.Permit, error)
	Cancel(ctx context.Context, p quota.Permit) error
}

// The actions that limits can count. Each call has the descriptors provider and, where it is known, project.
const (
	// ActionSubmit is one order placed.
	ActionSubmit = "provider.submit"
	// ActionTask is an order that is open, for limits of algorithm concurrency.
	ActionTask = "provider.task"
	// ActionSpend costs as many as the order costs at most in hundredths of the currency's unit, rounded up. It is not asked when no
	// price is known.
	ActionSpend = "provider.spend"
)

// microsPerCent is how many millionths a hundredth has.
const microsPerCent = 10_000

func (r *run) call(action string, cost int) quota.Call {
	descriptors := map[string]string{"action": action, "provider": r.about.Name}
	if r.order.Project != "" {
		descriptors["project"] = r.order.Project
	}
	return quota.Call{Descriptors: descriptors, Cost: cost}
}

// ask waits for a permit, as long as patience lasts.
func (r *run) ask(ctx context.Context, call quota.Call) (quota.Permit, error) {
	bounded, cancel := context.WithTimeout(ctx, r.cfg.Patience)
	defer cancel()
	permit, err := r.Quota.Acquire(bounded, call)
	switch {
	case err == nil:
		return permit, nil
	case ctx.Err() != nil:
		return permit, context.Cause(ctx)
	}
	wait, named := errs.RetryDelay(err)
	if !named {
		wait = usual
	}
	return permit, &provider.Error{
		Class: schedulerv1.FailureClass_UPSTREAM_RATE_LIMITED, Code: "limited", RetryAfter: max(wait, time.Second),
		Err: errors.Join(errors.New("provider "+r.about.Name+": a limit of this installation"), err),
	}
}

// giveBack returns a permit that was not used. When that fails it stays charged.
func (r *run) giveBack(ctx context.Context, p quota.Permit) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = r.Quota.Cancel(ctx, p)
}

// enter waits until one more order may be open; leave must be called at its end.
func (r *run) enter(ctx context.Context) (leave func(), err error) {
	if r.open != nil {
		select {
		case r.open <- struct{}{}:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	free := func() {
		if r.open != nil {
			<-r.open
		}
	}
	if r.Quota == nil {
		return free, nil
	}
	permit, err := r.ask(ctx, r.call(ActionTask, 1))
	if err != nil {
		free()
		return nil, err
	}
	return func() {
		r.giveBack(ctx, permit)
		free()
	}, nil
}

// pay asks the limits that count orders and money. settle is told whether something was ordered.
func (r *run) pay(ctx context.Context) (settle func(ctx context.Context, ordered bool), err error) {
	nothing := func(context.Context, bool) {}
	if r.Quota == nil {
		return nothing, nil
	}
	money := quota.Permit{}
	if r.price.Known && r.price.MostMicros > 0 {
		cents := (r.price.MostMicros + microsPerCent - 1) / microsPerCent
		if money, err = r.ask(ctx, r.call(ActionSpend, int(cents))); err != nil {
			return nothing, err
		}
	}
	if _, err := r.ask(ctx, r.call(ActionSubmit, 1)); err != nil {
		r.giveBack(ctx, money)
		return nothing, err
	}
	// A call that was refused has been a call all the same, but cost nothing.
	return func(ctx context.Context, ordered bool) {
		if !ordered {
			r.giveBack(ctx, money)
		}
	}, nil
}
