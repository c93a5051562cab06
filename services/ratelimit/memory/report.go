package memory

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
)

// Peek implements [engine.Engine]. The wait is that of a newcomer, decide.Never when the cost is
// above the capacity.
func (e *Engine) Peek(_ context.Context, lines []engine.Line, cost int64) ([]engine.Status, error) {
	now := e.now()
	statuses := make([]engine.Status, len(lines))
	for i := range lines {
		l := e.single(&lines[i])
		set := shardSet(1) << l.shard
		e.lock(set, now)
		e.find(&l, now)
		c := call{Need: &engine.Need{}, now: now, least: max(cost, 1)}
		var wait time.Duration
		if room := l.Room(l.time(now)); room-e.ahead(l.counter, &c, room) < c.least {
			wait = e.wait(l.counter, &c)
		}
		statuses[i] = l.status(now, wait)
		e.unlock(set)
	}
	return statuses, nil
}

// single places one line by itself.
func (e *Engine) single(of *engine.Line) line {
	hash := e.hash(of)
	return line{engine: of, hash: hash, shard: e.shardOf(of, hash)}
}

// admitOne puts a new counter into its shard unless there are too many keys.
func (e *Engine) admitOne(l *line) bool {
	if e.keys.Add(1) > int64(e.cfg.MaxKeys) {
		e.keys.Add(-1)
		return false
	}
	e.insert(l.counter)
	l.fresh = false
	return true
}

// Report implements [engine.Engine].
func (e *Engine) Report(_ context.Context, of engine.Line, until time.Duration, capacity int64) error {
	now := e.now()
	l := e.single(&of)
	set := shardSet(1) << l.shard
	e.lock(set, now)
	defer e.unlock(set)
	e.find(&l, now)
	if l.fresh && !e.admitOne(&l) {
		return engine.ErrFull
	}
	at := l.time(now)
	if until > 0 {
		l.Drain(at, at.Add(until))
	}
	if capacity > 0 {
		l.learned = 0
		if capacity < l.limit.Capacity {
			l.learned = capacity
		}
		e.resize(l.counter, now)
	}
	l.changes()
	e.touch(l.counter)
	return nil
}

// Usage implements [engine.Engine]. It looks at every counter, a shard at a time.
func (e *Engine) Usage(_ context.Context, keyPrefix string, after engine.Place, limit int) ([]engine.Usage, error) {
	now := e.now()
	var found []engine.Usage
	for i := range e.shards {
		set := shardSet(1) << i
		e.lock(set, now)
		for _, first := range e.shards[i].counters {
			for c := first; c != nil; c = c.next {
				if !strings.HasPrefix(c.Key, keyPrefix) || compare(c.Place, after) <= 0 || c.Idle(c.time(now)) {
					continue
				}
				left, reset := c.Left(c.time(now))
				found = append(found, engine.Usage{
					Place: c.Place, Used: c.capacity() - left, Capacity: c.capacity(), Reset: reset,
				})
			}
		}
		e.unlock(set)
		if len(found) > 2*limit {
			found = firstOf(found, limit)
		}
	}
	return firstOf(found, limit), nil
}

func firstOf(found []engine.Usage, limit int) []engine.Usage {
	slices.SortFunc(found, func(a, b engine.Usage) int { return compare(a.Place, b.Place) })
	return found[:min(len(found), limit)]
}

func compare(a, b engine.Place) int {
	return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Key, b.Key))
}
