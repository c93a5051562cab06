package ratelimit

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
)

func dispatch(user string, cost int32) *ratelimitv1.AcquireRequest {
	return &ratelimitv1.AcquireRequest{
		Descriptors: map[string]string{"action": "render.dispatch", "project": "demo", "user": user}, Cost: cost,
	}
}

func (b bundle) mustAcquire(t *testing.T, req *ratelimitv1.AcquireRequest) *ratelimitv1.AcquireResponse {
	t.Helper()
	reply, err := b.quota.Acquire(t.Context(), req)
	if err != nil {
		t.Fatalf("acquire %v: %v", req, err)
	}
	return reply
}

// remaining is what a call of cost 1 saw before it was charged; it is given back.
func (b bundle) remaining(t *testing.T, user string) map[string]int32 {
	t.Helper()
	reply := b.mustAcquire(t, dispatch(user, 1))
	if _, err := b.quota.Cancel(t.Context(), &ratelimitv1.CancelRequest{Permit: reply.GetPermit()}); err != nil {
		t.Fatal(err)
	}
	left := map[string]int32{}
	for _, l := range reply.GetLimits() {
		left[l.GetLimit()] = l.GetRemaining() + 1
	}
	return left
}

func (b bundle) wantRemaining(t *testing.T, user string, ofUser, ofProject int32) {
	t.Helper()
	want := map[string]int32{"dispatch-per-user": ofUser, "dispatch-per-project": ofProject}
	if diff := cmp.Diff(want, b.remaining(t, user)); diff != "" {
		t.Errorf("remaining for %s (-want +got):\n%s", user, diff)
	}
}

func TestAcquireTellsWhatIsLeft(t *testing.T) {
	b := setup(t, Config{}, standing())
	reply := b.mustAcquire(t, dispatch("ada", 0))
	want := []*ratelimitv1.LimitStatus{
		{
			Limit: "dispatch-per-project", Key: "project=demo", Remaining: 299, Capacity: 300,
			ResetDuration: durationpb.New(200 * time.Millisecond), WindowDuration: durationpb.New(time.Minute),
			Descriptors: []string{"action", "project"},
		},
		{
			Limit: "dispatch-per-user", Key: "project=demo,user=ada", Remaining: 59, Capacity: 60,
			ResetDuration: durationpb.New(time.Minute), WindowDuration: durationpb.New(time.Minute),
			Descriptors: []string{"action", "project", "user"},
		},
	}
	if diff := cmp.Diff(want, reply.GetLimits(), protocmp.Transform()); diff != "" {
		t.Errorf("limits (-want +got):\n%s", diff)
	}
	if n := len(reply.GetPermit()); n == 0 || n > 64 {
		t.Errorf("permit %q", reply.GetPermit())
	}
}

func TestAFloodLeavesTheOthersTheirShare(t *testing.T) {
	b := setup(t, Config{}, standing())
	for range 500 {
		_, _ = b.quota.Acquire(t.Context(), dispatch("ada", 1)) // most are refused
	}
	for i := range 20 {
		if _, err := b.quota.Acquire(t.Context(), dispatch("bob", 1)); err != nil {
			t.Fatalf("call %d of the second user: %v", i+1, err)
		}
	}
	b.wantRemaining(t, "bob", 40, 220)
}

func TestConcurrentCallsChargeTheProjectExactly(t *testing.T) {
	b := setup(t, Config{}, standing())
	var granted atomic.Int32
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for range 10 {
				if _, err := b.quota.Acquire(t.Context(), dispatch("ada", 1)); err == nil {
					granted.Add(1)
				} else if errs.ReasonOf(err) != errorsv1.ErrorReason_RATE_LIMITED {
					t.Errorf("acquire: %v", err)
				}
			}
		})
	}
	wg.Wait()
	if got := granted.Load(); got != 60 {
		t.Errorf("%d of 640 granted, want 60", got)
	}
	b.wantRemaining(t, "bob", 60, 240)
}

func TestARefusedCostEatsNothing(t *testing.T) {
	b := setup(t, Config{}, standing())
	b.mustAcquire(t, dispatch("ada", 50))
	_, err := b.quota.Acquire(t.Context(), dispatch("ada", 50))
	wantCode(t, err, codes.ResourceExhausted)
	b.mustAcquire(t, dispatch("ada", 5))
	b.wantRemaining(t, "ada", 5, 245)
}

func TestARefusalNamesEveryLimitThatRefuses(t *testing.T) {
	b := setup(t, Config{}, standing())
	for i := range 5 {
		b.mustAcquire(t, dispatch(fmt.Sprint("user", i), 60))
	}
	_, err := b.quota.Acquire(t.Context(), dispatch("user0", 3))
	wantCode(t, err, codes.ResourceExhausted)
	if got := errs.ReasonOf(err); got != errorsv1.ErrorReason_RATE_LIMITED {
		t.Errorf("reason %v", got)
	}
	if retry, ok := errs.RetryDelay(err); !ok || retry != time.Minute {
		t.Errorf("retry in %v, want the longest wait, 1m", retry)
	}
	failure, _ := errs.Detail[*errdetails.QuotaFailure](err)
	want := &errdetails.QuotaFailure{Violations: []*errdetails.QuotaFailure_Violation{
		{
			QuotaId: "dispatch-per-project", Subject: "project=demo",
			QuotaDimensions: map[string]string{"project": "demo"}, QuotaValue: 300,
			Description: "allows 300 at once, refilled in 1m0s; 3 asked, 0 left, free in 600ms",
		},
		{
			QuotaId: "dispatch-per-user", Subject: "project=demo,user=user0",
			QuotaDimensions: map[string]string{"project": "demo", "user": "user0"}, QuotaValue: 60,
			Description: "allows 60 in any 1m0s; 3 asked, 0 left, free in 1m0s",
		},
	}}
	if diff := cmp.Diff(want, failure, protocmp.Transform()); diff != "" {
		t.Errorf("quota failure (-want +got):\n%s", diff)
	}
}

