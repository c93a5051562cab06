package outage

import (
	"context"
	"time"

	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
)

// Peek implements engine.Engine. In an outage nothing is known of what is left.
func (e *Engine) Peek(ctx context.Context, lines []engine.Line, cost int64) (statuses []engine.Status, err error) {
	err = e.askUp(ctx, func(ctx context.Context) (err error) {
		statuses, err = e.remote.Peek(ctx, lines, cost)
		return err
	})
	return statuses, err
}

// Usage implements engine.Engine, with Peek's restriction.
func (e *Engine) Usage(ctx context.Context, keyPrefix string, after engine.Place, limit int) (usage []engine.Usage, err error) {
	err = e.askUp(ctx, func(ctx context.Context) (err error) {
		usage, err = e.remote.Usage(ctx, keyPrefix, after, limit)
		return err
	})
	return usage, err
}

// Report implements engine.Engine. This replica heeds the refusal at once also in an outage; the others do not hear of it then,
// and the error says so.
func (e *Engine) Report(ctx context.Context, line engine.Line, until time.Duration, capacity int64) error {
	err := e.askUp(ctx, func(ctx context.Context) error { return e.remote.Report(ctx, line, until, capacity) })
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.state == up {
		return err
	}
	own := engine.Need{Lines: []engine.Line{line}}
	lines, wrong := e.shared(ctx, &own)
	if wrong != nil || len(lines) == 0 {
		return err // nothing is given out
	}
	share := int64(0)
	if capacity > 0 {
		share = max(1, e.replicas.share(e.name, capacity, line.Limit.Rule+" "+string(line.Key)))
	}
	if local := e.local.Report(ctx, lines[0], until, share); local != nil {
		return local
	}
	return err
}

func (e *Engine) askUp(ctx context.Context, call func(context.Context) error) error {
	if e.current() == down {
		return engine.ErrUnreachable
	}
	return e.ask(ctx, call)
}
