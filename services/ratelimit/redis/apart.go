package redis

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
)

// rounds bounds how often a need is decided anew because others were faster between its groups.
const rounds = 8

var errBusy = errors.New("others are always faster")

// decideApart decides a need whose counters live in several groups: it asks all of them, and if all would grant, charges
// one after the other. What was charged is given back when a later group refuses.
func (e *Engine) decideApart(ctx context.Context, n *engine.Need, parts []part) (engine.Outcome, error) {
	if len(seriesOf(groupsOf(parts))) > maxSeries {
		return engine.Outcome{}, fmt.Errorf("a need counts in %d groups, too many for one charge", len(parts))
	}
	charge := e.newNumber()
	for range rounds {
		probes := make([]*try, len(parts))
		for i, p := range parts {
			probes[i] = e.newTry(n, p, modeProbe, charge)
		}
		if err := e.tryAll(ctx, probes); err != nil {
			return engine.Outcome{}, err
		}
		asked := join(n, probes)
		if asked.Verdict == engine.Defer && n.Queue && n.ID != "" {
			return e.queueApart(ctx, n, probes, asked)
		}
		if asked.Verdict != engine.Proceed {
			return asked, nil
		}
		o, done, err := e.chargeApart(ctx, n, parts, charge, asked.Granted)
		if done || err != nil {
			return o, err
		}
	}
	return engine.Outcome{}, unreachable(errBusy)
}

// maxSeries keeps the id of a charge below 64 characters.
const maxSeries = 50

func groupsOf(parts []part) []group {
	groups := make([]group, len(parts))
	for i, p := range parts {
		groups[i] = p.group
	}
	return groups
}

// chargeApart charges group after group. It is not done when one refuses.
func (e *Engine) chargeApart(ctx context.Context, n *engine.Need, parts []part, charge uint64, cost int64) (engine.Outcome, bool, error) {
	var charged []*try
	for _, p := range parts {
		t := e.newTryOf(n, p, modeCharge, charge, cost, cost)
		if err := e.tryAll(ctx, []*try{t}); err != nil {
			return engine.Outcome{}, false, errors.Join(err, e.undo(ctx, charged))
		}
		if t.full || t.verdict != saysProceed || t.granted != cost {
			return engine.Outcome{}, false, e.undo(ctx, charged)
		}
		// What an earlier decision under the same id has charged here goes on under its number.
		charge, _ = strconv.ParseUint(t.number, 36, 64)
		charged = append(charged, t)
	}
	return join(n, charged), true, nil
}

// undo gives back what groups have charged. It is tried also when the caller has gone.
func (e *Engine) undo(ctx context.Context, charged []*try) error {
	if len(charged) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTimeout)
	defer cancel()
	calls := make([]*call, len(charged))
	for i, t := range charged {
		calls[i] = settleCall("cancel", t.part.group, []string{t.number}, []int64{0})
	}
	return e.do(ctx, calls)
}

// queueApart takes places in the groups that refuse. Should one grant by now, it gives that back: the others refuse.
func (e *Engine) queueApart(ctx context.Context, n *engine.Need, probes []*try, asked engine.Outcome) (engine.Outcome, error) {
	var tries, charged []*try
	for _, p := range probes {
		if p.verdict == saysDefer {
			tries = append(tries, e.newTry(n, p.part, modeCharge, e.newNumber()))
		}
	}
	if err := e.tryAll(ctx, tries); err != nil {
		return engine.Outcome{}, err
	}
	for _, t := range tries {
		if !t.full && t.verdict == saysProceed {
			charged = append(charged, t)
			continue
		}
		asked.Wait = max(asked.Wait, t.wait)
	}
	return asked, e.undo(ctx, charged)
}
