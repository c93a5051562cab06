package decide

import (
	"slices"
	"sort"
	"time"
)

// SlidingLog remembers every grant for one period, so it is exact: no window of the period, wherever it begins,
// ever holds more than the capacity. It keeps 16 bytes per grant that is younger than the period.
type SlidingLog struct {
	capacity int64
	period   time.Duration
	seen     watermark
	used     int64
	grants   []grant // by time, one per instant, none older than the period
}

type grant struct {
	at   Instant
	cost int64
}

// NewSlidingLog makes a log that grants at most capacity (1 or more) in any window of period (above 0).
func NewSlidingLog(capacity int64, period time.Duration) *SlidingLog {
	return &SlidingLog{capacity: capacity, period: period, seen: earliest}
}

// Wait implements [Counter]: it is the time until enough of the oldest grants have left the window.
func (l *SlidingLog) Wait(now Instant, cost int64) time.Duration {
	if cost > l.capacity {
		return Never
	}
	l.expire(now)
	excess := l.used + cost - l.capacity
	var wait time.Duration
	for _, g := range l.grants {
		if excess <= 0 {
			break
		}
		excess -= g.cost
		wait = g.at.Add(l.period).Sub(now)
	}
	return wait
}

// Charge implements [Counter].
func (l *SlidingLog) Charge(now Instant, cost int64) Receipt {
	now = l.expire(now)
	l.used += cost
	if last := len(l.grants) - 1; last >= 0 && l.grants[last].at == now {
		l.grants[last].cost += cost
	} else {
		l.grants = append(l.grants, grant{now, cost})
	}
	return Receipt{Mark: now, Cost: cost}
}

// Refund implements [Counter]: it removes the grant from the log.
func (l *SlidingLog) Refund(now Instant, receipt Receipt) bool {
	l.expire(now)
	i := sort.Search(len(l.grants), func(i int) bool { return l.grants[i].at >= receipt.Mark })
	if i == len(l.grants) || l.grants[i].at != receipt.Mark {
		return false
	}
	back := min(receipt.Cost, l.grants[i].cost)
	l.used -= back
	l.grants[i].cost -= back
	if l.grants[i].cost == 0 {
		l.grants = slices.Delete(l.grants, i, i+1)
	}
	return true
}

// Left implements [Counter].
func (l *SlidingLog) Left(now Instant) (int64, time.Duration) {
	l.expire(now)
	if len(l.grants) == 0 {
		return l.capacity, 0
	}
	return l.capacity - l.used, l.grants[0].at.Add(l.period).Sub(now)
}

// Idle implements [Counter].
func (l *SlidingLog) Idle(now Instant) bool {
	l.expire(now)
	return len(l.grants) == 0
}

// expire forgets the grants that have left the window, and returns the time by which the log counts. A grant
// leaves exactly one period after it was made.
func (l *SlidingLog) expire(now Instant) Instant {
	now = l.seen.pass(now)
	gone := 0
	for gone < len(l.grants) && now.Sub(l.grants[gone].at) >= l.period {
		l.used -= l.grants[gone].cost
		gone++
	}
	l.grants = shrink(l.grants[gone:])
	return now
}
