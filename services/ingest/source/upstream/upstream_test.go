package upstream_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/ingest/source/upstream"
)

var (
	errDown   = errors.New("down")
	errFast   = errors.New("too fast")
	errQuota  = errors.New("the quota is exhausted")
	errFinal  = errors.New("no such thing")
	sheetRead = map[string]string{"action": "sheets.read", "user": "ada"}
)

func classify(err error) upstream.Verdict {
	switch {
	case errors.Is(err, errDown), errors.Is(err, context.DeadlineExceeded):
		return upstream.Verdict{Class: upstream.Unavailable}
	case errors.Is(err, errFast):
		return upstream.Verdict{Class: upstream.Throttled, After: 20 * time.Second}
	case errors.Is(err, errQuota):
		return upstream.Verdict{
			Class: upstream.Throttled, After: 20 * time.Second,
			Refused: &upstream.Refused{Dimensions: []string{"project", "user"}, Capacity: 40},
		}
	}
	return upstream.Verdict{Class: upstream.Answered}
}

// quota is a quota service that answers by a script and then grants.
type quota struct {
	ratelimitv1.QuotaServiceClient // the methods that nobody here calls

	mu        sync.Mutex
	script    []error
	acquired  int
	cancelled []string
	reported  []*ratelimitv1.ReportRequest
	onAcquire func()
}

func (q *quota) Acquire(ctx context.Context, req *ratelimitv1.AcquireRequest, _ ...grpc.CallOption) (*ratelimitv1.AcquireResponse, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if req.GetDescriptors()["action"] != "sheets.read" {
		return nil, status.Error(codes.InvalidArgument, "no action")
	}
	if len(q.script) > 0 {
		err := q.script[0]
		q.script = q.script[1:]
		return nil, err
	}
	q.acquired++
	if q.onAcquire != nil {
		q.onAcquire()
	}
	return &ratelimitv1.AcquireResponse{Permit: "permit"}, nil
}

func (q *quota) Cancel(_ context.Context, req *ratelimitv1.CancelRequest, _ ...grpc.CallOption) (*ratelimitv1.CancelResponse, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.cancelled = append(q.cancelled, req.GetPermit())
	return &ratelimitv1.CancelResponse{}, nil
}

func (q *quota) Report(_ context.Context, req *ratelimitv1.ReportRequest, _ ...grpc.CallOption) (*ratelimitv1.ReportResponse, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.reported = append(q.reported, req)
	return &ratelimitv1.ReportResponse{}, nil
}

// tries answers by a script, then succeeds, and remembers when it was called.
type tries struct {
	script []error
	start  time.Time
	at     []time.Duration
}

func (s *tries) fn(context.Context) error {
	s.at = append(s.at, time.Since(s.start))
	if len(s.at) > len(s.script) {
		return nil
	}
	return s.script[len(s.at)-1]
}

