package load

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// Lag measures how long jobs wait until they start.
type Lag struct {
	mu     sync.Mutex
	queued map[int]time.Time
	times  []time.Duration
	moved  chan struct{} // has an element after each start
}

// NewLag makes an empty measurement.
func NewLag() *Lag { return &Lag{queued: map[int]time.Time{}, moved: make(chan struct{}, 1)} }

// Queued says that job i is about to be handed in.
func (l *Lag) Queued(i int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.queued[i] = time.Now()
}

// Started says that job i starts.
func (l *Lag) Started(i int) {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if at, ok := l.queued[i]; ok {
		l.times = append(l.times, now.Sub(at))
		delete(l.queued, i)
	}
	select {
	case l.moved <- struct{}{}:
	default:
	}
}

// Wait waits until everything that is queued has started.
func (l *Lag) Wait(ctx context.Context, most time.Duration) error {
	late := time.NewTimer(most)
	defer late.Stop()
	for {
		l.mu.Lock()
		left := len(l.queued)
		l.mu.Unlock()
		if left == 0 {
			return nil
		}
		select {
		case <-l.moved:
		case <-late.C:
			return fmt.Errorf("%d jobs have not started after %v", left, most)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Times are the waits, in the order of the starts.
func (l *Lag) Times() []time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]time.Duration(nil), l.times...)
}

// Pace yields 0, 1, 2, ... n-1 at a rate a second, at irregular moments, so that no poller of anybody is in step with
// it. It ends early with ctx.
func Pace(ctx context.Context, n int, rate float64) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		mean := time.Duration(float64(time.Second) / rate)
		timer := time.NewTimer(0)
		defer timer.Stop()
		for i := range n {
			select {
			case <-timer.C:
			case <-ctx.Done():
				return
			}
			timer.Reset(mean/2 + rand.N(mean))
			if !yield(i) {
				return
			}
		}
	}
}
