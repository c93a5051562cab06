package drive

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/render/provider"
)

// run is an order being seen through.
type run struct {
	*Driver
	order  Order
	key    string // in the journal
	price  provider.Price
	entry  Entry
	began  time.Time
	shown  float64       // percent
	waited time.Duration // for a provider that holds the order back
}

// results is how often a result is fetched whose address has expired, or whose download breaks off.
const results = 3

func (r *run) do(ctx context.Context) (Receipt, error) {
	r.began = time.Now()
	if err := context.Cause(ctx); err != nil {
		return Receipt{}, err
	}
	var err error
	if r.entry, _, err = r.Journal.Load(ctx, r.key); err != nil {
		return Receipt{}, system(err)
	}
	leave, err := r.enter(ctx)
	if err != nil {
		return Receipt{}, err
	}
	defer leave()
	if r.entry.Handle == "" {
		err = r.place(ctx)
	}
	var receipt Receipt
	if err == nil {
		receipt, err = r.finish(ctx)
	}
	if err != nil && errors.Is(context.Cause(ctx), provider.ErrUnwanted) {
		r.giveUp(ctx)
	}
	return receipt, err
}

// orderKey is what the provider knows this try by.
func (r *run) orderKey() string {
	if r.entry.Try == 0 {
		return r.key
	}
	return r.key + "-" + strconv.Itoa(r.entry.Try)
}

// save writes down where the order stands. It is done even when the context has ended: what was bought must be known.
func (r *run) save(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
	defer cancel()
	if r.entry.Try == 0 && !r.entry.Intended {
		return system(r.Journal.Drop(ctx, r.key)) // nothing is left to be known
	}
	r.entry.Provider, r.entry.Written = r.about.Name, time.Now().UTC()
	return system(r.Journal.Save(ctx, r.key, r.entry))
}

// again makes the next attempt order anew: this order has come to nothing.
func (r *run) again(ctx context.Context, why error) error {
	r.entry = Entry{Try: r.entry.Try + 1}
	return errors.Join(why, r.save(ctx))
}

// finish polls until the order has ended, and fetches its result.
func (r *run) finish(ctx context.Context) (Receipt, error) {
	for try := 1; ; try++ {
		status, err := r.wait(ctx)
		if err != nil {
			return Receipt{}, err
		}
		switch status.State {
		case provider.Failed:
			return Receipt{}, r.failed(ctx, status)
		case provider.Cancelled:
			return Receipt{}, r.again(ctx, passing("cancelled", "provider %s: somebody has cancelled the order", r.about.Name))
		}
		err = r.fetch(ctx, status)
		var bad *badResult
		switch {
		case err == nil:
			r.show(100)
			return Receipt{Price: r.price, Micros: status.BilledMicros}, nil
		case ctx.Err() != nil:
			return Receipt{}, context.Cause(ctx)
		case errors.As(err, &bad) && try > 1: // it has had its second chance
			return Receipt{}, r.again(ctx, &provider.Error{Class: schedulerv1.FailureClass_PERMANENT, Code: "bad_result", Billed: true, Err: fmt.Errorf("provider %s: %w", r.about.Name, err)})
		case try == results:
			return Receipt{}, r.named("fetch", err)
		}
		if err := r.pause(ctx, r.cfg.Trouble.Wait(try, r.cfg.Random)); err != nil {
			return Receipt{}, err
		}
	}
}

// failed explains an order that has failed. The next attempt orders anew.
func (r *run) failed(ctx context.Context, s provider.Status) error {
	why := s.Failure
	if why == nil {
		why = &provider.Error{Class: schedulerv1.FailureClass_TRANSIENT, Err: errors.New("it says no more")}
	}
	return r.again(ctx, r.named("the order failed", why))
}

// giveUp cancels the order, and forgets it.
func (r *run) giveUp(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if r.entry.Handle == "" && r.entry.Intended && r.about.Features.Find {
		if handle, ok, err := r.hosted.Find(ctx, r.orderKey()); err == nil && ok {
			r.entry.Handle = handle
		}
	}
	if r.entry.Handle != "" {
		if err := r.hosted.Cancel(ctx, r.entry.Handle); err != nil {
			r.Log.WarnContext(ctx, "an order that nobody wants could not be cancelled", "provider", r.about.Name, "error", err)
		}
	}
	if err := r.Journal.Drop(ctx, r.key); err != nil {
		r.Log.WarnContext(ctx, "a cancelled order stays in the journal", "provider", r.about.Name, "error", err)
	}
}

// show tells progress, which never runs backwards.
func (r *run) show(percent float64) {
	r.shown = max(r.shown, min(percent, 100))
	r.order.Progress(r.shown)
}

// pause waits, but not beyond ctx.
func (r *run) pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
