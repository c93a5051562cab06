package outage

import (
	"slices"
	"sync"
	"time"

	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/redis"
)

// ledger is what was let through in an outage and is not charged to the remote engine yet, in the order of time.
type ledger struct {
	mu      sync.Mutex
	entries map[string]*entry // by the charge's id
	local   map[engine.Charge]*entry
	order   []*entry
}

// entry is one call.
type entry struct {
	charge engine.Charge // its name at the remote engine
	local  engine.Charge // in memory; none when no limit with a share counts it
	need   engine.Need   // what to charge
	ends   time.Time     // of the reservation; zero: for good
	done   bool          // cancelled, or charged
}

// add notes a call that was granted so much. A call that was granted before under its id is the same.
func (l *ledger) add(n *engine.Need, granted int64, local engine.Charge, now time.Time, name func([]engine.Line) engine.Charge) engine.Charge {
	l.mu.Lock()
	defer l.mu.Unlock()
	if local != (engine.Charge{}) && l.local[local] != nil {
		return l.local[local].charge
	}
	one := &entry{charge: name(n.Lines), local: local, need: *n}
	one.need.Lines = slices.Clone(n.Lines)
	for i := range one.need.Lines {
		one.need.Lines[i].Key = slices.Clone(one.need.Lines[i].Key) // the caller's memory is its own
	}
	one.need.Cost, one.need.Least, one.need.Queue = granted, granted, false
	if n.TTL > 0 {
		one.ends = now.Add(n.TTL)
	}
	if l.entries == nil {
		l.entries, l.local = map[string]*entry{}, map[engine.Charge]*entry{}
	}
	l.entries[one.charge.String()] = one
	if local != (engine.Charge{}) {
		l.local[local] = one
	}
	l.order = append(l.order, one)
	return one.charge
}

func (l *ledger) len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.order)
}

// find returns the entry of a charge that is not over.
func (l *ledger) find(id string, now time.Time) *entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	one := l.entries[id]
	if one == nil || one.done || !one.ends.IsZero() && !one.ends.After(now) {
		return nil
	}
	return one
}

// commit makes a charge stay, with what was used.
func (l *ledger) commit(one *entry, used int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	one.ends, one.need.TTL = time.Time{}, 0
	if used > 0 {
		one.need.Cost = min(one.need.Cost, used)
		one.need.Least = one.need.Cost
	}
}

// cancel ends a charge.
func (l *ledger) cancel(one *entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	one.done = true
}

// oldest returns up to n calls that are to be charged, and how many entries they and those that are over make.
func (l *ledger) oldest(n int, now time.Time) (calls []redis.Forced, entries int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, one := range l.order {
		if len(calls) == n {
			break
		}
		entries++
		if one.done {
			continue
		}
		need := one.need
		if !one.ends.IsZero() {
			need.TTL = one.ends.Sub(now)
			if need.TTL <= 0 {
				continue
			}
		}
		calls = append(calls, redis.Forced{Need: need, Charge: one.charge})
	}
	return calls, entries
}

// drop forgets the oldest entries, which are charged.
func (l *ledger) drop(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, one := range l.order[:n] {
		delete(l.entries, one.charge.String())
		delete(l.local, one.local)
	}
	clear(l.order[:n])
	l.order = l.order[n:]
	if len(l.order) == 0 {
		l.order = nil
	}
}
