package former

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

// held counts the counters in the shards.
func (b bundle) held() int {
	n := 0
	for i := range b.shards {
		n += len(b.shards[i].counters)
	}
	return n
}

func TestIdleKeysAreForgotten(t *testing.T) {
	b := setup(t, Config{})
	for i := range 100 {
		b.mustAcquire(t, fmt.Sprint(i), 1)
	}
	b.time.advance(time.Minute - 1)
	b.mustAcquire(t, "late", 1)
	b.runOnce()
	if got := b.held(); got != 102 {
		t.Errorf("%d counters just before they are idle, want 102", got)
	}
	b.time.advance(1)
	b.runOnce()
	if got, counted := b.held(), b.keys.Load(); got != 2 || counted != 2 {
		t.Errorf("%d counters, counted as %d; want 2: those of the late call", got, counted)
	}
	b.wantLeft(t, "late", 59, 299)
}

func TestARefusedCallLeavesNoKeyBehind(t *testing.T) {
	b := setup(t, Config{}, perUser, rule.Rule{Name: "all", Algorithm: rule.SlidingLog, Capacity: 1, Period: time.Second})
	b.mustAcquire(t, "ada", 1)
	for i := range 100 {
		b.wantExhausted(t, fmt.Sprint(i), 1, time.Second, "all")
	}
	if got, counted := b.held(), b.keys.Load(); got != 2 || counted != 2 {
		t.Errorf("%d counters, counted as %d; want 2", got, counted)
	}
}

func TestTooManyKeysAreRefusedNotForgotten(t *testing.T) {
	b := setup(t, Config{MaxKeys: 3}) // a project and two users
	b.mustAcquire(t, "ada", 60)
	b.mustAcquire(t, "bob", 1)
	for range 2 {
		if _, err := b.Acquire(user("cyd"), 1); !errors.Is(err, ErrFull) {
			t.Errorf("error %v, want ErrFull", err)
		}
	}
	b.wantExhausted(t, "ada", 1, time.Minute, "user")
	b.wantLeft(t, "bob", 59, 239)
	b.time.advance(time.Minute)
	b.runOnce()
	b.mustAcquire(t, "cyd", 1)
}

func TestTooManyPermitsEndTheOldest(t *testing.T) {
	b := setup(t, Config{MaxPermits: 2})
	first := b.mustAcquire(t, "ada", 1)
	second := b.mustAcquire(t, "ada", 1)
	third := b.mustAcquire(t, "ada", 1)
	for i, found := range []bool{b.Cancel(first), b.Cancel(second), b.Cancel(third)} {
		if want := i > 0; found != want {
			t.Errorf("permit %d found: %v, want %v", i+1, found, want)
		}
	}
}

func TestOldPermitsAreForgotten(t *testing.T) {
	b := setup(t, Config{})
	for range 60 {
		b.mustAcquire(t, "ada", 1)
	}
	b.time.advance(10 * time.Minute)
	b.runOnce()
	if n, room := len(b.permits.queue), cap(b.permits.queue); n != 0 || room > 128 {
		t.Errorf("%d permits in room for %d, want none", n, room)
	}
	if permit := b.mustAcquire(t, "ada", 1); !b.Cancel(permit) {
		t.Error("a permit after that was not found")
	}
}

func TestRunSweepsUntilItsContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := bundle{Engine: New([]rule.Rule{perUser}, Config{})}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- b.Run(ctx) }()
		b.mustAcquire(t, "ada", 1)
		<-time.After(time.Minute + sweepEvery)
		synctest.Wait()
		if got := b.held(); got != 0 {
			t.Errorf("%d counters, want none", got)
		}
		stop()
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
	})
}
