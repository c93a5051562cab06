package outage

import (
	"sync"

	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

// maxShares bounds the counters that are given out in one outage, and the limits that are made for it.
const maxShares = 200_000

// shares are the limits of an outage.
type shares struct {
	mu     sync.Mutex
	limits map[sharedLimit]*rule.Limit
	begun  map[engine.Place]bool // the counters that were used up at the beginning
}

type sharedLimit struct {
	of       *rule.Limit
	capacity int64
}

// begin begins an outage.
func (s *shares) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limits, s.begun = map[sharedLimit]*rule.Limit{}, map[engine.Place]bool{}
}

// limit is a limit with another capacity, always the same one.
func (s *shares) limit(of *rule.Limit, capacity int64) *rule.Limit {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := sharedLimit{of, capacity}
	if l := s.limits[key]; l != nil {
		return l
	}
	l := *of
	l.Capacity = capacity
	if len(s.limits) >= maxShares {
		s.limits = nil
	}
	if s.limits == nil {
		s.limits = map[sharedLimit]*rule.Limit{}
	}
	s.limits[key] = &l
	return &l
}

// first calls f when a counter is used for the first time in this outage. It returns false when there are too many.
func (s *shares) first(place engine.Place, f func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.begun[place] {
		return true
	}
	if len(s.begun) >= maxShares {
		return false
	}
	if s.begun == nil {
		s.begun = map[engine.Place]bool{}
	}
	f()
	s.begun[place] = true
	return true
}
