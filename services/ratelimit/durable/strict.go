package durable

import (
	"context"
	"errors"
	"time"

	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

// retryAfter is when to ask again after a limit was closed because nothing can be written.
const retryAfter = time.Second

var (
	errClosed = errors.New("the limiter has ended")
	errSlow   = errors.New("the database has not answered in time")
)

// Decide implements engine.Engine. What strict limits have granted is written before it is told. When that cannot be
// done, a limit with outage "closed" takes it back; others let it stand, because memory is the truth.
func (k *Keeper) Decide(ctx context.Context, needs []engine.Need, out []engine.Outcome) ([]engine.Outcome, error) {
	before := len(out)
	out, err := k.Counters.Decide(ctx, needs, out)
	if err != nil {
		return out, err
	}
	// The charge is made before this looks, so it is in the last write if this sees false.
	if k.closed.Load() {
		return out[:before], errClosed
	}
	decided := out[before:]
	if k.behind.Load() {
		k.revoke(ctx, needs, decided, func(*rule.Limit) bool { return true })
	}
	if !k.anyStrict(needs, decided) {
		return out, nil
	}
	err = errSlow
	if !k.stuck.Load() {
		err = k.saved(ctx)
	}
	if ctx.Err() != nil {
		return out[:before], ctx.Err()
	}
	if err != nil {
		k.revoke(ctx, needs, decided, k.cfg.strict)
	}
	return out, nil
}

// strict tells whether what a limit grants is written before it is told: it would take long until it is free again if
// it had to be taken as used up.
func (c Config) strict(l *rule.Limit) bool {
	return !l.DryRun && (l.Algorithm == rule.Calendar || l.Period > c.Strict)
}

func (k *Keeper) anyStrict(needs []engine.Need, decided []engine.Outcome) bool {
	for i := range decided {
		if decided[i].Verdict != engine.Proceed {
			continue
		}
		for _, l := range needs[i].Lines {
			if k.cfg.strict(l.Limit) {
				return true
			}
		}
	}
	return false
}

// revoke takes back what was granted by closed limits of a kind.
func (k *Keeper) revoke(ctx context.Context, needs []engine.Need, decided []engine.Outcome, of func(*rule.Limit) bool) {
	for i := range decided {
		if decided[i].Verdict != engine.Proceed {
			continue
		}
		for _, l := range needs[i].Lines {
			if l.Limit.Outage == rule.Closed && !l.Limit.DryRun && of(l.Limit) {
				_, _ = k.Cancel(ctx, []string{decided[i].Charge.String()}) // memory has no trouble
				decided[i] = engine.Outcome{Verdict: engine.Retry, Wait: retryAfter, Err: engine.ErrUnreachable}
				break
			}
		}
	}
}

// round is a write that somebody waits for.
type round struct {
	done chan struct{}
	err  error // set before done is closed
}

// begin takes the round that a write is for, or nil.
func (k *Keeper) begin() *round {
	k.mu.Lock()
	defer k.mu.Unlock()
	r := k.next
	k.next = nil
	return r
}

// saved waits until all that has been charged so far is written.
func (k *Keeper) saved(ctx context.Context) error {
	k.mu.Lock()
	if k.next == nil {
		k.next = &round{done: make(chan struct{})}
	}
	r := k.next
	k.mu.Unlock()
	select {
	case k.asked <- struct{}{}:
	default: // somebody has asked
	}
	patience := time.NewTimer(k.cfg.Patience)
	defer patience.Stop()
	select {
	case <-r.done:
		return r.err
	case <-patience.C:
		k.stuck.Store(true) // until a write succeeds, nobody waits
		return errSlow
	case <-ctx.Done():
		return ctx.Err()
	}
}
