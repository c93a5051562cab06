package outage

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	// watchDeadline bounds a beat, which nobody waits for.
	watchDeadline = time.Second
	// chunk is how many calls are charged at once when the engine is back.
	chunk = 64
)

// watch says that this replica lives, and brings the engine back after an outage.
func (e *Engine) watch(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
			timer.Reset(e.runOnce(ctx))
		}
	}
}

// runOnce does what the state asks for, and returns when to do so again.
func (e *Engine) runOnce(ctx context.Context) time.Duration {
	ctx, cancel := context.WithTimeout(ctx, watchDeadline)
	defer cancel()
	switch e.current() {
	case down:
		if err := e.comeBack(ctx); err != nil {
			e.cfg.Log.Debug("the engine of limits is still out of reach", "error", err)
		}
		return e.cfg.Probe
	case returning:
		e.beat(ctx)
		return e.cfg.Probe
	}
	e.beat(ctx)
	return e.cfg.Beat
}

// beat says that this replica lives. A failure counts as that of a call does.
func (e *Engine) beat(ctx context.Context) {
	heard, now, err := e.remote.Beat(ctx, e.name)
	if errors.Is(ctx.Err(), context.Canceled) {
		return
	}
	e.count(err)
	if err != nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	switch e.state {
	case up:
		e.replicas.hear(heard, now, e.now(), e.cfg.Gone)
	case returning:
		if e.allBack(heard, now) {
			e.state = up
			e.replicas.hear(heard, now, e.now(), e.cfg.Gone)
			e.cfg.Log.Info("the engine of limits decides again")
		}
	}
}

// allBack tells whether every replica that was known has charged what it gave out: one that has not does not beat. One that is
// not heard of for long is gone.
func (e *Engine) allBack(heard map[string]time.Time, now time.Time) bool {
	if now.Sub(e.returned) >= e.cfg.Gone {
		return true
	}
	for _, name := range e.replicas.names {
		if name != e.name && !heard[name].After(e.returned) {
			return false
		}
	}
	return true
}

// comeBack charges what was given out, if the engine is there.
func (e *Engine) comeBack(ctx context.Context) error {
	_, now, err := e.remote.Beat(ctx, "")
	if err != nil {
		return err
	}
	for {
		left, err := e.charge(ctx, now)
		if err != nil {
			return fmt.Errorf("charge what was given out: %w", err)
		}
		if left == 0 {
			e.cfg.Log.Info("the engine of limits is back")
			return nil
		}
	}
}

// charge charges some of what was given out. When nothing is left to charge the outage is over.
func (e *Engine) charge(ctx context.Context, now time.Time) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	calls, entries := e.ledger.oldest(chunk, e.now())
	if len(calls) > 0 {
		if err := e.remote.Force(ctx, calls); err != nil {
			return 0, err
		}
	}
	e.ledger.drop(entries)
	left := e.ledger.len()
	if left == 0 {
		e.state, e.returned, e.failures = returning, now, 0
	}
	return left, nil
}
