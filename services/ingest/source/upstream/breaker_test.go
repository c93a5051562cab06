package upstream_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sheetreel/sheetreel/kit/retry"
	"github.com/sheetreel/sheetreel/services/ingest/source/upstream"
)

// once is a breaker's configuration whose calls try once, so that the breaker alone makes them wait.
func once(failures int) upstream.Config {
	return upstream.Config{Retry: retry.Policy{MaxAttempts: 1}, BreakerFailures: failures, BreakerWait: 30 * time.Second}
}

func open(t *testing.T, u *upstream.Upstream, failures int) {
	t.Helper()
	for range failures {
		if err := u.Do(t.Context(), sheetRead, func(context.Context) error { return errDown }); !errors.Is(err, errDown) {
			t.Fatalf("error = %v, want the upstream's", err)
		}
	}
}

func TestBreakerOpensAndLetsOneTryThrough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &quota{}
		u := newUpstream(t, once(3), q)
		start := time.Now()
		open(t, u, 3)
		release := make(chan struct{})
		ends := make(chan time.Duration, 3)
		under := make(chan struct{}, 3)
		for range 3 {
			go func() {
				err := u.Do(t.Context(), sheetRead, func(context.Context) error {
					under <- struct{}{}
					<-release
					return nil
				})
				if err != nil {
					t.Error(err)
				}
				ends <- time.Since(start)
			}()
		}
		synctest.Wait()
		if n := len(under); n != 0 {
			t.Fatalf("%d calls went through an open breaker", n)
		}
		<-under // thirty seconds later
		if waited := time.Since(start); waited != 30*time.Second {
			t.Errorf("the first call went through after %v, want 30s", waited)
		}
		synctest.Wait()
		if n := len(under); n != 0 {
			t.Fatalf("%d more calls went through a half-open breaker", n)
		}
		close(release)
		for range 3 {
			if end := <-ends; end != 30*time.Second {
				t.Errorf("a call ended after %v, want 30s", end)
			}
		}
		// Two calls took quota before they saw that a third was trying, and gave it back.
		if kept := q.acquired - len(q.cancelled); kept != 3+3 {
			t.Errorf("quota kept = %d, want one for each of six tries", kept)
		}
	})
}

func TestBreakerFailsAtOnceBeforeADeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newUpstream(t, once(2), &quota{})
		open(t, u, 2)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		start := time.Now()
		err := u.Do(ctx, sheetRead, func(context.Context) error {
			t.Error("the call was made")
			return nil
		})
		var gaveUp *upstream.GaveUp
		if !errors.As(err, &gaveUp) || gaveUp.After != 30*time.Second || time.Since(start) != 0 {
			t.Errorf("error = %v after %v, want to be told at once to come back in 30s", err, time.Since(start))
		}
	})
}

func TestBreakerStaysOpenAfterAFailedProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newUpstream(t, once(2), &quota{})
		start := time.Now()
		open(t, u, 3) // the third waits for half open, and fails
		s := &tries{start: start}
		if err := u.Do(t.Context(), sheetRead, s.fn); err != nil {
			t.Fatal(err)
		}
		if s.at[0] != time.Minute {
			t.Errorf("next try at %v, want 1m", s.at[0])
		}
	})
}

func TestRefusalsDoNotOpenTheBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newUpstream(t, once(2), &quota{})
		start := time.Now()
		for _, failure := range []error{errFinal, errFast, errFinal, errDown, errFinal, errDown, errFast} {
			if err := u.Do(t.Context(), sheetRead, func(context.Context) error { return failure }); !errors.Is(err, failure) {
				t.Fatalf("error = %v, want %v", err, failure)
			}
		}
		if waited := time.Since(start); waited != 0 {
			t.Errorf("calls waited %v", waited)
		}
	})
}