func newUpstream(t *testing.T, cfg upstream.Config, q *quota) *upstream.Upstream {
	t.Helper()
	u, err := upstream.New(cfg, upstream.Deps{Quota: q, Classify: classify, Random: func() float64 { return 0.5 }})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestDoTriesAgainWhatMayPass(t *testing.T) {
	const second = time.Second
	turn := errs.RateLimited(42*second, "wait for your turn")
	gone := status.Error(codes.Unavailable, "ratelimit is starting")
	refused := errs.Invalid(errs.Violation{Field: "descriptors", Description: "unknown"})
	tests := []struct {
		name   string
		quota  []error
		script []error
		limit  time.Duration // the caller's deadline; 0 is none
		at     []time.Duration
		took   time.Duration
		want   error // nil is success; *upstream.GaveUp counts by its Last
		gaveUp bool
	}{
		{name: "at once", at: []time.Duration{0}},
		{name: "second try", script: []error{errDown}, at: []time.Duration{0, second / 2}, took: second / 2},
		{
			name: "half of the bound each time", script: []error{errDown, errDown, errDown},
			at: []time.Duration{0, second / 2, 2 * second, 6500 * time.Millisecond}, took: 6500 * time.Millisecond,
		},
		{
			name: "six tries in all", script: []error{errDown, errDown, errDown, errDown, errDown, errDown, errDown},
			at:   []time.Duration{0, 500e6, 2e9, 6500e6, 20e9, 50e9},
			took: 50 * second, want: errDown, gaveUp: true,
		},
		{name: "a refusal is final", script: []error{errFinal}, at: []time.Duration{0}, want: errFinal},
		{name: "the upstream names the wait", script: []error{errFast}, at: []time.Duration{0, 20 * second}, took: 20 * second},
		{
			// The first refusal makes it take a place, the others make it wait.
			name: "quota names the wait, and half of the jitter is added", quota: []error{turn, turn, turn},
			at: []time.Duration{84*second + 75e6}, took: 84*second + 75e6,
		},
		{name: "quota service restarts", quota: []error{gone, gone}, at: []time.Duration{2 * second}, took: 2 * second},
		{name: "quota service refuses for good", quota: []error{refused}, want: refused},
		{name: "no wait for quota beyond the deadline", quota: []error{turn}, limit: 42 * second, want: turn},
		{
			name: "no wait for a retry beyond the deadline", script: []error{errFast}, limit: 10 * second,
			at: []time.Duration{0}, want: errFast, gaveUp: true,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				if tt.limit > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, tt.limit)
					defer cancel()
				}
				start := time.Now()
				s := &tries{script: tt.script, start: start}
				err := newUpstream(t, upstream.Config{}, &quota{script: tt.quota}).Do(ctx, sheetRead, s.fn)
				if !errors.Is(err, tt.want) {
					t.Errorf("error = %v, want %v", err, tt.want)
				}
				var gaveUp *upstream.GaveUp
				if errors.As(err, &gaveUp) != tt.gaveUp {
					t.Errorf("error = %T, want a GaveUp: %v", err, tt.gaveUp)
				}
				if took := time.Since(start); took != tt.took {
					t.Errorf("took %v, want %v", took, tt.took)
				}
				if len(s.at) != len(tt.at) {
					t.Fatalf("tries at %v, want %v", s.at, tt.at)
				}
				for i := range tt.at {
					if s.at[i] != tt.at[i] {
						t.Fatalf("tries at %v, want %v", s.at, tt.at)
					}
				}
			})
		})
	}
}

func TestARefusalOfTheUpstreamsQuotaIsReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &quota{}
		s := &tries{script: []error{errQuota, errFast}, start: time.Now()}
		if err := newUpstream(t, upstream.Config{}, q).Do(t.Context(), sheetRead, s.fn); err != nil {
			t.Fatal(err)
		}
		want := []*ratelimitv1.ReportRequest{{
			Descriptors: sheetRead, Dimensions: []string{"project", "user"}, TrueCapacity: 40,
			RetryDuration: durationpb.New(20 * time.Second),
		}}
		if diff := cmp.Diff(want, q.reported, protocmp.Transform()); diff != "" {
			t.Errorf("reports (-want +got):\n%s", diff)
		}
	})
}

func TestEachTryHasItsOwnDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start, count := time.Now(), 0
		err := newUpstream(t, upstream.Config{TryTimeout: 7 * time.Second}, &quota{}).Do(t.Context(), sheetRead, func(ctx context.Context) error {
			count++
			if count == 1 {
				<-ctx.Done()
				return ctx.Err()
			}
			return nil
		})
		if err != nil || count != 2 {
			t.Errorf("error = %v after %d tries, want success on the second", err, count)
		}
		if took := time.Since(start); took != 7500*time.Millisecond {
			t.Errorf("took %v, want 7.5s", took)
		}
	})
}

func TestACancelledCallerLeavesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		start := time.Now()
		time.AfterFunc(time.Second, cancel)
		err := newUpstream(t, upstream.Config{}, &quota{}).Do(ctx, sheetRead, func(context.Context) error { return errFast })
		if !errors.Is(err, context.Canceled) || time.Since(start) != time.Second {
			t.Errorf("error = %v after %v, want a cancel after 1s", err, time.Since(start))
		}
	})
}

func TestPatienceEndsACallWithoutADeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var turns []error
		for range 100 {
			turns = append(turns, errs.RateLimited(50*time.Second, "busy"))
		}
		start := time.Now()
		err := newUpstream(t, upstream.Config{Patience: 2 * time.Minute}, &quota{script: turns}).Do(t.Context(), sheetRead, func(context.Context) error { return nil })
		if status.Code(err) != codes.ResourceExhausted || time.Since(start) != 100*time.Second+75*time.Millisecond {
			t.Errorf("error = %v after %v, want the quota's after 100s", err, time.Since(start))
		}
	})
}

func TestNewNeedsItsDeps(t *testing.T) {
	if _, err := upstream.New(upstream.Config{}, upstream.Deps{}); err == nil {
		t.Error("New without quota and classifier succeeds")
	}
}
