package decide

import (
	"slices"
	"sort"
	"time"
)

// TokenBucket holds at most capacity tokens and refills evenly, the whole of it in one period. It is the generic
// cell rate algorithm (ITU-T I.371) in whole nanoseconds: a token is worth a time, and the bucket's debt is the
// time until it is full again. The time of a token is rounded up, so a bucket never refills too fast.
//
// Time pays the oldest charge first. A refund gives back what time has not paid of a charge, so a late refund
// cannot lift the bucket above what its refill allows. For that it keeps 16 bytes per charge not yet paid.
type TokenBucket struct {
	capacity int64
	token    time.Duration // the time in which one token refills
	seen     watermark
	charges  int64  // how many were made; the mark of the last one
	open     []debt // by mark, and so by due
}

// debt is a charge that time has not paid in full: it pays the charge in the time of its tokens up to due.
type debt struct {
	mark int64
	due  Instant
}

// NewTokenBucket makes a full bucket of capacity tokens (1 or more) that refills from empty to full in period
// (at least a nanosecond per token).
func NewTokenBucket(capacity int64, period time.Duration) *TokenBucket {
	token := (period + time.Duration(capacity) - 1) / time.Duration(capacity)
	return &TokenBucket{capacity: capacity, token: token, seen: earliest}
}

// Wait implements [Counter]: it is the time until the bucket holds enough tokens.
func (b *TokenBucket) Wait(now Instant, cost int64) time.Duration {
	if cost > b.capacity {
		return Never
	}
	counted := b.expire(now)
	short := b.full(counted).Sub(counted) - b.worth(b.capacity-cost)
	if short <= 0 {
		return 0
	}
	return counted.Add(short).Sub(now)
}

// Charge implements [Counter].
func (b *TokenBucket) Charge(now Instant, cost int64) Receipt {
	now = b.expire(now)
	b.charges++
	b.open = append(b.open, debt{mark: b.charges, due: b.full(now).Add(b.worth(cost))})
	return Receipt{Mark: Instant(b.charges), Cost: cost}
}

// Refund implements [Counter]: what is not yet paid of the charge is taken out, and later ones move forward.
func (b *TokenBucket) Refund(now Instant, receipt Receipt) bool {
	now = b.expire(now)
	i := sort.Search(len(b.open), func(i int) bool { return b.open[i].mark >= int64(receipt.Mark) })
	if i == len(b.open) || b.open[i].mark != int64(receipt.Mark) {
		return false
	}
	back := min(b.worth(receipt.Cost), b.open[i].due.Sub(now))
	b.open = slices.Delete(b.open, i, i+1)
	for j := i; j < len(b.open); j++ {
		b.open[j].due = b.open[j].due.Add(-back)
	}
	return true
}

// Left implements [Counter]. It counts whole tokens.
func (b *TokenBucket) Left(now Instant) (int64, time.Duration) {
	counted := b.expire(now)
	owed := b.full(counted).Sub(counted)
	if owed == 0 {
		return b.capacity, 0
	}
	missing := int64((owed + b.token - 1) / b.token)
	next := owed - b.worth(missing-1)
	return b.capacity - missing, counted.Add(next).Sub(now)
}

// Idle implements [Counter].
func (b *TokenBucket) Idle(now Instant) bool {
	b.expire(now)
	return len(b.open) == 0
}

// full is when the bucket is full again: the theoretical arrival time of the algorithm, or now.
func (b *TokenBucket) full(now Instant) Instant {
	if len(b.open) == 0 {
		return now
	}
	return b.open[len(b.open)-1].due
}

// worth is the time in which so many tokens refill.
func (b *TokenBucket) worth(tokens int64) time.Duration { return time.Duration(tokens) * b.token }

// expire forgets the charges that time has paid, and returns the time by which the bucket counts.
func (b *TokenBucket) expire(now Instant) Instant {
	now = b.seen.pass(now)
	paid := 0
	for paid < len(b.open) && b.open[paid].due <= now {
		paid++
	}
	b.open = shrink(b.open[paid:])
	return now
}
