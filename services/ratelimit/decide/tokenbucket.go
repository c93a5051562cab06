package decide

import (
	"math"
	"math/bits"
	"sort"
	"time"

	"github.com/sheetreel/sheetreel/services/ratelimit/ring"
)

// TokenBucket holds at most capacity tokens and refills evenly, the whole of it in one period. It is the generic
// cell rate algorithm (ITU-T I.371) in whole nanoseconds: a token is worth a time, and the bucket's debt is the
// time until it is full again. The time of a token is rounded up, so a bucket never refills too fast.
//
// Time pays the oldest charge first. A refund gives back what time has not paid of a charge, so a late refund
// cannot lift the bucket above what its refill allows. For that it keeps 16 bytes per charge not yet paid.
type TokenBucket struct {
	gate
	capacity int64
	token    time.Duration    // the time in which one token refills
	newest   Instant          // the mark of the last charge
	open     ring.Queue[debt] // by mark, and so by due
}

// debt is a charge that time has not paid in full: it pays the charge in the time of its tokens up to due.
type debt struct {
	mark Instant
	due  Instant
}

// NewTokenBucket makes a full bucket of capacity tokens (1 or more) that refills from empty to full in period
// (at least a nanosecond per token).
func NewTokenBucket(capacity int64, period time.Duration) *TokenBucket {
	return &TokenBucket{gate: newGate(), capacity: capacity, token: tokenTime(capacity, period), newest: earliest}
}

func tokenTime(capacity int64, period time.Duration) time.Duration {
	return (period + time.Duration(capacity) - 1) / time.Duration(capacity)
}

// Room implements [Counter]. It counts whole tokens.
func (b *TokenBucket) Room(now Instant) int64 {
	now = b.expire(now)
	if b.shut() {
		return 0
	}
	owed := b.full(now).Sub(now)
	return max(b.capacity-int64((owed+b.token-1)/b.token), 0)
}

// Wait implements [Counter]: it is the time until the bucket holds enough tokens.
func (b *TokenBucket) Wait(now Instant, cost int64) time.Duration {
	if cost > b.capacity {
		return Never
	}
	counted := b.expire(now)
	return b.until(now, b.full(counted).Add(-b.worth(b.capacity-cost)))
}

// Charge implements [Counter]. A mark is never before the time of its charge, so that it is unique over restarts.
func (b *TokenBucket) Charge(now Instant, cost int64) Receipt {
	now = b.expire(now)
	b.newest = max(b.newest+1, now)
	b.open.Push(debt{mark: b.newest, due: b.full(now).Add(b.worth(cost))})
	return Receipt{Mark: b.newest, Cost: cost}
}

// Refund implements [Counter]: what is not yet paid of the charge is taken out, and later ones move forward.
func (b *TokenBucket) Refund(now Instant, receipt Receipt) bool {
	return b.giveBack(b.expire(now), receipt.Mark, receipt.Cost)
}

// Settle implements [Counter].
func (b *TokenBucket) Settle(now Instant, receipt Receipt, used int64) {
	if used < receipt.Cost {
		b.giveBack(b.expire(now), receipt.Mark, receipt.Cost-used)
	}
}

func (b *TokenBucket) giveBack(now, mark Instant, tokens int64) bool {
	i := sort.Search(b.open.Len(), func(i int) bool { return b.open.At(i).mark >= mark })
	if i == b.open.Len() || b.open.At(i).mark != mark {
		return false
	}
	unpaid := b.unpaid(now, i)
	back := min(b.worth(tokens), unpaid)
	for j := i; j < b.open.Len(); j++ {
		b.open.At(j).due -= Instant(back)
	}
	if back == unpaid {
		b.open.Remove(i)
	}
	return true
}

// unpaid is what time has not paid of a debt.
func (b *TokenBucket) unpaid(now Instant, i int) time.Duration {
	begins := now
	if i > 0 {
		begins = max(now, b.open.At(i-1).due)
	}
	return b.open.At(i).due.Sub(begins)
}

// Left implements [Counter].
func (b *TokenBucket) Left(now Instant) (int64, time.Duration) { return left(b, now, b.capacity) }

// Idle implements [Counter].
func (b *TokenBucket) Idle(now Instant) bool {
	b.expire(now)
	return b.open.Len() == 0 && !b.shut()
}

// Resize implements [Counter]: the tokens owed stay, and are paid at the new pace.
func (b *TokenBucket) Resize(now Instant, capacity int64, period time.Duration) {
	now = b.expire(now)
	token := tokenTime(capacity, period)
	due := now
	before := now
	for i := range b.open.Len() {
		d := b.open.At(i)
		owed := d.due.Sub(before)
		before = d.due
		due = due.Add(scale(owed, token, b.token))
		d.due = due
	}
	b.capacity, b.token = capacity, token
}

// scale is d x by / from, rounded up; a century if it would be more.
func scale(d, by, from time.Duration) time.Duration {
	const century = 100 * 365 * 24 * time.Hour
	hi, lo := bits.Mul64(uint64(d), uint64(by))
	lo, carry := bits.Add64(lo, uint64(from)-1, 0)
	hi += carry
	if hi >= uint64(from) {
		return century
	}
	quotient, _ := bits.Div64(hi, lo, uint64(from))
	return time.Duration(min(quotient, uint64(century), math.MaxInt64))
}

// Export implements [Counter].
func (b *TokenBucket) Export() State {
	s := State{Seen: b.seen, Closed: b.closed, Began: b.newest, Entries: make([]Entry, b.open.Len())}
	for i := range s.Entries {
		s.Entries[i] = Entry{At: b.open.At(i).mark, Due: b.open.At(i).due}
	}
	return s
}

// Restore implements [Counter].
func (b *TokenBucket) Restore(s State) {
	b.gate, b.newest = gate{s.Seen, s.Closed}, s.Began
	b.open = ring.Queue[debt]{}
	for _, e := range s.Entries {
		b.open.Push(debt{e.At, e.Due})
	}
}

// Trim implements [Counter].
func (b *TokenBucket) Trim() { b.open.Trim() }

// full is when the bucket is full again: the theoretical arrival time of the algorithm, or now.
func (b *TokenBucket) full(now Instant) Instant {
	if b.open.Len() == 0 {
		return now
	}
	return b.open.Last().due
}

// worth is the time in which so many tokens refill.
func (b *TokenBucket) worth(tokens int64) time.Duration { return time.Duration(tokens) * b.token }

// expire forgets the charges that time has paid, and returns the time by which the bucket counts.
func (b *TokenBucket) expire(now Instant) Instant {
	now = b.pass(now)
	paid := 0
	for paid < b.open.Len() && b.open.At(paid).due <= now {
		paid++
	}
	b.open.Drop(paid)
	return now
}
