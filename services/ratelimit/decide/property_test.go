package decide

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// limit is a drawn limit, small so that it is often full.
type limit struct {
	capacity int64
	period   time.Duration
	make     func(int64, time.Duration) Counter
}

func (l limit) counter() Counter { return l.make(l.capacity, l.period) }

func newLog(capacity int64, period time.Duration) Counter { return NewSlidingLog(capacity, period) }

func newBucket(capacity int64, period time.Duration) Counter { return NewTokenBucket(capacity, period) }

func newSlots(capacity int64, period time.Duration) Counter { return NewConcurrency(capacity, period) }

func newWindows(capacity int64, period time.Duration) Counter {
	return NewSlidingCounter(capacity, period)
}

func newCalendar(capacity int64, _ time.Duration) Counter { return NewCalendar(capacity, false, nil) }

// every are all algorithms.
var every = []func(int64, time.Duration) Counter{newLog, newBucket, newSlots, newWindows, newCalendar}

func drawLimit(t *rapid.T, makes ...func(int64, time.Duration) Counter) limit {
	return limit{
		capacity: rapid.Int64Range(1, 12).Draw(t, "capacity"),
		period:   time.Duration(rapid.Int64Range(12, 200).Draw(t, "period")),
		make:     rapid.SampledFrom(makes).Draw(t, "algorithm"),
	}
}

// event is a call that was granted.
type event struct {
	at       Instant // by the counter's time
	cost     int64
	receipt  Receipt
	refunded bool
}

// history plays random calls, refunds and clock steps, some backwards, on a counter. check is called before each
// call, with the latest time seen and what was granted so far.
func history(t *rapid.T, l limit, check func(c Counter, now, latest Instant, cost int64, events []event)) []event {
	c := l.counter()
	var events []event
	now, latest := Instant(0), Instant(earliest)
	for range rapid.IntRange(1, 60).Draw(t, "steps") {
		now = now.Add(time.Duration(rapid.OneOf(
			rapid.Just(int64(0)), rapid.Int64Range(0, 20), rapid.Int64Range(-50, 300),
		).Draw(t, "step")))
		latest = max(latest, now)
		c.Idle(now) // so that the counter has seen this time, whatever follows
		if len(events) > 0 && rapid.IntRange(0, 3).Draw(t, "refund?") == 0 {
			e := &events[rapid.IntRange(0, len(events)-1).Draw(t, "refund")]
			if !e.refunded {
				c.Refund(now, e.receipt)
				e.refunded = true
			}
			continue
		}
		cost := rapid.Int64Range(1, l.capacity).Draw(t, "cost")
		check(c, now, latest, cost, events)
		if c.Wait(now, cost) == 0 {
			events = append(events, event{at: latest, cost: cost, receipt: c.Charge(now, cost)})
		}
	}
	return events
}

func noCheck(Counter, Instant, Instant, int64, []event) {}

// A log is exactly the naive count: what was granted in the window that ends now, and not given back, plus the
// cost, fits or does not.
func TestSlidingLogIsTheNaiveCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLimit(t, newLog)
		history(t, l, func(c Counter, now, latest Instant, cost int64, events []event) {
			used := int64(0)
			for _, e := range events {
				if !e.refunded && latest.Sub(e.at) < l.period {
					used += e.cost
				}
			}
			if got, want := c.Wait(now, cost) == 0, used+cost <= l.capacity; got != want {
				t.Fatalf("at %d cost %d: granted %v, want %v with %d of %d used", now, cost, got, want, used, l.capacity)
			}
			if left, _ := c.Left(now); left != l.capacity-used {
				t.Fatalf("at %d: %d left, want %d", now, left, l.capacity-used)
			}
		})
	})
}

func TestNoWindowOfASlidingLogExceeds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLimit(t, newLog)
		events := kept(history(t, l, noCheck))
		for i, first := range events {
			sum := int64(0)
			for _, e := range events[i:] {
				if e.at.Sub(first.at) < l.period {
					sum += e.cost
				}
			}
			if sum > l.capacity {
				t.Fatalf("%d in the window from %d, capacity %d", sum, first.at, l.capacity)
			}
		}
	})
}

