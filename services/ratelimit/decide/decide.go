// Package decide is the arithmetic of rate limits: given the time, may this much happen now, and if not, when.
//
// It promises to be exact. A [SlidingLog] never lets a window of its period hold more than its capacity. A
// [TokenBucket] never grants more than its capacity plus its refill. A [Calendar] never grants more in a day or month,
// a [Concurrency] never more at once. A [SlidingCounter] is an estimate, and says how far off it can be. A waiting time
// is the smallest one: at it the call is granted, a nanosecond before it is refused.
//
// It is pure: time is an argument, there is no I/O and no lock. A counter belongs to one caller at a time.
// Inside a counter time never runs backwards: an earlier time than the last one counts as the last one.
package decide

import (
	"math"
	"time"
)

// Instant is a point in time: nanoseconds since a moment that the caller chose, the same for all counters that
// meet in one decision, by a monotonic clock. A [Calendar] alone goes by the wall clock: its instants are nanoseconds
// since 1970 in UTC. Waiting times are differences, so those of both kinds can be compared.
type Instant int64

// Add returns the instant d later.
func (i Instant) Add(d time.Duration) Instant { return i + Instant(d) }

// Sub returns the time from j to i.
func (i Instant) Sub(j Instant) time.Duration { return time.Duration(i - j) }

// Never is the waiting time of a cost that no waiting can grant.
const Never = time.Duration(math.MaxInt64)

// Counter counts what happened under one limit for one key. Costs are 1 or more.
type Counter interface {
	// Room tells the largest cost that is granted now, 0 or more.
	Room(now Instant) int64
	// Wait tells how long after now a call of this cost is granted if nothing else happens: 0 means now, Never
	// means that the cost is above the capacity.
	Wait(now Instant, cost int64) time.Duration
	// Charge counts a call. More than there is room for is counted too: it is for a caller that knows of calls which
	// another has let through.
	Charge(now Instant, cost int64) Receipt
	// Refund takes a charge back, as far as time has not freed it already, and returns whether anything was left
	// of it. A receipt may be refunded or settled once.
	Refund(now Instant, receipt Receipt) bool
	// Settle ends a charge of which only used, 0 or more, was used: the rest is refunded. What is in flight has landed.
	Settle(now Instant, receipt Receipt, used int64)
	// Left tells how much is left now, and after what time more is free; that time is 0 when all is free.
	Left(now Instant) (int64, time.Duration)
	// Idle tells whether the counter is as if nothing had ever happened, so that it can be forgotten.
	Idle(now Instant) bool
	// Drain leaves nothing until an instant. What is counted stays.
	Drain(now, until Instant)
	// Resize goes by another capacity and period from now on, and keeps what was used. A Calendar keeps its period.
	Resize(now Instant, capacity int64, period time.Duration)
	// Export returns what is counted.
	Export() State
	// Restore makes the counter count what another of the same kind, capacity and period exported.
	Restore(State)
	// Trim gives back memory that a busy time has left.
	Trim()
}

// Receipt names one charge to the counter that made it.
type Receipt struct {
	// Mark is unique among the charges of a counter, or the time of the charge.
	Mark Instant
	// Cost is what was charged.
	Cost int64
}
