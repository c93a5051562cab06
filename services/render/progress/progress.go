// Package progress says how far work of several stages is, and how long the rest takes.
//
// It promises: the percent never falls and the time left never rises; stages may run side by side; what comes from a
// cache counts at once, but not as speed; somebody who listens hears no more than four times a second, and at least
// every five seconds while [Tracker.Run] runs, even when nothing moves.
package progress

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/sheetreel/sheetreel/services/render/provider"
)

const (
	tellEvery = 250 * time.Millisecond
	beatEvery = 5 * time.Second
	// sure is the percent that must have been worked off before the time left is estimated.
	sure = 2.0
)

// Stage is a part of the work.
type Stage struct {
	Name string
	// Weight is its share of the whole, in any unit.
	Weight float64
}

// Tracker adds the stages up. It is safe for concurrent use.
type Tracker struct {
	tell func(provider.Progress)

	mu     sync.Mutex
	stages []stage
	total  float64 // weight of all stages
	began  time.Time
	gifts  float64 // percent that came from caches
	shown  provider.Progress
	told   time.Time
}

type stage struct {
	Stage
	begun bool
	part  float64 // 0 to 1
}

// New makes a tracker of stages in order. tell is called by one goroutine at a time and must return at once.
func New(tell func(provider.Progress), stages ...Stage) *Tracker {
	t := &Tracker{tell: tell}
	if tell == nil {
		t.tell = func(provider.Progress) {}
	}
	for _, s := range stages {
		t.stages = append(t.stages, stage{Stage: s})
		t.total += s.Weight
	}
	return t
}

// Work says that a part of a stage, from 0 to 1, is done. Going back counts for nothing.
func (t *Tracker) Work(name string, part float64) { t.advance(name, part, false) }

// Gift says the same of what cost no time.
func (t *Tracker) Gift(name string, part float64) { t.advance(name, part, true) }

func (t *Tracker) advance(name string, part float64, gift bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	if t.began.IsZero() {
		t.began = now
	}
	i := slices.IndexFunc(t.stages, func(s stage) bool { return s.Name == name })
	if i < 0 {
		return
	}
	s := &t.stages[i]
	before := s.part
	s.begun = true
	if part > s.part { // nor is NaN
		s.part = min(part, 1)
	}
	if gift {
		t.gifts += (s.part - before) * s.Weight / t.total * 100
	}
	t.show(now, s.part == 1 && before < 1)
}

// Run repeats what is known while nothing moves, until ctx ends.
func (t *Tracker) Run(ctx context.Context) {
	ticker := time.NewTicker(beatEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		t.mu.Lock()
		t.show(time.Now(), true)
		t.mu.Unlock()
	}
}

// show tells what is new, unless it was told just now. A stage that begins or ends is told at once.
func (t *Tracker) show(now time.Time, atOnce bool) {
	next := provider.Progress{Stage: t.current(), Percent: max(t.shown.Percent, t.percent())}
	next.ETA = t.left(now, next.Percent)
	if !atOnce && next.Stage == t.shown.Stage && now.Sub(t.told) < tellEvery {
		return
	}
	t.shown, t.told = next, now
	t.tell(next)
}

// percent is at most 100, which only the end of all stages gives.
func (t *Tracker) percent() float64 {
	done, all := 0.0, true
	for _, s := range t.stages {
		done += s.part * s.Weight
		all = all && s.part == 1
	}
	if all {
		return 100
	}
	return min(done/t.total*100, 99.9)
}

// current is the heaviest of the stages that are under way, which is what a person waits for; between two, the last that has begun.
func (t *Tracker) current() string {
	last, heaviest := "", stage{}
	for _, s := range t.stages {
		if !s.begun {
			continue
		}
		last = s.Name
		if s.part < 1 && s.Weight > heaviest.Weight {
			heaviest = s
		}
	}
	if heaviest.Name != "" {
		return heaviest.Name
	}
	return last
}

// left is how long the rest takes at the speed so far; 0 while that is not known.
func (t *Tracker) left(now time.Time, percent float64) time.Duration {
	worked, elapsed := percent-t.gifts, now.Sub(t.began)
	if worked < sure || elapsed <= 0 {
		return t.shown.ETA
	}
	eta := time.Duration(float64(elapsed) * (100 - percent) / worked)
	if t.shown.ETA > 0 {
		eta = min(eta, t.shown.ETA)
	}
	return eta
}