// Also when charges are given back late, what stays never exceeds the burst and the refill of any span of time.
func TestNoSpanOfATokenBucketExceeds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLimit(t, newBucket)
		events := kept(history(t, l, noCheck))
		token := (int64(l.period) + l.capacity - 1) / l.capacity
		for i, first := range events {
			sum := int64(0)
			for _, e := range events[i:] {
				sum += e.cost
				if span := int64(e.at.Sub(first.at)); (sum-l.capacity)*token > span {
					t.Fatalf("%d from %d to %d, capacity %d, a token in %d", sum, first.at, e.at, l.capacity, token)
				}
			}
		}
	})
}

// Without refunds a bucket is exactly the naive one: it loses no token either.
func TestTokenBucketIsTheNaiveBucket(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLimit(t, newBucket)
		c := l.counter()
		token := (int64(l.period) + l.capacity - 1) / l.capacity
		var now Instant
		debt := int64(0)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			step := rapid.Int64Range(0, 40).Draw(t, "step")
			cost := rapid.Int64Range(1, l.capacity).Draw(t, "cost")
			now = now.Add(time.Duration(step))
			debt = max(0, debt-step)
			if got, want := int64(c.Wait(now, cost)), max(0, debt+cost*token-l.capacity*token); got != want {
				t.Fatalf("at %d cost %d waits %d, want %d", now, cost, got, want)
			}
			if c.Wait(now, cost) == 0 {
				c.Charge(now, cost)
				debt += cost * token
			}
			if left, _ := c.Left(now); left != (l.capacity*token-debt)/token {
				t.Fatalf("at %d: %d left, debt %d, a token in %d", now, left, debt, token)
			}
		}
	})
}

func TestTheWaitIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLimit(t, every...)
		history(t, l, func(c Counter, now, _ Instant, cost int64, _ []event) {
			wait := c.Wait(now, cost)
			if wait == 0 {
				return
			}
			if early := clone(c).Wait(now.Add(wait-1), cost); early != 1 {
				t.Fatalf("at %d cost %d waits %d, and 1 before that %d", now, cost, wait, early)
			}
			if then := clone(c).Wait(now.Add(wait), cost); then != 0 {
				t.Fatalf("at %d cost %d waits %d, and then %d", now, cost, wait, then)
			}
		})
	})
}

func TestTheResetIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLimit(t, every...)
		history(t, l, func(c Counter, now, _ Instant, _ int64, _ []event) {
			left, reset := c.Left(now)
			if idle := c.Idle(now); idle != (reset == 0) || idle != (left == l.capacity) {
				t.Fatalf("at %d: %d of %d left, reset %d, idle %v", now, left, l.capacity, reset, idle)
			}
			if reset == 0 {
				return
			}
			if early, _ := clone(c).Left(now.Add(reset - 1)); early != left {
				t.Fatalf("at %d: %d left until %d, but %d just before", now, left, reset, early)
			}
			if then, _ := clone(c).Left(now.Add(reset)); then <= left {
				t.Fatalf("at %d: %d left until %d, and %d then", now, left, reset, then)
			}
		})
	})
}

func TestRefundAtOnceIsAsIfNothingHappened(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLimit(t, every...)
		history(t, l, func(c Counter, now, _ Instant, cost int64, _ []event) {
			if c.Wait(now, cost) > 0 {
				return
			}
			left, reset := c.Left(now)
			copied := clone(c)
			if !copied.Refund(now, copied.Charge(now, cost)) {
				t.Fatalf("at %d: nothing to refund of %d", now, cost)
			}
			leftAfter, resetAfter := copied.Left(now)
			if leftAfter != left || resetAfter != reset {
				t.Fatalf("at %d: left %d and reset %d became %d and %d", now, left, reset, leftAfter, resetAfter)
			}
		})
	})
}

// kept are the events that were not refunded.
func kept(events []event) []event {
	return slices.DeleteFunc(events, func(e event) bool { return e.refunded })
}

// clone copies a counter, so that looking ahead does not move the time of the original.
func clone(c Counter) Counter {
	copied := empty(c)
	copied.Restore(c.Export())
	return copied
}

// empty is a counter of the same limit.
func empty(c Counter) Counter {
	switch c := c.(type) {
	case *SlidingLog:
		return NewSlidingLog(c.capacity, c.period)
	case *Concurrency:
		return NewConcurrency(c.capacity, c.period)
	case *TokenBucket:
		return NewTokenBucket(c.capacity, c.token*time.Duration(c.capacity))
	case *SlidingCounter:
		return NewSlidingCounter(c.capacity, c.period)
	case *Calendar:
		return NewCalendar(c.capacity, c.monthly, c.zone)
	}
	panic("unknown counter")
}
