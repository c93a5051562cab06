package scheduler

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
)

// scripted counts readings, and lets each wait for its turn.
type scripted struct {
	mu    sync.Mutex
	reads map[int]int
	turn  chan error
}

func (s *scripted) read(_ context.Context, after int) (step[int, int], error) {
	s.mu.Lock()
	s.reads[after]++
	s.mu.Unlock()
	return step[int, int]{next: after + 1, news: true}, <-s.turn
}

func TestWatchersAtOnePlaceShareAReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{reads: map[int]int{}, turn: make(chan error)}
		r := newReader[int, int]()
		changed := make(chan struct{})
		var group sync.WaitGroup
		watch := func(ctx context.Context, after int, wantErr error) {
			group.Go(func() {
				got, err := r.step(ctx, "topic", after, changed, s.read)
				if !errors.Is(err, wantErr) || err == nil && got.next != after+1 {
					t.Errorf("after %d: %+v, %v; want error %v", after, got, err, wantErr)
				}
			})
			synctest.Wait()
		}
		want := func(after, reads int) {
			t.Helper()
			if s.reads[after] != reads {
				t.Errorf("place %d was read %d times, want %d", after, s.reads[after], reads)
			}
		}
		for range 100 {
			watch(t.Context(), 1, nil)
		}
		gone, cancel := context.WithCancel(t.Context())
		watch(gone, 1, context.Canceled)
		cancel()
		s.turn <- nil
		group.Wait()
		want(1, 1)
		watch(t.Context(), 1, nil) // one who comes later
		want(1, 1)

		watch(t.Context(), 2, nil) // another place
		s.turn <- nil
		group.Wait()
		want(2, 1)

		changed = make(chan struct{}) // something has happened
		watch(t.Context(), 1, nil)
		s.turn <- nil
		group.Wait()
		want(1, 2)

		// The one who reads fails; one of those who wait for it reads then.
		odd := errors.New("odd")
		watch(t.Context(), 3, odd)
		for range 10 {
			watch(t.Context(), 3, nil)
		}
		s.turn <- odd
		s.turn <- nil
		group.Wait()
		want(3, 2)
	})
}
