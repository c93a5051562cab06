package limit

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
)

// scripted answers by its functions. Its own calls are made one after another.
type scripted struct {
	ratelimitv1.QuotaServiceClient
	acquire   func(context.Context, map[string]string) (*ratelimitv1.AcquireResponse, error)
	asked     int
	cancelled []string
	cancel    error
}

func (s *scripted) Acquire(ctx context.Context, r *ratelimitv1.AcquireRequest, _ ...grpc.CallOption) (*ratelimitv1.AcquireResponse, error) {
	s.asked++
	return s.acquire(ctx, r.GetDescriptors())
}

func (s *scripted) Cancel(ctx context.Context, r *ratelimitv1.CancelRequest, _ ...grpc.CallOption) (*ratelimitv1.CancelResponse, error) {
	s.cancelled = append(s.cancelled, r.GetPermit())
	return &ratelimitv1.CancelResponse{}, errors.Join(s.cancel, ctx.Err())
}

func limiter(s *scripted) (*Limiter, *bytes.Buffer) {
	var log bytes.Buffer
	return New(s, slog.New(slog.NewTextHandler(&log, nil))), &log
}

func granted(context.Context, map[string]string) (*ratelimitv1.AcquireResponse, error) {
	return &ratelimitv1.AcquireResponse{}, nil
}

var down = status.Error(codes.Unavailable, "connection refused")

func TestAdmitTellsWhatIsLeft(t *testing.T) {
	s := &scripted{acquire: func(_ context.Context, d map[string]string) (*ratelimitv1.AcquireResponse, error) {
		if diff := cmp.Diff(map[string]string{"action": d["action"], "route": "S/M", "project": "p", "client": "c"}, d); diff != "" {
			t.Errorf("descriptors (-want +got):\n%s", diff)
		}
		if d["action"] == "api.watch" {
			return &ratelimitv1.AcquireResponse{Permit: "place", Limits: []*ratelimitv1.LimitStatus{
				{Limit: "open", Capacity: 5, Remaining: 4, Concurrent: true},
			}}, nil
		}
		return &ratelimitv1.AcquireResponse{Permit: "charge", Limits: []*ratelimitv1.LimitStatus{
			{Limit: "calls", Capacity: 60, Remaining: 59, WindowDuration: durationpb.New(time.Minute)},
		}}, nil
	}}
	l, _ := limiter(s)
	got, err := l.Admit(t.Context(), Call{Route: "S/M", Stream: true, Project: "p", Client: "c"})
	if err != nil {
		t.Fatal(err)
	}
	want := Grant{Place: "place", Policies: `"calls";q=60;w=60, "open";q=5;qu="concurrent-requests"`, Left: `"calls";r=59, "open";r=4`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("grant (-want +got):\n%s", diff)
	}
	if got, err = l.Admit(t.Context(), Call{Route: "S/M", Project: "p", Client: "c"}); err != nil || got.Place != "" {
		t.Errorf("a call without a stream: %+v, %v", got, err)
	}
}

func TestReleaseWorksAfterTheEnd(t *testing.T) {
	s := &scripted{}
	l, _ := limiter(s)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	l.Release(ctx, []string{"a", "b"})
	if diff := cmp.Diff([]string{"a", "b"}, s.cancelled); diff != "" {
		t.Errorf("cancelled (-want +got):\n%s", diff)
	}
	s.cancel = down
	l.Release(ctx, []string{"c", "d"})
	if diff := cmp.Diff([]string{"a", "b", "c"}, s.cancelled); diff != "" {
		t.Errorf("a service that is down is asked once (-want +got):\n%s", diff)
	}
}

func TestOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{acquire: func(context.Context, map[string]string) (*ratelimitv1.AcquireResponse, error) { return nil, down }}
		l, log := limiter(s)
		admit := func() error { _, err := l.Admit(t.Context(), Call{Route: "S/M"}); return err }

		for i := range localBurst {
			if err := admit(); err != nil {
				t.Fatalf("call %d: %v", i, err)
			}
		}
		if s.asked != 1 {
			t.Errorf("asked %d times at once", s.asked)
		}
		err := admit()
		if delay, _ := errs.RetryDelay(err); errs.ReasonOf(err) != errorsv1.ErrorReason_STORE_UNAVAILABLE || delay <= 0 {
			t.Errorf("beyond the allowance: %v", err)
		}
		time.Sleep(askAgain)
		for i := range localRate {
			if err := admit(); err != nil {
				t.Fatalf("call %d of the next second: %v", i, err)
			}
		}
		if err := admit(); err == nil {
			t.Error("more than the allowance of a second")
		}
		if s.asked != 2 {
			t.Errorf("asked %d times, want once more after the pause", s.asked)
		}
		if n := strings.Count(log.String(), "does not answer"); n != 1 {
			t.Errorf("logged %d times:\n%s", n, log)
		}

		s.acquire = granted
		time.Sleep(askAgain)
		for range 3 * localBurst { // no allowance is needed any more
			if err := admit(); err != nil {
				t.Fatal(err)
			}
		}
		if n := strings.Count(log.String(), "answers again"); n != 1 {
			t.Errorf("logged %d times:\n%s", n, log)
		}
	})
}

func TestASlowServiceIsWaitedForOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _ := limiter(&scripted{acquire: func(ctx context.Context, _ map[string]string) (*ratelimitv1.AcquireResponse, error) {
			<-ctx.Done()
			return nil, status.FromContextError(ctx.Err()).Err()
		}})
		start := time.Now()
		for range 10 {
			if _, err := l.Admit(t.Context(), Call{Route: "S/M", Stream: true}); err != nil {
				t.Fatal(err)
			}
		}
		if waited := time.Since(start); waited != askBound {
			t.Errorf("ten calls waited %v, want %v", waited, askBound)
		}
	})
}

func TestACallersEndIsNoOutage(t *testing.T) {
	s := &scripted{acquire: func(ctx context.Context, _ map[string]string) (*ratelimitv1.AcquireResponse, error) {
		return nil, status.FromContextError(ctx.Err()).Err()
	}}
	l, log := limiter(s)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for range 2 {
		if _, err := l.Admit(gone, Call{Route: "S/M"}); status.Code(err) != codes.Canceled {
			t.Errorf("error = %v", err)
		}
	}
	if s.asked != 2 || log.Len() > 0 {
		t.Errorf("asked %d times, log %q", s.asked, log)
	}
}

func TestRefusalsPass(t *testing.T) {
	refusal := errs.RateLimited(time.Second, "too fast", errs.Exhausted{Limit: "l"})
	for _, refused := range []string{"api.write", "api.watch"} {
		s := &scripted{acquire: func(_ context.Context, d map[string]string) (*ratelimitv1.AcquireResponse, error) {
			if d["action"] == refused {
				return nil, refusal
			}
			return &ratelimitv1.AcquireResponse{Permit: "p"}, nil
		}}
		l, _ := limiter(s)
		got, err := l.Admit(t.Context(), Call{Route: "S/M", Write: refused == "api.write", Stream: refused == "api.watch"})
		if !errors.Is(err, refusal) || got != (Grant{}) {
			t.Errorf("%s: %+v, %v", refused, got, err)
		}
		// A watch that is refused is not counted as a read either.
		if want := strings.Count(refused, "watch"); len(s.cancelled) != want {
			t.Errorf("%s: gave back %v, want %d", refused, s.cancelled, want)
		}
	}
}

// A caller whose name the service refuses must not take the limits off all others.
func TestABadCallIsNoOutage(t *testing.T) {
	bad := status.Error(codes.InvalidArgument, "descriptors: must be shorter")
	s := &scripted{acquire: func(_ context.Context, d map[string]string) (*ratelimitv1.AcquireResponse, error) {
		if _, ok := d["user"]; ok {
			return nil, bad
		}
		return &ratelimitv1.AcquireResponse{}, nil
	}}
	l, log := limiter(s)
	if _, err := l.Admit(t.Context(), Call{Route: "S/M", User: "bad"}); err == nil {
		t.Error("a call that the service refuses was let in")
	}
	if _, err := l.Admit(t.Context(), Call{Route: "S/M"}); err != nil || s.asked != 2 {
		t.Errorf("the next call: %v, asked %d times", err, s.asked)
	}
	if log.Len() > 0 {
		t.Errorf("log %q", log)
	}
	// A name that is no text cannot even be sent: it has no counter of its own.
	if _, err := l.Admit(t.Context(), Call{Route: "S/M", User: "a\xff"}); err != nil || s.asked != 3 {
		t.Errorf("a user that is no text: %v, asked %d times", err, s.asked)
	}
}
