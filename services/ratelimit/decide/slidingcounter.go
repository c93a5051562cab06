package decide

import (
	"math/bits"
	"time"
)

// SlidingCounter estimates a sliding window from two fixed ones: what was used in the window before counts with the
// share of it that the sliding one still covers. This is Cloudflare's design ("Counting things, a lot of different
// things", 2017). It takes the same few bytes whatever the capacity.
//
// It is exact when the window before was used evenly. When not, it errs to both sides: a window of the period can hold
// at most twice the capacity less one, if all was used at the end of one window and as soon as possible in the
// next; and a call may wait up to a period for use that has left the window. In each fixed window it never exceeds.
type SlidingCounter struct {
	gate
	capacity int64
	period   time.Duration
	began    Instant // when the window began
	used     int64   // in the window
	before   int64   // in the one before
}

// NewSlidingCounter makes a counter of about capacity (1 or more) in a window of period (above 0).
func NewSlidingCounter(capacity int64, period time.Duration) *SlidingCounter {
	return &SlidingCounter{gate: newGate(), capacity: capacity, period: period, began: earliest}
}

// Room implements [Counter].
func (c *SlidingCounter) Room(now Instant) int64 {
	c.expire(now)
	if c.shut() {
		return 0
	}
	return max(c.capacity-c.estimate(), 0)
}

// estimate is what counts as used now, rounded up.
func (c *SlidingCounter) estimate() int64 {
	if c.before == 0 {
		return c.used
	}
	covered := uint64(c.period - c.seen.Sub(c.began))
	hi, lo := bits.Mul64(uint64(c.before), covered)
	lo, carry := bits.Add64(lo, uint64(c.period)-1, 0)
	share, _ := bits.Div64(hi+carry, lo, uint64(c.period))
	return c.used + int64(share)
}

// Wait implements [Counter]: it is the estimate turned round.
func (c *SlidingCounter) Wait(now Instant, cost int64) time.Duration {
	if cost > c.capacity {
		return Never
	}
	counted := c.expire(now)
	if c.estimate()+cost <= c.capacity {
		return c.until(now, counted)
	}
	if c.used+cost <= c.capacity {
		return c.until(now, c.fades(c.began, c.before, c.capacity-c.used-cost))
	}
	return c.until(now, c.fades(c.began.Add(c.period), c.used, c.capacity-cost))
}

// fades is when, in the window that begins then, no more than some of what was used before it counts.
func (c *SlidingCounter) fades(began Instant, before, some int64) Instant {
	if before <= some {
		return began
	}
	hi, lo := bits.Mul64(uint64(some), uint64(c.period))
	covered, _ := bits.Div64(hi, lo, uint64(before))
	return began.Add(c.period - time.Duration(covered))
}

// Charge implements [Counter]. The first window begins with the first charge.
func (c *SlidingCounter) Charge(now Instant, cost int64) Receipt {
	now = c.expire(now)
	if c.used == 0 && c.before == 0 {
		c.began = now
	}
	c.used += cost
	return Receipt{Mark: c.began, Cost: cost}
}

// Refund implements [Counter].
func (c *SlidingCounter) Refund(now Instant, receipt Receipt) bool {
	c.expire(now)
	window := &c.used
	switch receipt.Mark {
	case c.began:
	case c.began.Add(-c.period):
		window = &c.before
	default:
		return false
	}
	back := min(receipt.Cost, *window)
	*window -= back
	return back > 0
}

// Settle implements [Counter].
func (c *SlidingCounter) Settle(now Instant, receipt Receipt, used int64) {
	if used < receipt.Cost {
		c.Refund(now, Receipt{Mark: receipt.Mark, Cost: receipt.Cost - used})
	}
}

// Left implements [Counter].
func (c *SlidingCounter) Left(now Instant) (int64, time.Duration) { return left(c, now, c.capacity) }

// Idle implements [Counter].
func (c *SlidingCounter) Idle(now Instant) bool {
	c.expire(now)
	return c.used == 0 && c.before == 0 && !c.shut()
}

// Resize implements [Counter]. With another period all that counts now begins a window, and what was charged before can
// no longer be refunded.
func (c *SlidingCounter) Resize(now Instant, capacity int64, period time.Duration) {
	now = c.expire(now)
	if period != c.period && (c.used > 0 || c.before > 0) {
		c.used, c.before, c.began = c.estimate(), 0, now
	}
	c.capacity, c.period = capacity, period
}

// Export implements [Counter].
func (c *SlidingCounter) Export() State {
	return State{Seen: c.seen, Closed: c.closed, Began: c.began, Used: c.used, Before: c.before}
}

// Restore implements [Counter].
func (c *SlidingCounter) Restore(s State) {
	c.gate, c.began, c.used, c.before = gate{s.Seen, s.Closed}, s.Began, s.Used, s.Before
}

// Trim implements [Counter].
func (c *SlidingCounter) Trim() {}

// expire moves on to the window of now.
func (c *SlidingCounter) expire(now Instant) Instant {
	now = c.pass(now)
	if c.used == 0 && c.before == 0 {
		return now
	}
	switch passed := now.Sub(c.began) / c.period; {
	case passed == 0:
	case passed == 1:
		c.before, c.used, c.began = c.used, 0, c.began.Add(c.period)
	default:
		c.before, c.used, c.began = 0, 0, now
	}
	return now
}
