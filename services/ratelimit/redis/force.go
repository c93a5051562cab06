package redis

import (
	"context"

	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
)

// Forced is a call that was let through while Redis was out of reach.
type Forced struct {
	Need   engine.Need
	Charge engine.Charge
}

// Name names a charge of these lines that Force is to make later.
func (e *Engine) Name(lines []engine.Line) engine.Charge {
	return engine.Charge{Series: seriesOf(groupsOf(split(lines))), Number: e.newNumber()}
}

// Force charges calls under the names that they were given, whatever is left: they have happened. It may be repeated.
func (e *Engine) Force(ctx context.Context, calls []Forced) error {
	var tries []*try
	for i := range calls {
		for _, p := range split(calls[i].Need.Lines) {
			tries = append(tries, e.newTry(&calls[i].Need, p, modeForce, calls[i].Charge.Number))
		}
	}
	if err := e.tryAll(ctx, tries); err != nil {
		return err
	}
	for _, t := range tries {
		if t.full {
			return engine.ErrFull
		}
	}
	return nil
}
