package outage

import (
	"context"
	"time"

	"github.com/sheetreel/sheetreel/services/ratelimit/decide"
	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

// retryWait is when to ask again when a call cannot be decided in an outage.
const retryWait = time.Second

func retry(err error) engine.Outcome {
	return engine.Outcome{Verdict: engine.Retry, Err: err, Wait: retryWait, Degraded: true}
}

// giveOut decides a need by the shares of this replica. The caller holds mu for reading.
func (e *Engine) giveOut(ctx context.Context, n *engine.Need) (o engine.Outcome, local engine.Charge) {
	lines, err := e.shared(ctx, n)
	if err != nil {
		return retry(err), local
	}
	if len(lines) == 0 { // all are open, or only counted
		return engine.Outcome{Verdict: engine.Proceed, Granted: n.Cost, Degraded: true, Life: n.TTL}, local
	}
	asked := *n
	asked.Lines = lines
	outcomes, err := e.local.Decide(ctx, []engine.Need{asked}, nil)
	if err != nil {
		return retry(err), local
	}
	o = outcomes[0]
	o.Degraded = true
	if o.Err == engine.ErrCost && !above(n) { // above the share only: some day the engine is back
		return retry(engine.ErrUnreachable), local
	}
	for _, statuses := range [][]engine.Status{o.Limits, o.DryRun} {
		for i := range statuses {
			statuses[i].Limit = original(n, statuses[i])
		}
	}
	local, o.Charge = o.Charge, engine.Charge{}
	return o, local
}

// shared are the lines that count in an outage, with this replica's shares. An error says why nothing is given out.
func (e *Engine) shared(ctx context.Context, n *engine.Need) ([]engine.Line, error) {
	var lines []engine.Line
	for _, line := range n.Lines {
		if line.Limit.DryRun || line.Limit.Outage == rule.Open {
			continue
		}
		if line.Limit.Outage == rule.Closed || !e.replicas.settled(e.cfg.Beat) {
			return nil, engine.ErrUnreachable
		}
		share := e.replicas.share(e.name, line.Limit.Capacity, line.Limit.Rule+" "+string(line.Key))
		if share == 0 {
			return nil, engine.ErrUnreachable
		}
		line.Limit = e.shares.limit(line.Limit, share)
		if !e.shares.first(engine.Place{Rule: line.Limit.Rule, Key: string(line.Key)}, func() { e.useUp(ctx, line) }) {
			return nil, engine.ErrFull
		}
		lines = append(lines, line)
	}
	return lines, nil
}

// useUp makes a counter as it must be when all of its limit was used at the beginning of the outage.
func (e *Engine) useUp(ctx context.Context, line engine.Line) {
	l, now := line.Limit, e.now()
	free := e.since.Add(l.Period)
	if l.Algorithm == rule.Calendar {
		at := decide.Instant(e.since.UnixNano())
		c := decide.NewCalendar(1, l.Unit == rule.Month, l.Zone)
		c.Charge(at, 1)
		free = e.since.Add(c.Wait(at, 1))
	}
	if !free.After(now) {
		return
	}
	if l.Algorithm == rule.TokenBucket {
		// The memory engine returns no errors.
		_, _ = e.local.Decide(ctx, []engine.Need{{Lines: []engine.Line{line}, Cost: l.Capacity, Least: 1}}, nil)
		return
	}
	_ = e.local.Report(ctx, line, free.Sub(now), 0)
}

// above tells whether a need is above what one of its limits can ever grant.
func above(n *engine.Need) bool {
	least := n.Cost
	if n.Least > 0 {
		least = min(n.Least, n.Cost)
	}
	for _, line := range n.Lines {
		if !line.Limit.DryRun && least > line.Limit.Capacity {
			return true
		}
	}
	return false
}

// original is the limit of which a status tells a share.
func original(n *engine.Need, s engine.Status) *rule.Limit {
	for _, line := range n.Lines {
		if line.Limit.Rule == s.Limit.Rule && string(line.Key) == s.Key {
			return line.Limit
		}
	}
	return s.Limit
}
