package redis

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
)

// Decide implements engine.Engine. Needs that one group decides are sent together; one that several decide is decided
// between those before and after it.
func (e *Engine) Decide(ctx context.Context, needs []engine.Need, out []engine.Outcome) ([]engine.Outcome, error) {
	var together []*try
	flush := func() error {
		if err := e.tryAll(ctx, together); err != nil {
			return err
		}
		for _, t := range together {
			out = append(out, t.outcome())
		}
		together = together[:0]
		return nil
	}
	for i := range needs {
		n := &needs[i]
		parts := split(n.Lines)
		if len(parts) == 1 {
			together = append(together, e.newTry(n, parts[0], modeCharge, e.newNumber()))
			continue
		}
		if err := flush(); err != nil {
			return out, err
		}
		if len(parts) == 0 {
			out = append(out, engine.Outcome{Verdict: engine.Proceed, Granted: n.Cost})
			continue
		}
		o, err := e.decideApart(ctx, n, parts)
		if err != nil {
			return out, err
		}
		out = append(out, o)
	}
	return out, flush()
}

// The modes of the script.
const (
	modeCharge = "charge"
	modeProbe  = "probe"
	modeForce  = "force"
)

// The verdicts of the script.
const (
	saysProceed = 1
	saysDefer   = 2
	saysCost    = 3
	saysReused  = 4
)

// try is one call of the script that decides.
type try struct {
	need *engine.Need
	part part
	call call

	verdict, granted int64
	number           string
	life, wait       time.Duration
	lines            []int64 // five for each
	full             bool
}

func (e *Engine) newTry(n *engine.Need, p part, mode string, charge uint64) *try {
	return e.newTryOf(n, p, mode, charge, n.Cost, least(n))
}

func least(n *engine.Need) int64 {
	if n.Least <= 0 || n.Least > n.Cost {
		return n.Cost
	}
	return n.Least
}

func (e *Engine) newTryOf(n *engine.Need, p part, mode string, charge uint64, cost, least int64) *try {
	t := &try{need: n, part: p}
	t.call = call{op: opDecide, group: p.group, args: func(at time.Time) []any {
		args := make([]any, 0, 10+fieldsPerLine*len(p.lines))
		args = append(args, number(charge), n.ID, strconv.FormatUint(n.Sum, 36), cost, least, micros(n.TTL), flag(n.Queue), mode)
		return lineArgs(args, p.lines, at)
	}}
	return t
}

// tryAll makes tries in one pipeline.
func (e *Engine) tryAll(ctx context.Context, tries []*try) error {
	if len(tries) == 0 {
		return nil
	}
	calls := make([]*call, len(tries))
	for i, t := range tries {
		calls[i] = &t.call
	}
	if err := e.do(ctx, calls); err != nil {
		return err
	}
	var fresh []group
	for _, t := range tries {
		if t.full = outOfMemory(t.call.err); t.full {
			continue
		}
		last, err := t.read()
		if err != nil {
			return fmt.Errorf("answer of a script: %w", err)
		}
		if e.known.put(t.part.group, last) && !slices.Contains(fresh, t.part.group) {
			fresh = append(fresh, t.part.group)
		}
	}
	e.announce(ctx, fresh)
	return nil
}

// read reads the script's answer, and returns the group's last number.
func (t *try) read() (int64, error) {
	answer := t.call.answer
	const head = 6
	if len(answer) != head+fieldsPerLine*len(t.part.lines) {
		return 0, fmt.Errorf("%d fields for %d lines", len(answer), len(t.part.lines))
	}
	t.number, _ = answer[2].(string)
	numbers, err := integers(append(slices.Clone(answer[:2]), answer[3:]...))
	if err != nil {
		return 0, err
	}
	t.verdict, t.granted, t.life, t.wait = numbers[0], numbers[1], duration(numbers[2]), duration(numbers[3])
	t.lines = numbers[head-1:]
	return numbers[4], nil
}

func integers(fields []any) ([]int64, error) {
	list := make([]int64, len(fields))
	for i, f := range fields {
		n, ok := f.(int64)
		if !ok {
			return nil, fmt.Errorf("field %d is %v, no number", i, f)
		}
		list[i] = n
	}
	return list, nil
}

// outcome is the answer to a need that one group decided.
func (t *try) outcome() engine.Outcome { return join(t.need, []*try{t}) }

// join makes one outcome of what the groups of a need said.
func join(n *engine.Need, tries []*try) engine.Outcome {
	o := engine.Outcome{Verdict: engine.Proceed, Granted: tries[0].granted}
	statuses := make([]engine.Status, len(n.Lines))
	what := make([]int64, len(n.Lines))
	groups := make([]group, len(tries))
	for i, t := range tries {
		groups[i] = t.part.group
		switch {
		case t.full:
			return engine.Outcome{Verdict: engine.Retry, Err: engine.ErrFull, Wait: fullWait}
		case t.verdict == saysReused:
			return engine.Outcome{Verdict: engine.Reject, Err: engine.ErrReused}
		case t.verdict == saysCost:
			o.Verdict, o.Err = engine.Reject, engine.ErrCost
		case t.verdict == saysDefer && o.Verdict == engine.Proceed:
			o.Verdict = engine.Defer
		}
		o.Granted, o.Wait = min(o.Granted, t.granted), max(o.Wait, t.wait)
		if t.life > 0 && (o.Life == 0 || t.life < o.Life) {
			o.Life = t.life
		}
		for j, at := range t.part.index {
			fields := t.lines[fieldsPerLine*j:]
			what[at], statuses[at] = fields[0], status(n.Lines[at], fields)
			if t.verdict == saysProceed && what[at] == whatLimit {
				what[at] = whatGranting
			}
		}
	}
	for i, w := range what {
		switch {
		case w == whatDryRun:
			o.DryRun = append(o.DryRun, statuses[i])
		case w == whatLimit, w == whatGranting && o.Verdict == engine.Proceed:
			o.Limits = append(o.Limits, statuses[i])
		}
	}
	switch o.Verdict {
	case engine.Proceed:
		o.Wait = 0
		if charge, err := strconv.ParseUint(tries[0].number, 36, 64); err == nil {
			o.Charge = engine.Charge{Series: seriesOf(groups), Number: charge}
		}
	case engine.Reject:
		o.Granted, o.Wait, o.Life = 0, 0, 0
	default:
		o.Granted, o.Life = 0, 0
	}
	return o
}

const (
	// whatGranting is a limit that would grant.
	whatGranting = 3
	// fullWait is when to ask again when Redis has no memory left.
	fullWait = time.Second
)
