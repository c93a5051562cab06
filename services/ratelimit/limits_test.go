package ratelimit

import (
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
)

// A limit that is changed over the API holds for the very next call, and what was counted before stays counted.
func TestAChangedLimitHoldsAtOnce(t *testing.T) {
	b := setup(t, Config{Limits: limitsFile(t, `limits: [{name: a, keys: [user], algorithm: sliding_log, capacity: 2, period: 1h}]`)}, standing())
	call := &ratelimitv1.AcquireRequest{Descriptors: map[string]string{"user": "ada"}, Cost: 2}
	if _, err := b.quota.Acquire(t.Context(), call); err != nil {
		t.Fatal(err)
	}
	if _, err := b.quota.Acquire(t.Context(), call); err == nil {
		t.Fatal("granted twice")
	}
	changed, err := b.limits.UpdateLimit(t.Context(), &ratelimitv1.UpdateLimitRequest{
		Limit:      &ratelimitv1.Limit{Name: "limits/a", Capacity: 5, Period: durationpb.New(2 * time.Hour)},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"capacity", "period"}},
	})
	if err != nil || changed.GetCapacity() != 5 {
		t.Fatalf("changed %v, %v", changed, err)
	}
	reply, err := b.quota.Acquire(t.Context(), call)
	if err != nil {
		t.Fatal(err)
	}
	if l := reply.GetLimits()[0]; l.GetRemaining() != 1 || l.GetCapacity() != 5 {
		t.Errorf("left %v, want 1 of 5", l)
	}
}

// What is listed is by the limits in force, also of those who have not called since a change.
func TestUsageIsByTheLimitInForce(t *testing.T) {
	b := setup(t, Config{Limits: limitsFile(t, `limits: [{name: a, keys: [user], algorithm: sliding_log, capacity: 5, period: 1h}]`)}, standing())
	b.mustAcquire(t, &ratelimitv1.AcquireRequest{Descriptors: map[string]string{"user": "ada"}, Cost: 2})
	if _, err := b.limits.UpdateLimit(t.Context(), &ratelimitv1.UpdateLimitRequest{
		Limit: &ratelimitv1.Limit{Name: "limits/a", Capacity: 3}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"capacity"}},
	}); err != nil {
		t.Fatal(err)
	}
	reply, err := b.limits.ListUsage(t.Context(), &ratelimitv1.ListUsageRequest{})
	if err != nil || len(reply.GetUsage()) != 1 {
		t.Fatalf("usage %v, %v", reply, err)
	}
	if u := reply.GetUsage()[0]; u.GetUsed() != 2 || u.GetCapacity() != 3 {
		t.Errorf("usage %v, want 2 of 3", u)
	}
}
