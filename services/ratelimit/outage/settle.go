package outage

import (
	"context"

	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
)

// Commit implements engine.Engine. In an outage it fails for charges of the remote engine: they can be committed later.
func (e *Engine) Commit(ctx context.Context, charges []engine.Settlement) ([]string, error) {
	var others []engine.Settlement
	for _, c := range charges {
		here, err := e.settleHere(ctx, c.ID, func(one *entry) error {
			e.ledger.commit(one, c.Used)
			_, err := e.local.Commit(ctx, []engine.Settlement{{ID: one.local.String(), Used: c.Used}})
			return err
		})
		if err != nil {
			return nil, err
		}
		if !here {
			others = append(others, c)
		}
	}
	if len(others) == 0 {
		return nil, nil
	}
	return e.askIDs(ctx, func(ctx context.Context) ([]string, error) { return e.remote.Commit(ctx, others) })
}

// Cancel implements engine.Engine, with Commit's restriction.
func (e *Engine) Cancel(ctx context.Context, ids []string) ([]string, error) {
	var others []string
	for _, id := range ids {
		here, err := e.settleHere(ctx, id, func(one *entry) error {
			e.ledger.cancel(one)
			_, err := e.local.Cancel(ctx, []string{one.local.String()})
			return err
		})
		if err != nil {
			return nil, err
		}
		if !here {
			others = append(others, id)
		}
	}
	if len(others) == 0 {
		return nil, nil
	}
	return e.askIDs(ctx, func(ctx context.Context) ([]string, error) { return e.remote.Cancel(ctx, others) })
}

// settleHere ends a charge that the remote engine does not know yet. It returns false for others.
func (e *Engine) settleHere(_ context.Context, id string, settle func(*entry) error) (bool, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	one := e.ledger.find(id, e.now())
	if one == nil {
		return false, nil
	}
	return true, settle(one)
}

func (e *Engine) askIDs(ctx context.Context, call func(context.Context) ([]string, error)) (ids []string, err error) {
	if e.current() == down {
		return nil, engine.ErrUnreachable
	}
	err = e.ask(ctx, func(ctx context.Context) (err error) {
		ids, err = call(ctx)
		return err
	})
	return ids, err
}
