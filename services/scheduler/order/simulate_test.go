package order

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
)

// party is a user of the simulation.
type party struct {
	weight  float64
	lane    Lane
	waiting []job         // in order
	most    time.Duration // the largest share
	given   time.Duration // the shares given out
}

type job struct {
	queued time.Time
	share  time.Duration
	number int
}

// simulation gives jobs of users out in the order of their keys.
type simulation struct {
	parties []*party
	clock   time.Time // the newest claimed
	now     time.Time
	number  int
	both    map[[2]int]time.Duration // how far the one was ahead of the other when both began to have something waiting
}

func (s *simulation) append(p *party, cost time.Duration) {
	idle := !slices.ContainsFunc(s.parties, func(p *party) bool { return len(p.waiting) > 0 })
	c := Clock{Claimed: s.clock, Idle: idle}
	share := time.Duration(float64(cost) / p.weight).Round(time.Millisecond)
	queued := p.lane.Next(&c, s.now)
	p.lane.Charge(queued, share)
	s.clock = c.Claimed
	s.number++
	p.waiting = append(p.waiting, job{queued, share, s.number})
	p.most = max(p.most, share)
}

// claim gives the first out, and tells whose it was.
func (s *simulation) claim() *party {
	var of *party
	for _, p := range s.parties {
		if len(p.waiting) == 0 {
			continue
		}
		if of == nil || before(p.waiting[0], of.waiting[0]) {
			of = p
		}
	}
	if of != nil {
		j := of.waiting[0]
		of.waiting = of.waiting[1:]
		of.given += j.share
		s.clock = later(s.clock, j.queued)
	}
	return of
}

func before(a, b job) bool {
	if a.queued.Equal(b.queued) {
		return a.number < b.number
	}
	return a.queued.Before(b.queued)
}

// While two users have jobs waiting, what they were given, by weight, differs by one job of each at most, whatever they
// send and whoever else comes and goes. The jobs are given out, so it does not matter how many run at once.
func TestLagIsBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &simulation{now: noon, both: map[[2]int]time.Duration{}}
		for range rapid.IntRange(2, 6).Draw(t, "users") {
			s.parties = append(s.parties, &party{weight: rapid.SampledFrom([]float64{0.5, 1, 2, 3}).Draw(t, "weight")})
		}
		cost := rapid.Int64Range(1, 120)
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			if rapid.Bool().Draw(t, "append") {
				p := s.parties[rapid.IntRange(0, len(s.parties)-1).Draw(t, "user")]
				for range rapid.IntRange(1, 20).Draw(t, "jobs") {
					s.append(p, time.Duration(cost.Draw(t, "cost"))*time.Second)
				}
				s.observe()
				continue
			}
			s.claim()
			// The present moves, but not so fast that the horizon passes the clock: then age counts, not the share.
			s.now = s.now.Add(time.Duration(rapid.Int64Range(0, 1000).Draw(t, "ms")) * time.Millisecond)
			if s.now.Add(-Horizon).After(s.clock) {
				return
			}
			s.check(t)
			s.observe()
		}
	})
}

// observe notes which two have something waiting, and since when.
func (s *simulation) observe() {
	for i, a := range s.parties {
		for j, b := range s.parties {
			k := [2]int{i, j}
			if _, ok := s.both[k]; len(a.waiting) == 0 || len(b.waiting) == 0 {
				delete(s.both, k)
			} else if !ok {
				s.both[k] = a.given - b.given
			}
		}
	}
}

func (s *simulation) check(t *rapid.T) {
	for k, before := range s.both {
		a, b := s.parties[k[0]], s.parties[k[1]]
		// The clock begins a millisecond before the first.
		if lag := a.given - b.given - before; lag > a.most+b.most+time.Millisecond {
			t.Fatalf("one user is %v ahead of another, with shares of at most %v and %v", lag, a.most, b.most)
		}
	}
}

func TestWeightsHold(t *testing.T) {
	s := &simulation{now: noon, parties: []*party{{weight: 1}, {weight: 3}}}
	given := map[*party]int{}
	for _, p := range s.parties {
		for range 1000 {
			s.append(p, usualCost)
		}
	}
	for range 400 {
		given[s.claim()]++
	}
	if one, three := given[s.parties[0]], given[s.parties[1]]; one < 99 || one > 101 || one+three != 400 {
		t.Errorf("weights 1 and 3 were given %d and %d of 400", one, three)
	}
}

// Whoever comes to a long queue of another goes next, also when nothing of it was given out yet.
func TestNewcomerGoesNext(t *testing.T) {
	for _, given := range []int{0, 1, 1000} {
		s := &simulation{now: noon, parties: []*party{{weight: 1}, {weight: 1}}}
		for range 10_000 {
			s.append(s.parties[0], usualCost)
		}
		for range given {
			s.claim()
		}
		s.now = s.now.Add(time.Second)
		s.append(s.parties[1], usualCost)
		if s.claim() != s.parties[1] {
			t.Errorf("after %d given out: the newcomer is not the next one", given)
		}
	}
}

func TestQueuedIsTheInverseOfKey(t *testing.T) {
	for _, p := range []ingestv1.Priority{ingestv1.Priority_URGENT, ingestv1.Priority_NORMAL, ingestv1.Priority_LOW} {
		if got := offsets.Queued(offsets.Key(noon, p), p); !got.Equal(noon) {
			t.Errorf("%v: queued at %v, want %v", p, got, noon)
		}
	}
}
