package errs_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/testing/protocmp"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
)

func TestRateLimitedTellsAllThatIsKnown(t *testing.T) {
	err := errs.RateLimited(1500*time.Millisecond, "too fast",
		errs.Exhausted{
			Limit: "per-user", Subject: "user=ada", Description: "60 in 60s", Dimensions: map[string]string{"user": "ada"},
			Capacity: 60, Window: time.Minute, Reset: 1500 * time.Millisecond,
		},
		errs.Exhausted{Limit: "watches", Description: "5 at once", Capacity: 5, Concurrent: true, Left: 1},
	)
	if status.Code(err) != codes.ResourceExhausted || errs.ReasonOf(err) != errorsv1.ErrorReason_RATE_LIMITED {
		t.Errorf("error = %v", err)
	}
	if delay, ok := errs.RetryDelay(err); !ok || delay != 1500*time.Millisecond {
		t.Errorf("delay = %v, %v", delay, ok)
	}
	got, _ := errs.Detail[*errdetails.QuotaFailure](err)
	want := &errdetails.QuotaFailure{Violations: []*errdetails.QuotaFailure_Violation{
		{Subject: "user=ada", Description: "60 in 60s", QuotaId: "per-user", QuotaValue: 60, QuotaDimensions: map[string]string{"user": "ada"}},
		{Description: "5 at once", QuotaId: "watches", QuotaValue: 5},
	}}
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("quota failure (-want +got):\n%s", diff)
	}
	policy, left := errs.RateFields(err)
	if policy != `"per-user";q=60;w=60, "watches";q=5;qu="concurrent-requests"` || left != `"per-user";r=0;t=2;pk=:dXNlcj1hZGE=:, "watches";r=1` {
		t.Errorf("fields = %s and %s", policy, left)
	}
	if diff := cmp.Diff([]string{"per-user", "watches"}, errs.ExhaustedLimits(err)); diff != "" {
		t.Errorf("limits (-want +got):\n%s", diff)
	}
}

func TestRateFieldsOfOtherErrors(t *testing.T) {
	for name, err := range map[string]error{
		"nil":                         nil,
		"plain":                       errors.New("rate_limit"),
		"no numbers":                  errs.RateLimited(time.Second, "too fast", errs.Exhausted{Limit: "l"}),
		"another reason with the key": errs.New(codes.ResourceExhausted, errorsv1.ErrorReason_DATABASE_FULL, "full", "rate_limit", "x"),
	} {
		if policy, left := errs.RateFields(err); policy != "" || left != "" {
			t.Errorf("%s: fields %q and %q", name, policy, left)
		}
	}
}
