package outage

import (
	"context"
	"errors"
	"fmt"

	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
)

// ask calls the remote engine within the deadline, and counts failures. An error is one of the engine, or of the caller's
// own end.
func (e *Engine) ask(ctx context.Context, call func(context.Context) error) error {
	limited, cancel := context.WithTimeout(ctx, e.cfg.Deadline)
	defer cancel()
	err := call(limited)
	if err != nil && ctx.Err() != nil {
		return ctx.Err() // the caller has gone; nothing is known of the engine
	}
	if err != nil && !errors.Is(err, engine.ErrUnreachable) && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	e.count(err)
	if err != nil && !errors.Is(err, engine.ErrUnreachable) {
		return fmt.Errorf("%w: %w", engine.ErrUnreachable, err)
	}
	return err
}

// count notes how a call ended, and begins an outage after too many failures.
func (e *Engine) count(err error) {
	e.mu.RLock()
	quiet := err == nil && e.failures == 0
	e.mu.RUnlock()
	if quiet {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if err == nil {
		e.failures = 0
		return
	}
	e.failures++
	if e.failures < e.cfg.Failures || e.state == down {
		return
	}
	if e.state == up {
		e.since = e.now()
		e.shares.begin()
	}
	e.state = down
	e.cfg.Log.Error("the engine of limits is out of reach: each replica gives out its share", "error", err)
}
