package redis

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
)

// undoTimeout bounds giving back what a call has charged whose caller has gone.
const undoTimeout = time.Second

func settleCall(act string, g group, numbers []string, used []int64) *call {
	return &call{op: opSettle, group: g, args: func(time.Time) []any {
		args := []any{act}
		for i, n := range numbers {
			args = append(args, n, used[i])
		}
		return args
	}}
}

// Commit implements engine.Engine.
func (e *Engine) Commit(ctx context.Context, charges []engine.Settlement) ([]string, error) {
	return e.settle(ctx, "commit", charges, false)
}

// Cancel implements engine.Engine. A charge of several groups is given back when one of them knows it.
func (e *Engine) Cancel(ctx context.Context, ids []string) ([]string, error) {
	charges := make([]engine.Settlement, len(ids))
	for i, id := range ids {
		charges[i].ID = id
	}
	return e.settle(ctx, "cancel", charges, true)
}

// settle ends charges, one call for each group, in one pipeline. A charge is done when all of its groups say so, or any.
func (e *Engine) settle(ctx context.Context, act string, charges []engine.Settlement, anyGroup bool) ([]string, error) {
	type batch struct {
		numbers []string
		used    []int64
		charges []int
	}
	batches := map[group]*batch{}
	var order []group
	yes, no := make([]int, len(charges)), make([]int, len(charges))
	for i, c := range charges {
		charge, groups, ok := parseCharge(c.ID)
		if !ok {
			no[i]++
			continue
		}
		for _, g := range groups {
			b := batches[g]
			if b == nil {
				b = &batch{}
				batches[g] = b
				order = append(order, g)
			}
			b.numbers, b.used, b.charges = append(b.numbers, number(charge.Number)), append(b.used, c.Used), append(b.charges, i)
		}
	}
	calls := make([]*call, len(order))
	for i, g := range order {
		calls[i] = settleCall(act, g, batches[g].numbers, batches[g].used)
	}
	if err := e.do(ctx, calls); err != nil {
		return nil, err
	}
	for i, g := range order {
		if calls[i].err != nil {
			return nil, unreachable(calls[i].err)
		}
		done, err := integers(calls[i].answer)
		if err != nil || len(done) != len(batches[g].charges) {
			return nil, fmt.Errorf("answer of a script: %v, %w", calls[i].answer, err)
		}
		for j, at := range batches[g].charges {
			if done[j] == 1 {
				yes[at]++
			} else {
				no[at]++
			}
		}
	}
	var not []string
	for i, c := range charges {
		if yes[i] == 0 || no[i] > 0 && !anyGroup {
			not = append(not, c.ID)
		}
	}
	return slices.Clip(not), nil
}
