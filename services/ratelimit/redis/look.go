package redis

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
)

// Peek implements engine.Engine.
func (e *Engine) Peek(ctx context.Context, lines []engine.Line, cost int64) ([]engine.Status, error) {
	parts := split(lines)
	calls := make([]*call, len(parts))
	for i, p := range parts {
		calls[i] = &call{op: opPeek, group: p.group, args: func(at time.Time) []any {
			return lineArgs([]any{cost}, p.lines, at)
		}}
	}
	if err := e.do(ctx, calls); err != nil {
		return nil, err
	}
	statuses := make([]engine.Status, len(lines))
	for i, p := range parts {
		if calls[i].err != nil {
			return nil, unreachable(calls[i].err)
		}
		fields, err := integers(calls[i].answer)
		if err != nil || len(fields) != fieldsPerLine*len(p.lines) {
			return nil, fmt.Errorf("answer of a script: %v, %w", calls[i].answer, err)
		}
		for j, at := range p.index {
			statuses[at] = status(lines[at], fields[fieldsPerLine*j:])
		}
	}
	return statuses, nil
}

// Report implements engine.Engine.
func (e *Engine) Report(ctx context.Context, line engine.Line, until time.Duration, capacity int64) error {
	c := &call{op: opReport, group: groupOf(line.Tag, line.Key), args: func(at time.Time) []any {
		return lineArgs([]any{micros(until), capacity}, []engine.Line{line}, at)
	}}
	if err := e.do(ctx, []*call{c}); err != nil {
		return err
	}
	if c.err != nil {
		return unreachable(c.err)
	}
	if e.known.put(c.group, 0) {
		e.announce(ctx, []group{c.group})
	}
	return nil
}

// Usage implements engine.Engine. Each group has a sorted list of its counters; the pages of all groups are merged.
func (e *Engine) Usage(ctx context.Context, keyPrefix string, after engine.Place, limit int) ([]engine.Usage, error) {
	groups, err := e.groupsWith(ctx, keyPrefix)
	if err != nil {
		return nil, err
	}
	begin := ""
	if after != (engine.Place{}) {
		begin = name(after.Rule, after.Key)
	}
	var list []engine.Usage
	// A few groups at a time, so that what is in memory is bounded by the limit.
	for some := range slices.Chunk(groups, 64) {
		calls := make([]*call, len(some))
		for i, g := range some {
			calls[i] = &call{op: opUsage, group: g, args: func(time.Time) []any { return []any{keyPrefix, begin, limit} }}
		}
		if err := e.do(ctx, calls); err != nil {
			return nil, err
		}
		for _, c := range calls {
			if c.err != nil {
				return nil, unreachable(c.err)
			}
			if list, err = appendUsage(list, c.answer); err != nil {
				return nil, err
			}
		}
		slices.SortFunc(list, func(a, b engine.Usage) int {
			return strings.Compare(name(a.Rule, a.Key), name(b.Rule, b.Key))
		})
		list = list[:min(len(list), limit)]
	}
	return list, nil
}

func appendUsage(list []engine.Usage, answer []any) ([]engine.Usage, error) {
	const fields = 4
	for one := range slices.Chunk(answer, fields) {
		if len(one) != fields {
			return nil, fmt.Errorf("answer of a script: %d fields", len(answer))
		}
		text, _ := one[0].(string)
		ruleName, key, ok := strings.Cut(text, " ")
		numbers, err := integers(one[1:])
		if err != nil || !ok {
			return nil, fmt.Errorf("answer of a script: counter %q: %w", text, err)
		}
		list = append(list, engine.Usage{
			Place: engine.Place{Rule: ruleName, Key: key}, Used: numbers[0], Capacity: numbers[1], Reset: duration(numbers[2]),
		})
	}
	return list, nil
}

// groupsWith are the groups that may hold counters whose keys begin so. When the prefix names a project in full, that
// is where they are; else it is every group that was announced.
func (e *Engine) groupsWith(ctx context.Context, keyPrefix string) ([]group, error) {
	if rest, ok := strings.CutPrefix(keyPrefix, "project="); ok {
		if value, _, ok := strings.Cut(rest, ","); ok {
			if project, err := url.PathUnescape(value); err == nil {
				return []group{groupOf(project, nil)}, nil
			}
		}
	}
	names, err := e.client.ZRange(ctx, e.config.Prefix+"groups", 0, -1).Result()
	if err != nil {
		return nil, unreachable(err)
	}
	groups := make([]group, len(names))
	for i, n := range names {
		groups[i] = group(n)
	}
	return groups, nil
}

// groupLife is how long a group stays listed after it was last announced, which each replica does once a day.
const groupLife = 3 * knownLife

// announce lists groups for Usage. It changes no decision, so when it fails it is tried again with the next one.
func (e *Engine) announce(ctx context.Context, groups []group) {
	if len(groups) == 0 {
		return
	}
	list := e.config.Prefix + "groups"
	now := time.Now()
	members := make([]goredis.Z, len(groups))
	for i, g := range groups {
		members[i] = goredis.Z{Score: float64(now.Add(groupLife).Unix()), Member: string(g)}
	}
	p := e.client.Pipeline()
	p.ZAdd(ctx, list, members...)
	p.ZRemRangeByScore(ctx, list, "-inf", fmt.Sprint(now.Unix()))
	p.Expire(ctx, list, groupLife)
	if _, err := p.Exec(ctx); err == nil {
		e.known.announced(groups)
	}
}
