package former

import (
	"fmt"
	"hash/maphash"
	"math"
	"time"

	"github.com/sheetreel/sheetreel/services/ratelimit/decide"
)

// Entry is a call to reserve for.
type Entry struct {
	// Key is the caller's name for it.
	Key string
	// Descriptors are what it concerns.
	Descriptors map[string]string
	// Cost is 1 or more.
	Cost int64
}

// Outcome is the answer to an entry.
type Outcome struct {
	// ID names the reservation; empty when no limit counts the call.
	ID string
	// Life is the time until it is refunded.
	Life time.Duration
	// Err is why nothing was charged: [*ExhaustedError], [*CostError], [*KeyReusedError] or [ErrFull]. Nil when the
	// call is granted.
	Err error
}

// KeyReusedError says that another call was reserved under the same key.
type KeyReusedError struct{ Key string }

func (e *KeyReusedError) Error() string {
	return fmt.Sprintf("key %s: another call was reserved under it", e.Key)
}

// Reserve charges entries in their order, each to all limits that count it or to none, until ttl is over. A key whose
// reservation lasts gives that one again and charges nothing; so does a committed one until its ttl is over.
func (e *Engine) Reserve(entries []Entry, ttl time.Duration) []Outcome {
	outcomes := make([]Outcome, len(entries))
	r := e.reservations
	r.mu.Lock()
	defer r.mu.Unlock()
	now := e.now()
	e.refundBefore(now)
	for i, entry := range entries {
		hash := e.hash(entry)
		if one := r.keys[entry.Key]; one != nil {
			if one.hash != hash {
				outcomes[i].Err = &KeyReusedError{Key: entry.Key}
				continue
			}
			outcomes[i] = Outcome{ID: r.id(one.number), Life: max(one.expires.Sub(now), 0)}
			continue
		}
		outcomes[i] = e.reserve(entry, hash, ttl)
	}
	return outcomes
}

// reserve charges an entry with a new key.
func (e *Engine) reserve(entry Entry, hash uint64, ttl time.Duration) Outcome {
	d := e.match(entry.Descriptors)
	if len(d.keys) == 0 {
		return Outcome{}
	}
	if err := e.checkCost(d, entry.Cost); err != nil {
		return Outcome{Err: err}
	}
	charges, now, err := e.decide(d, entry.Cost, nil)
	if err != nil {
		return Outcome{Err: err}
	}
	one := &reservation{key: entry.Key, hash: hash, expires: now.Add(ttl), charges: charges}
	e.reservations.put(one)
	return Outcome{ID: e.reservations.id(one.number), Life: ttl}
}

// hash tells entries of the same key apart. The order of descriptors does not matter to it.
func (e *Engine) hash(entry Entry) uint64 {
	sum := maphash.Comparable(e.seed, entry.Cost)
	for name, value := range entry.Descriptors {
		sum += maphash.Comparable(e.seed, [2]string{name, value})
	}
	return sum
}

// Commit makes reservations stay charged. It returns the ids of those that cannot: unknown, expired, or cancelled.
func (e *Engine) Commit(ids []string) []string {
	r := e.reservations
	r.mu.Lock()
	defer r.mu.Unlock()
	e.refundBefore(e.now())
	var not []string
	for _, id := range ids {
		one := r.find(id)
		if one == nil {
			not = append(not, id)
			continue
		}
		one.committed, one.charges = true, nil
	}
	return not
}

// CancelReservations gives back what reservations were charged, as far as time has not freed it already. It returns
// the ids of those with nothing to give back: unknown, expired, cancelled before, or committed.
func (e *Engine) CancelReservations(ids []string) []string {
	r := e.reservations
	r.mu.Lock()
	defer r.mu.Unlock()
	e.refundBefore(e.now())
	var not []string
	for _, id := range ids {
		one := r.find(id)
		if one == nil || one.committed {
			not = append(not, id)
			continue
		}
		r.drop(one)
		e.refund(one.charges, e.now)
	}
	return not
}

// refundExpired refunds the reservations whose time is over; without any it costs next to nothing.
func (e *Engine) refundExpired() {
	next := e.reservations.next.Load()
	if next == math.MaxInt64 {
		return
	}
	if now := e.now(); decide.Instant(next) <= now {
		e.reservations.mu.Lock()
		defer e.reservations.mu.Unlock()
		e.refundBefore(now)
	}
}

// refundBefore refunds what has expired until now, the first first, each as of the time at which it expired. The
// counters may not have seen a later time, or their answer would depend on when this is done; so it is the first
// thing in each call. The caller holds the reservations' lock.
func (e *Engine) refundBefore(now decide.Instant) {
	r := e.reservations
	for len(r.expiry) > 0 && r.expiry[0].expires <= now {
		one := r.expiry[0]
		r.drop(one)
		if !one.committed {
			e.refund(one.charges, func() decide.Instant { return one.expires })
		}
	}
}
