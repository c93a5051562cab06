package scheduler

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// keys names n reservations and opens them at the limiter.
func keys(a *allowance, n int) []string {
	var ids []string
	for range n {
		id := fmt.Sprint("r", len(a.open))
		a.open[id] = nil
		ids = append(ids, id)
	}
	return ids
}

func settlerOf(a *allowance) *settler { return newSettler(a, slog.New(slog.DiscardHandler)) }

func TestACommitIsTriedWhileItsReservationLasts(t *testing.T) {
	tests := []struct {
		name      string
		failures  int
		code      codes.Code
		committed int
	}{
		{"at once", 0, codes.OK, 5},
		{"the limiter comes back", 7, codes.Unavailable, 5},
		{"the limiter stays away", 8, codes.Unavailable, 0},
		{"the limiter refuses", 1, codes.InvalidArgument, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := newAllowance(nil)
				tries := 0
				a.commit = func() error {
					if tries++; tries <= test.failures {
						return status.Error(test.code, "no")
					}
					return nil
				}
				s := settlerOf(a)
				s.add(keys(a, 5), nil)
				<-time.After(time.Minute)
				synctest.Wait()
				if len(a.committed) != test.committed {
					t.Errorf("%d committed after %d tries, want %d", len(a.committed), tries, test.committed)
				}
			})
		})
	}
}

// While a call is under way the queue grows, and then goes out together.
func TestWhatWaitsGoesOutTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAllowance(nil)
		first := make(chan struct{})
		a.commit = func() error { <-first; return nil }
		s := settlerOf(a)
		s.add(keys(a, 1), nil)
		synctest.Wait() // its call is under way
		for range 20 {
			s.add(keys(a, 30), keys(a, 30))
		}
		close(first)
		synctest.Wait()
		if a.calls["commit"] != 2 || a.calls["cancel"] != 1 || len(a.committed) != 601 || len(a.cancelled) != 600 {
			t.Errorf("calls %v for %d and %d, want one more of each", a.calls, len(a.committed), len(a.cancelled))
		}
	})
}

func TestAFullQueueHoldsItsCallersBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAllowance(nil)
		first := make(chan struct{})
		a.commit = func() error { <-first; return nil }
		s := settlerOf(a)
		ids := keys(a, 3*maxUnsettled)
		added := make(chan int, 3)
		go func() {
			for i := range 3 {
				s.add(ids[i*maxUnsettled:(i+1)*maxUnsettled], nil)
				added <- i
			}
		}()
		synctest.Wait()
		if n := len(added); n != 2 { // a batch of the first is under way, so the second found room
			t.Errorf("%d were added, want 2: the last one has to wait", n)
		}
		close(first)
		synctest.Wait()
		if len(added) != 3 || len(a.committed) != len(ids) {
			t.Errorf("%d added, %d committed, want 3 and %d", len(added), len(a.committed), len(ids))
		}
	})
}

func TestRunEndsWhenAllIsSettled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAllowance(nil)
		first := make(chan struct{})
		a.commit = func() error { <-first; return nil }
		s := settlerOf(a)
		s.add(keys(a, 3), nil)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.run(ctx) }()
		stop()
		synctest.Wait()
		if len(ended) > 0 {
			t.Error("run ended while a commit was under way")
		}
		close(first)
		if err := <-ended; err != nil || len(a.committed) != 3 {
			t.Errorf("%d committed, error %v", len(a.committed), err)
		}
		s.add(keys(a, 4), nil) // a call that was still under way settles for itself
		if len(a.committed) != 7 {
			t.Errorf("%d committed after the end, want 7", len(a.committed))
		}
	})
}

// A limiter that is gone does not keep the process from ending.
func TestRunDoesNotWaitForALimiterThatIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAllowance(nil)
		tries := 0
		a.commit = func() error { tries++; return status.Error(codes.Unavailable, "gone") }
		s := settlerOf(a)
		s.add(keys(a, 3), nil)
		synctest.Wait()
		ctx, stop := context.WithCancel(t.Context())
		stop()
		start := time.Now()
		if err := s.run(ctx); err != nil || time.Since(start) > 0 || tries != 1 {
			t.Errorf("run ended after %v and %d tries: %v", time.Since(start), tries, err)
		}
	})
}
