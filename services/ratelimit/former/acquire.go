package former

import (
	"errors"
	"fmt"
	"time"

	"github.com/sheetreel/sheetreel/services/ratelimit/decide"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

// Grant is the answer to a call that may go on.
type Grant struct {
	// Permit names the charge for Cancel; empty when no limit counts the call.
	Permit string
	// Limits are the limits that count the call, in the order of the rules, after the charge.
	Limits []Status
}

// Status tells what is left of a limit for one key.
type Status struct {
	// Rule is the limit.
	Rule rule.Rule
	// Key is for whom it counts, see [rule.Rule.Key].
	Key string
	// Left is how much may still happen now.
	Left int64
	// Reset is the time until more is free, 0 when all is free.
	Reset time.Duration
	// Wait is the time until this limit alone would grant the call; above 0 only in an [ExhaustedError].
	Wait time.Duration
}

// ErrFull is returned when a call needs a new key and the engine holds as many as it may.
var ErrFull = errors.New("too many keys in use")

// ExhaustedError says that limits refuse a call now.
type ExhaustedError struct {
	// Retry is the exact time until the call is granted if nothing else happens: the longest of the waits.
	Retry time.Duration
	// Limits are those that refuse, in the order of the rules.
	Limits []Status
}

func (e *ExhaustedError) Error() string {
	return fmt.Sprintf("limit %s is exhausted for %s; free in %v", e.Limits[0].Rule.Name, e.Limits[0].Key, e.Retry)
}

// CostError says that the cost of a call is above the capacity of a limit, so that it can never be granted.
type CostError struct {
	Cost int64
	// Rule is the limit with the smallest capacity of those that count the call.
	Rule rule.Rule
}

func (e *CostError) Error() string {
	return fmt.Sprintf("cost %d is above the capacity %d of limit %s", e.Cost, e.Rule.Capacity, e.Rule.Name)
}

// Acquire charges a call of cost 1 or more to every limit that counts its descriptors. It fails with
// [*ExhaustedError], [*CostError] or [ErrFull], and then has charged nothing.
func (e *Engine) Acquire(descriptors map[string]string, cost int64) (Grant, error) {
	d := e.match(descriptors)
	if len(d.keys) == 0 {
		return Grant{}, nil
	}
	if err := e.checkCost(d, cost); err != nil {
		return Grant{}, err
	}
	e.refundExpired()
	limits := make([]Status, len(d.keys))
	charges, now, err := e.decide(d, cost, limits)
	if err != nil {
		return Grant{}, err
	}
	return Grant{Permit: e.permits.put(now, charges), Limits: limits}, nil
}

// demand is what a call needs: a key of each rule that counts it, and their shards.
type demand struct {
	keys   []counterKey
	shards []int
	set    shardSet
}

// usualLimits is how many limits count a call in most configurations; more cost an allocation more.
const usualLimits = 4

func (e *Engine) match(descriptors map[string]string) demand {
	d := demand{keys: make([]counterKey, 0, usualLimits), shards: make([]int, 0, usualLimits)}
	for i := range e.rules {
		text, ok := e.rules[i].Key(descriptors)
		if !ok {
			continue
		}
		key := counterKey{i, text}
		shard := e.shardOf(key)
		d.keys = append(d.keys, key)
		d.shards = append(d.shards, shard)
		d.set.add(shard)
	}
	return d
}

func (e *Engine) checkCost(d demand, cost int64) error {
	smallest := e.rules[d.keys[0].rule]
	for _, key := range d.keys[1:] {
		if r := e.rules[key.rule]; r.Capacity < smallest.Capacity {
			smallest = r
		}
	}
	if cost > int64(smallest.Capacity) {
		return &CostError{Cost: cost, Rule: smallest}
	}
	return nil
}

// decide decides under the locks of all shards that the demand touches. When the call is granted it fills in what is
// left of each limit; limits is as long as the demand, or nil.
func (e *Engine) decide(d demand, cost int64, limits []Status) ([]charge, decide.Instant, error) {
	e.lock(d.set)
	defer e.unlock(d.set)
	now := e.now() // with the locks held, so that a counter sees the times in order
	lines := make([]decide.Line, len(d.keys))
	fresh := int64(0)
	for i, key := range d.keys {
		lines[i].Counter = e.shards[d.shards[i]].counters[key]
		if lines[i].Counter == nil {
			lines[i].Counter = e.rules[key.rule].Counter()
			fresh++
		}
	}
	if e.keys.Add(fresh) > e.maxKeys && fresh > 0 {
		e.keys.Add(-fresh)
		return nil, now, ErrFull
	}
	if retry := decide.Settle(now, cost, lines); retry > 0 {
		e.keys.Add(-fresh)
		return nil, now, &ExhaustedError{Retry: retry, Limits: e.refusing(d, now, lines)}
	}
	charges := make([]charge, len(lines))
	for i, line := range lines {
		e.shards[d.shards[i]].counters[d.keys[i]] = line.Counter
		if limits != nil {
			limits[i] = e.status(d.keys[i], now, line)
		}
		charges[i] = charge{counter: line.Counter, receipt: line.Receipt, shard: d.shards[i]}
	}
	return charges, now, nil
}

// refusing lists the lines that have to wait.
func (e *Engine) refusing(d demand, now decide.Instant, lines []decide.Line) []Status {
	var limits []Status
	for i, line := range lines {
		if line.Wait > 0 {
			limits = append(limits, e.status(d.keys[i], now, line))
		}
	}
	return limits
}

func (e *Engine) status(key counterKey, now decide.Instant, line decide.Line) Status {
	left, reset := line.Counter.Left(now)
	return Status{Rule: e.rules[key.rule], Key: key.key, Left: left, Reset: reset, Wait: line.Wait}
}
