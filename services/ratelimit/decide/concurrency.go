package decide

import "time"

// Concurrency counts what is in flight: at most so much at once. A slot is free again when its charge is refunded or
// settled, or else after a period, for an owner that never came back. It is a [SlidingLog] whose grants leave early.
type Concurrency struct{ SlidingLog }

// NewConcurrency makes a counter of at most capacity (1 or more) in flight, each for at most period (above 0).
func NewConcurrency(capacity int64, period time.Duration) *Concurrency {
	return &Concurrency{*NewSlidingLog(capacity, period)}
}

// Settle implements [Counter]: whatever was used, it is no longer in flight.
func (c *Concurrency) Settle(now Instant, receipt Receipt, _ int64) { c.Refund(now, receipt) }
