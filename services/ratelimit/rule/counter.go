package rule

import "github.com/sheetreel/sheetreel/services/ratelimit/decide"

// Counter makes the counter of one key. A Calendar's goes by the wall clock, see [decide.Instant].
func (l *Limit) Counter() decide.Counter {
	switch l.Algorithm {
	case TokenBucket:
		return decide.NewTokenBucket(l.Capacity, l.Period)
	case SlidingCounter:
		return decide.NewSlidingCounter(l.Capacity, l.Period)
	case Calendar:
		return decide.NewCalendar(l.Capacity, l.Unit == Month, l.Zone)
	case Concurrency:
		return decide.NewConcurrency(l.Capacity, l.Period)
	}
	return decide.NewSlidingLog(l.Capacity, l.Period)
}

// SameCount tells whether what was counted under the other limit can go on under this one, at most with another
// capacity or period.
func (l *Limit) SameCount(other *Limit) bool {
	return l.Algorithm == other.Algorithm && l.Unit == other.Unit && zoneName(l) == zoneName(other)
}

func zoneName(l *Limit) string {
	if l.Zone == nil {
		return "UTC"
	}
	return l.Zone.String()
}
