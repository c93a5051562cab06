package quota

import (
	"context"
	"sync"
	"time"

	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/match"
)

// call is what requests to decide have in common.
type call interface {
	GetDescriptors() map[string]string
	GetCost() int32
	GetMinCost() int32
	GetQueue() bool
}

// work is the memory in which calls are made into needs and decided. It is used again for other calls.
type work struct {
	scratch  match.Scratch
	needs    []engine.Need
	outcomes []engine.Outcome
}

// desk lends memory.
type desk struct{ pool sync.Pool }

func (d *desk) take() *work {
	if w, ok := d.pool.Get().(*work); ok {
		return w
	}
	return &work{}
}

// back takes memory back. What stands in it must not be used any more.
func (d *desk) back(w *work) {
	clear(w.needs) // they hold on to a request's strings
	w.scratch.Reset()
	w.needs, w.outcomes = w.needs[:0], w.outcomes[:0]
	d.pool.Put(w)
}

// needOf makes a call a need, whose lines stand in scratch.
func needOf(rules *match.Set, now time.Time, scratch *match.Scratch, c call, id string, ttl time.Duration) engine.Need {
	need := engine.Need{
		Lines: rules.Match(c.GetDescriptors(), now, scratch),
		Cost:  costOf(c.GetCost()), ID: id, TTL: ttl, Queue: c.GetQueue() && id != "",
	}
	need.Least = need.Cost
	if c.GetMinCost() > 0 {
		need.Least = int64(c.GetMinCost())
	}
	if id != "" {
		need.Sum = sumOf(c.GetDescriptors(), need.Cost, need.Least)
		if ttl > 0 { // a reservation is another thing than a charge, which nobody refunds
			need.Sum = mix(need.Sum)
		}
	}
	return need
}

// decide asks the engine, and counts its answers.
func (s *Service) decide(ctx context.Context, w *work) error {
	var err error
	w.outcomes, err = s.engine.Decide(ctx, w.needs, w.outcomes[:0])
	if err != nil {
		return trouble(ctx, err)
	}
	for i := range w.outcomes {
		s.metrics.Decided(&w.outcomes[i])
	}
	return nil
}

// trouble is an error of the engine as callers and the log see it.
func trouble(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return &errs.DatabaseError{Err: err}
}

func costOf(cost int32) int64 { return int64(max(cost, 1)) }
