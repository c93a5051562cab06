package ratelimit

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/kit/token"
)

const threeLimits = `
limits:
  - {name: c, algorithm: sliding_log, capacity: 1, period: 1s}
  - {name: a, match: {action: x}, keys: [user, project], algorithm: token_bucket, capacity: 2, period: 1m}
  - {name: b, algorithm: sliding_log, capacity: 3, period: 1h}
`

func TestListLimits(t *testing.T) {
	b := setup(t, Config{Limits: limitsFile(t, threeLimits)}, Deps{})
	reply, err := b.limits.ListLimits(t.Context(), &ratelimitv1.ListLimitsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	want := &ratelimitv1.ListLimitsResponse{Limits: []*ratelimitv1.Limit{
		{
			Name: "limits/a", Match: map[string]string{"action": "x"}, Keys: []string{"user", "project"},
			Algorithm: ratelimitv1.Limit_TOKEN_BUCKET, Capacity: 2, Period: durationpb.New(time.Minute),
		},
		{Name: "limits/b", Algorithm: ratelimitv1.Limit_SLIDING_LOG, Capacity: 3, Period: durationpb.New(time.Hour)},
		{Name: "limits/c", Algorithm: ratelimitv1.Limit_SLIDING_LOG, Capacity: 1, Period: durationpb.New(time.Second)},
	}}
	if diff := cmp.Diff(want, reply, protocmp.Transform()); diff != "" {
		t.Errorf("limits (-want +got):\n%s", diff)
	}
}

func TestListLimitsByPages(t *testing.T) {
	b := setup(t, Config{Limits: limitsFile(t, threeLimits)}, Deps{})
	tests := []struct {
		name string
		size int32
		want [][]string
	}{
		{"one each", 1, [][]string{{"limits/a"}, {"limits/b"}, {"limits/c"}}},
		{"a rest", 2, [][]string{{"limits/a", "limits/b"}, {"limits/c"}}},
		{"exactly one page", 3, [][]string{{"limits/a", "limits/b", "limits/c"}}},
		{"more than allowed", 5000, [][]string{{"limits/a", "limits/b", "limits/c"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var pages [][]string
			req := &ratelimitv1.ListLimitsRequest{PageSize: test.size}
			for {
				reply, err := b.limits.ListLimits(t.Context(), req)
				if err != nil {
					t.Fatal(err)
				}
				var page []string
				for _, l := range reply.GetLimits() {
					page = append(page, l.GetName())
				}
				pages = append(pages, page)
				req.PageToken = reply.GetNextPageToken()
				if req.PageToken == "" || len(pages) > 3 {
					break
				}
			}
			if diff := cmp.Diff(test.want, pages); diff != "" {
				t.Errorf("pages (-want +got):\n%s", diff)
			}
		})
	}
}

func TestListLimitsRefuses(t *testing.T) {
	b := setup(t, Config{}, Deps{})
	foreign, err := token.Encode("a", "another list")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		req  *ratelimitv1.ListLimitsRequest
		want errs.Reason
	}{
		{"no token of ours", &ratelimitv1.ListLimitsRequest{PageToken: "x"}, errorsv1.ErrorReason_PAGE_TOKEN_INVALID},
		{"a token of another list", &ratelimitv1.ListLimitsRequest{PageToken: foreign}, errorsv1.ErrorReason_PAGE_TOKEN_INVALID},
		{"a negative size", &ratelimitv1.ListLimitsRequest{PageSize: -1}, errorsv1.ErrorReason_VALIDATION_FAILED},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := b.limits.ListLimits(t.Context(), test.req)
			wantCode(t, err, codes.InvalidArgument)
			if got := errs.ReasonOf(err); got != test.want {
				t.Errorf("reason %v, want %v", got, test.want)
			}
		})
	}
}

// A token names a place in the order, so it is good even when the limit at that place is gone.
func TestAPageTokenBehindTheLastLimit(t *testing.T) {
	b := setup(t, Config{Limits: limitsFile(t, threeLimits)}, Deps{})
	last, err := token.Encode("zzz", limitsScope)
	if err != nil {
		t.Fatal(err)
	}
	reply, err := b.limits.ListLimits(t.Context(), &ratelimitv1.ListLimitsRequest{PageToken: last})
	if err != nil || len(reply.GetLimits()) != 0 || reply.GetNextPageToken() != "" {
		t.Errorf("reply %v, error %v; want an empty page", reply, err)
	}
}
