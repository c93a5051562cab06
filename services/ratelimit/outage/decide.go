package outage

import (
	"context"
	"errors"

	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
)

// Decide implements engine.Engine. The only error is the end of ctx.
func (e *Engine) Decide(ctx context.Context, needs []engine.Need, out []engine.Outcome) ([]engine.Outcome, error) {
	switch e.current() {
	case down:
		return e.decideDown(ctx, needs, out), ctx.Err()
	case returning:
		return e.decideByBoth(ctx, needs, out)
	}
	begin := len(out)
	err := e.ask(ctx, func(ctx context.Context) (err error) {
		out, err = e.remote.Decide(ctx, needs, out)
		return err
	})
	if err == nil {
		return out, nil
	}
	out = out[:begin]
	if ctx.Err() != nil {
		return out, ctx.Err()
	}
	if !errors.Is(err, engine.ErrUnreachable) {
		return out, err
	}
	if e.current() == down {
		return e.decideDown(ctx, needs, out), nil
	}
	for range needs {
		out = append(out, retry(engine.ErrUnreachable))
	}
	return out, nil
}

// decideDown decides by the shares of this replica.
func (e *Engine) decideDown(ctx context.Context, needs []engine.Need, out []engine.Outcome) []engine.Outcome {
	for i := range needs {
		out = append(out, e.decideOneDown(ctx, &needs[i]))
	}
	return out
}

func (e *Engine) decideOneDown(ctx context.Context, n *engine.Need) engine.Outcome {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.state != down {
		return retry(engine.ErrUnreachable) // it has just come back
	}
	if e.ledger.len() >= e.cfg.MaxCharges {
		return retry(engine.ErrFull)
	}
	o, local := e.giveOut(ctx, n)
	if o.Verdict == engine.Proceed && len(n.Lines) > 0 {
		o.Charge = e.ledger.add(n, o.Granted, local, e.now(), e.remote.Name)
	}
	return o
}

// decideByBoth lets happen what both this replica's share and the remote engine grant.
func (e *Engine) decideByBoth(ctx context.Context, needs []engine.Need, out []engine.Outcome) ([]engine.Outcome, error) {
	begin := len(out)
	for i := range needs {
		o, err := e.decideOneByBoth(ctx, &needs[i])
		if err != nil {
			return out[:begin], err
		}
		out = append(out, o)
	}
	return out, nil
}

func (e *Engine) decideOneByBoth(ctx context.Context, n *engine.Need) (engine.Outcome, error) {
	e.mu.RLock()
	share, local := e.giveOut(ctx, n)
	e.mu.RUnlock()
	if share.Verdict != engine.Proceed {
		return share, nil
	}
	asked := *n
	asked.Cost, asked.Queue = share.Granted, false
	var outcomes []engine.Outcome
	err := e.ask(ctx, func(ctx context.Context) (err error) {
		outcomes, err = e.remote.Decide(ctx, []engine.Need{asked}, nil)
		return err
	})
	if err == nil && outcomes[0].Verdict == engine.Proceed {
		outcomes[0].Degraded = true
		return outcomes[0], nil
	}
	if err == nil || ctx.Err() == nil {
		if _, err := e.local.Cancel(ctx, []string{local.String()}); err != nil {
			return engine.Outcome{}, err
		}
	}
	switch {
	case err == nil:
		outcomes[0].Degraded = true
		return outcomes[0], nil
	case ctx.Err() != nil:
		return engine.Outcome{}, ctx.Err()
	case errors.Is(err, engine.ErrUnreachable):
		return retry(engine.ErrUnreachable), nil
	}
	return engine.Outcome{}, err
}
