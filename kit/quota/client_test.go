package quota_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/kit/quota"
	"github.com/sheetreel/sheetreel/kit/retry"
)

func TestAcquireWaitsAsLongAsItIsTold(t *testing.T) {
	for _, test := range []struct {
		name   string
		random float64
		want   time.Duration
	}{
		{"and no longer", 0, 10 * time.Second},
		{"and a little", 0.5, 10*time.Second + 25*time.Millisecond},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := &limiter{decide: after(10 * time.Second)}
				c := quota.New(serve(t, l), quota.Config{Random: func() float64 { return test.random }})
				start := time.Now()
				p, err := c.Acquire(t.Context(), quota.Call{Descriptors: read, Cost: 3})
				if err != nil {
					t.Fatal(err)
				}
				if waited := time.Since(start); waited != test.want || p.Granted != 3 {
					t.Errorf("granted %d after %v, want 3 after %v", p.Granted, waited, test.want)
				}
				var placed []bool
				for _, req := range l.asked {
					placed = append(placed, req.GetQueue() && req.GetRequestId() == l.asked[0].GetRequestId())
				}
				if !slices.Equal(placed, []bool{false, true, true}) {
					t.Errorf("asked %v, want under one id, and for a place when it is known that it will wait", l.asked)
				}
			})
		})
	}
}

func TestEachCallHasItsOwnID(t *testing.T) {
	l := &limiter{}
	service := serve(t, l)
	ids := map[string]bool{}
	for range 2 { // two clients, as of two processes
		c := quota.New(service, quota.Config{})
		for range 10 {
			if _, err := c.Acquire(t.Context(), quota.Call{Descriptors: read}); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, req := range l.asked {
		ids[req.GetRequestId()] = true
	}
	if len(ids) != 20 {
		t.Errorf("%d ids for 20 calls", len(ids))
	}
}

func TestAWaitBeyondTheDeadlineIsNotBegun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := quota.New(serve(t, &limiter{decide: after(time.Minute)}), quota.Config{})
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		start := time.Now()
		_, err := c.Acquire(ctx, quota.Call{Descriptors: read})
		if errs.ReasonOf(err) != errorsv1.ErrorReason_RATE_LIMITED || time.Since(start) != 0 {
			t.Errorf("error %v after %v, want the refusal at once", err, time.Since(start))
		}
		if wait, _ := errs.RetryDelay(err); wait != time.Minute {
			t.Errorf("it tells to wait %v, want 1m", wait)
		}
	})
}

// A place that nobody takes up would hold up others.
func TestWhoGivesUpGivesUpThePlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &limiter{decide: after(time.Minute)}
		c := quota.New(serve(t, l), quota.Config{})
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(30*time.Second, cancel)
		if _, err := c.Acquire(ctx, quota.Call{Descriptors: read}); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		if last := l.asked[len(l.asked)-1]; len(l.asked) != 3 || last.GetQueue() || last.GetRequestId() != l.asked[0].GetRequestId() {
			t.Errorf("asked %v, want at last without a place", l.asked)
		}
		// The same when it is granted in that moment: it is given back.
		start := time.Now()
		l.decide = func(req *ratelimitv1.AcquireRequest) error {
			if time.Since(start) > time.Second {
				return nil
			}
			return after(time.Minute)(req)
		}
		ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(2*time.Second, cancel)
		if _, err := c.Acquire(ctx, quota.Call{Descriptors: read}); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		if want := "p-" + l.asked[len(l.asked)-1].GetRequestId(); !slices.Contains(l.cancelled, want) {
			t.Errorf("cancelled %v, want %s", l.cancelled, want)
		}
	})
}

func TestWhatIsNeverGrantedIsNotAskedAgain(t *testing.T) {
	l := &limiter{decide: func(*ratelimitv1.AcquireRequest) error {
		return errs.New(codes.InvalidArgument, errorsv1.ErrorReason_COST_ABOVE_CAPACITY, "never")
	}}
	_, err := quota.New(serve(t, l), quota.Config{}).Acquire(t.Context(), quota.Call{Descriptors: read})
	if status.Code(err) != codes.InvalidArgument || len(l.asked) != 1 {
		t.Errorf("error %v after %d calls", err, len(l.asked))
	}
}

// Each call tries again until the budget is spent; then each is made once. Successes fill it.
func TestTroubleIsPaidFromABudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &limiter{decide: down}
		c := quota.New(serve(t, l), quota.Config{
			Random: none, Budget: 5, Trouble: retry.Policy{Initial: time.Second, Multiplier: 2, Max: time.Minute, MaxAttempts: 4},
		})
		tries := func() int {
			before := len(l.asked)
			_, err := c.Acquire(t.Context(), quota.Call{Descriptors: read})
			if (err == nil) != (l.decide == nil) {
				t.Fatalf("error %v", err)
			}
			return len(l.asked) - before
		}
		for i, want := range []int{4, 3, 1, 1} {
			if n := tries(); n != want {
				t.Errorf("call %d in trouble was tried %d times, want %d", i+1, n, want)
			}
		}
		l.decide = nil
		for range 20 {
			tries()
		}
		l.decide = down
		if n := tries(); n != 3 {
			t.Errorf("after 20 successes it was tried %d times, want 3", n)
		}
	})
}

func TestTroubleThatPassesIsNotSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &limiter{}
		l.decide = func(req *ratelimitv1.AcquireRequest) error {
			if len(l.asked) < 3 {
				return down(req)
			}
			return nil
		}
		p, err := quota.New(serve(t, l), quota.Config{}).Acquire(t.Context(), quota.Call{Descriptors: read})
		if err != nil || p.ID != "p-"+l.asked[0].GetRequestId() {
			t.Errorf("permit %v, error %v", p, err)
		}
	})
}

// A cost that the API cannot say is refused, not taken for another one.
func TestAHugeCostIsRefused(t *testing.T) {
	for _, cost := range []int64{1<<32 + 1, -1<<32 + 1, -1} {
		l := &limiter{}
		c := quota.New(serve(t, l), quota.Config{})
		if _, err := c.Acquire(t.Context(), quota.Call{Descriptors: read, Cost: int(cost)}); status.Code(err) != codes.InvalidArgument {
			t.Errorf("cost %d: %v, asked %v", cost, err, l.asked)
		}
	}
}
