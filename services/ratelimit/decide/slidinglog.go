package decide

import (
	"sort"
	"time"

	"github.com/sheetreel/sheetreel/services/ratelimit/ring"
)

// SlidingLog remembers every grant for one period, so it is exact: no window of the period, wherever it begins,
// ever holds more than the capacity. It keeps 16 bytes per grant that is younger than the period.
type SlidingLog struct {
	gate
	capacity int64
	period   time.Duration
	used     int64
	grants   ring.Queue[grant] // by time, one per instant, none older than the period
}

type grant struct {
	at   Instant
	cost int64
}

// NewSlidingLog makes a log that grants at most capacity (1 or more) in any window of period (above 0).
func NewSlidingLog(capacity int64, period time.Duration) *SlidingLog {
	return &SlidingLog{gate: newGate(), capacity: capacity, period: period}
}

// Room implements [Counter].
func (l *SlidingLog) Room(now Instant) int64 {
	l.expire(now)
	if l.shut() {
		return 0
	}
	return max(l.capacity-l.used, 0)
}

// Wait implements [Counter]: it is the time until enough of the oldest grants have left the window.
func (l *SlidingLog) Wait(now Instant, cost int64) time.Duration {
	if cost > l.capacity {
		return Never
	}
	free := l.expire(now)
	excess := l.used + cost - l.capacity
	for i := 0; excess > 0; i++ {
		g := l.grants.At(i)
		excess -= g.cost
		free = g.at.Add(l.period)
	}
	return l.until(now, free)
}

// Charge implements [Counter].
func (l *SlidingLog) Charge(now Instant, cost int64) Receipt {
	now = l.expire(now)
	l.used += cost
	if l.grants.Len() > 0 && l.grants.Last().at == now {
		l.grants.Last().cost += cost
	} else {
		l.grants.Push(grant{now, cost})
	}
	return Receipt{Mark: now, Cost: cost}
}

// Refund implements [Counter]: it removes the grant from the log.
func (l *SlidingLog) Refund(now Instant, receipt Receipt) bool {
	l.expire(now)
	i := sort.Search(l.grants.Len(), func(i int) bool { return l.grants.At(i).at >= receipt.Mark })
	if i == l.grants.Len() || l.grants.At(i).at != receipt.Mark {
		return false
	}
	g := l.grants.At(i)
	back := min(receipt.Cost, g.cost)
	l.used -= back
	g.cost -= back
	if g.cost == 0 {
		l.grants.Remove(i)
	}
	return true
}

// Settle implements [Counter].
func (l *SlidingLog) Settle(now Instant, receipt Receipt, used int64) {
	if used < receipt.Cost {
		l.Refund(now, Receipt{Mark: receipt.Mark, Cost: receipt.Cost - used})
	}
}

// Left implements [Counter].
func (l *SlidingLog) Left(now Instant) (int64, time.Duration) { return left(l, now, l.capacity) }

// Idle implements [Counter].
func (l *SlidingLog) Idle(now Instant) bool {
	l.expire(now)
	return l.grants.Len() == 0 && !l.shut()
}

// Resize implements [Counter]. A grant that has left the shorter window does not come back in a longer one.
func (l *SlidingLog) Resize(now Instant, capacity int64, period time.Duration) {
	l.expire(now)
	l.capacity, l.period = capacity, period
}

// Export implements [Counter].
func (l *SlidingLog) Export() State {
	s := State{Seen: l.seen, Closed: l.closed, Entries: make([]Entry, l.grants.Len())}
	for i := range s.Entries {
		s.Entries[i] = Entry{At: l.grants.At(i).at, Cost: l.grants.At(i).cost}
	}
	return s
}

// Restore implements [Counter].
func (l *SlidingLog) Restore(s State) {
	l.gate = gate{s.Seen, s.Closed}
	l.used, l.grants = 0, ring.Queue[grant]{}
	for _, e := range s.Entries {
		l.used += e.Cost
		l.grants.Push(grant{e.At, e.Cost})
	}
}

// Trim implements [Counter].
func (l *SlidingLog) Trim() { l.grants.Trim() }

// expire forgets the grants that have left the window, and returns the time by which the log counts. A grant
// leaves exactly one period after it was made.
func (l *SlidingLog) expire(now Instant) Instant {
	now = l.pass(now)
	gone := 0
	for gone < l.grants.Len() && now.Sub(l.grants.At(gone).at) >= l.period {
		l.used -= l.grants.At(gone).cost
		gone++
	}
	l.grants.Drop(gone)
	return now
}