func TestACostThatNoWaitCanGrant(t *testing.T) {
	b := setup(t, Config{}, standing())
	_, err := b.quota.Acquire(t.Context(), dispatch("ada", 61))
	wantCode(t, err, codes.InvalidArgument)
	if got := errs.ReasonOf(err); got != errorsv1.ErrorReason_COST_ABOVE_CAPACITY {
		t.Errorf("reason %v", got)
	}
	info, _ := errs.Detail[*errdetails.ErrorInfo](err)
	if got := info.GetMetadata()["limit"]; got != "dispatch-per-user" {
		t.Errorf("limit %q", got)
	}
	b.wantRemaining(t, "ada", 60, 300)
}

func TestCancelOverTheWire(t *testing.T) {
	b := setup(t, Config{}, standing())
	permit := b.mustAcquire(t, dispatch("ada", 60)).GetPermit()
	_, err := b.quota.Acquire(t.Context(), dispatch("ada", 1))
	wantCode(t, err, codes.ResourceExhausted)
	for range 2 { // the second time nothing is left to give, which is no error
		if _, err := b.quota.Cancel(t.Context(), &ratelimitv1.CancelRequest{Permit: permit}); err != nil {
			t.Fatal(err)
		}
	}
	b.wantRemaining(t, "ada", 60, 300)
	if _, err := b.quota.Cancel(t.Context(), &ratelimitv1.CancelRequest{Permit: "unknown"}); err != nil {
		t.Errorf("cancel of an unknown permit: %v", err)
	}
}

func TestBadRequests(t *testing.T) {
	b := setup(t, Config{}, standing())
	tests := []struct {
		name string
		req  *ratelimitv1.AcquireRequest
	}{
		{"no descriptors", &ratelimitv1.AcquireRequest{}},
		{"negative cost", dispatch("ada", -1)},
		{"a bad name", &ratelimitv1.AcquireRequest{Descriptors: map[string]string{"A": "x"}}},
		{"an empty value", &ratelimitv1.AcquireRequest{Descriptors: map[string]string{"action": ""}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := b.quota.Acquire(t.Context(), test.req)
			wantCode(t, err, codes.InvalidArgument)
			if got := errs.ReasonOf(err); got != errorsv1.ErrorReason_VALIDATION_FAILED {
				t.Errorf("reason %v", got)
			}
		})
	}
}

func TestACallThatNoLimitCounts(t *testing.T) {
	b := setup(t, Config{}, standing())
	reply := b.mustAcquire(t, &ratelimitv1.AcquireRequest{Descriptors: map[string]string{"action": "other"}, Cost: 1_000_000})
	if reply.GetPermit() != "" || len(reply.GetLimits()) != 0 {
		t.Errorf("reply %v, want no permit and no limits", reply)
	}
}

func TestTooManyKeysIsUnavailable(t *testing.T) {
	b := setup(t, Config{MaxKeys: 2}, standing())
	b.mustAcquire(t, dispatch("ada", 1))
	_, err := b.quota.Acquire(t.Context(), dispatch("bob", 1))
	wantCode(t, err, codes.Unavailable)
	if _, ok := errs.RetryDelay(err); !ok {
		t.Errorf("no time to retry in %v", err)
	}
}

func TestReadsAndWritesOfSheetsCountApartAndASheetOnceASecond(t *testing.T) {
	b := setup(t, Config{}, standing())
	call := func(action, sheet string) error {
		_, err := b.quota.Acquire(t.Context(), &ratelimitv1.AcquireRequest{Descriptors: map[string]string{
			"action": action, "project": "demo", "user": "ada", "sheet": sheet,
		}})
		return err
	}
	for i := range 60 {
		if err := call("sheets.read", fmt.Sprint("s", i)); err != nil {
			t.Fatalf("read %d: %v", i+1, err)
		}
	}
	wantCode(t, call("sheets.read", "s60"), codes.ResourceExhausted)
	if err := call("sheets.write", "s60"); err != nil {
		t.Errorf("write after the last read: %v", err)
	}
	err := call("sheets.write", "s60")
	wantCode(t, err, codes.ResourceExhausted)
	if retry, _ := errs.RetryDelay(err); retry != time.Second {
		t.Errorf("second request of a sheet in %v, want 1s", retry)
	}
}

// A caller that takes all it can, whenever it can, around the turn of a minute: 60 in any 60 seconds.
func TestNoRollingMinuteHoldsMoreThanSixty(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, Config{}, Deps{})
		<-time.After(57500 * time.Millisecond)
		var granted []time.Time
		for start := time.Now(); time.Since(start) < 3*time.Minute; {
			_, err := b.quota.Acquire(t.Context(), dispatch("ada", 1))
			if err == nil {
				granted = append(granted, time.Now())
				<-time.After(100 * time.Millisecond)
				continue
			}
			retry, ok := errs.RetryDelay(err)
			if !ok {
				t.Fatal(err)
			}
			<-time.After(retry - 1)
			if _, err := b.quota.Acquire(t.Context(), dispatch("ada", 1)); err == nil {
				t.Fatal("granted a nanosecond early")
			}
			<-time.After(1)
		}
		if len(granted) != 180 {
			t.Errorf("%d granted in three minutes, want 180", len(granted))
		}
		for i := range granted[:max(0, len(granted)-60)] {
			if span := granted[i+60].Sub(granted[i]); span < time.Minute {
				t.Fatalf("61 granted in %v, from number %d on", span, i+1)
			}
		}
	})
}
