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
