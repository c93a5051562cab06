package limits

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/testing/protocmp"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	v1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/kit/token"
)

func TestListLimits(t *testing.T) {
	b := setup(t)
	want := []*v1.Limit{
		{Name: "limits/all", Match: map[string]string{"action": "x"}, Algorithm: v1.Limit_SLIDING_LOG, Capacity: 100, Period: seconds(60), Outage: v1.Limit_LOCAL_SHARE, Origin: v1.Limit_FILE},
		{
			Name: "limits/monthly", Match: map[string]string{"action": "x"}, Keys: []string{"project"}, Algorithm: v1.Limit_CALENDAR, Capacity: 1000,
			Unit: v1.Limit_MONTH, TimeZone: "Europe/Berlin", DryRun: true, Outage: v1.Limit_LOCAL_SHARE, Origin: v1.Limit_FILE,
		},
		{
			Name: "limits/users", Match: map[string]string{"action": "x"}, Keys: []string{"project", "user"}, Algorithm: v1.Limit_SLIDING_LOG, Capacity: 10,
			Period: seconds(60), Outage: v1.Limit_LOCAL_SHARE, Origin: v1.Limit_FILE, OverrideCount: 1,
		},
	}
	for size := range int32(4) {
		t.Run(fmt.Sprint("pages of ", size), func(t *testing.T) {
			var got []*v1.Limit
			req := &v1.ListLimitsRequest{PageSize: size}
			for {
				reply := must[*v1.ListLimitsResponse](t)(b.ListLimits(t.Context(), req))
				got = append(got, reply.GetLimits()...)
				if size > 0 && len(reply.GetLimits()) > int(size) || reply.GetRevision() != "limitRevisions/1" || reply.GetFileError() != "" {
					t.Errorf("reply %v", reply)
				}
				if req.PageToken = reply.GetNextPageToken(); req.GetPageToken() == "" || len(got) > 3 {
					break
				}
			}
			if diff := cmp.Diff(want, got, withoutEtag()); diff != "" {
				t.Errorf("limits (-want +got):\n%s", diff)
			}
		})
	}
}

func TestListsRefuseForeignTokens(t *testing.T) {
	b := setup(t)
	foreign, err := token.Encode("a", "another list")
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"x", foreign} {
		_, limits := b.ListLimits(t.Context(), &v1.ListLimitsRequest{PageToken: bad})
		_, overrides := b.ListLimitOverrides(t.Context(), &v1.ListLimitOverridesRequest{Parent: "limits/users", PageToken: bad})
		_, revisions := b.ListLimitRevisions(t.Context(), &v1.ListLimitRevisionsRequest{PageToken: bad})
		_, usage := b.ListUsage(t.Context(), &v1.ListUsageRequest{PageToken: bad})
		for _, err := range []error{limits, overrides, revisions, usage} {
			wantReason(t, err, codes.InvalidArgument, errorsv1.ErrorReason_PAGE_TOKEN_INVALID)
		}
	}
	// A token names a place in the order, so it is good even when what was there is gone.
	last, err := token.Encode("zzz", "limits")
	if err != nil {
		t.Fatal(err)
	}
	reply := must[*v1.ListLimitsResponse](t)(b.ListLimits(t.Context(), &v1.ListLimitsRequest{PageToken: last}))
	if len(reply.GetLimits()) != 0 || reply.GetNextPageToken() != "" {
		t.Errorf("reply %v, want an empty page", reply)
	}
}

func TestRevisionsAndRollback(t *testing.T) {
	b := setup(t)
	ctx := t.Context()
	must[*v1.Limit](t)(b.CreateLimit(ctx, &v1.CreateLimitRequest{LimitId: "new", Limit: bucket(5), Actor: "ada"}))
	must[*v1.LimitOverride](t)(b.CreateLimitOverride(ctx, &v1.CreateLimitOverrideRequest{
		Parent: "limits/new", OverrideId: "o", Override: &v1.LimitOverride{Values: map[string]string{"project": "p"}, Capacity: 6}, Actor: "bob",
	}))
	if _, err := b.DeleteLimit(ctx, &v1.DeleteLimitRequest{Name: "limits/new", Actor: "eve"}); err != nil {
		t.Fatal(err)
	}
	dry := must[*v1.RollbackLimitsResponse](t)(b.RollbackLimits(ctx, &v1.RollbackLimitsRequest{Revision: "limitRevisions/3", ValidateOnly: true}))
	if len(dry.GetRevision().GetChanges()) != 2 {
		t.Errorf("dry %v", dry)
	}
	must[*v1.RollbackLimitsResponse](t)(b.RollbackLimits(ctx, &v1.RollbackLimitsRequest{Revision: "limitRevisions/3", Actor: "ada"}))
	o := must[*v1.LimitOverride](t)(b.GetLimitOverride(ctx, &v1.GetLimitOverrideRequest{Name: "limits/new/overrides/o"}))
	if o.GetCapacity() != 6 {
		t.Errorf("override %v", o)
	}
	_, err := b.RollbackLimits(ctx, &v1.RollbackLimitsRequest{Revision: "limitRevisions/77"})
	wantReason(t, err, codes.NotFound, errorsv1.ErrorReason_RESOURCE_NOT_FOUND)

	var got []string
	req := &v1.ListLimitRevisionsRequest{PageSize: 2}
	for {
		reply := must[*v1.ListLimitRevisionsResponse](t)(b.ListLimitRevisions(ctx, req))
		for _, r := range reply.GetLimitRevisions() {
			line := strings.TrimPrefix(r.GetName(), "limitRevisions/") + " " + r.GetActor() + ": " + r.GetDescription()
			for _, c := range r.GetChanges() {
				line += fmt.Sprintf(" [%s %d/%d %d/%d]", c.GetTarget(), c.GetLimitBefore().GetCapacity(), c.GetLimitAfter().GetCapacity(),
					c.GetOverrideBefore().GetCapacity(), c.GetOverrideAfter().GetCapacity())
			}
			got = append(got, line)
		}
		if req.PageToken = reply.GetNextPageToken(); req.GetPageToken() == "" {
			break
		}
	}
	file := "1 file: the limits of the file "
	if last := got[len(got)-1]; strings.HasPrefix(last, file) {
		got[len(got)-1] = file
	}
	want := []string{
		"5 ada: rolled back to revision 3 [limits/new 0/5 0/0] [limits/new/overrides/o 0/0 0/6]",
		"4 eve: deleted limits/new [limits/new/overrides/o 0/0 6/0] [limits/new 5/0 0/0]",
		"3 bob: set limit new for project=p to 6 at once, refilled in 1m0s [limits/new/overrides/o 0/0 0/6]",
		"2 ada: set limit new to 5 at once, refilled in 1m0s [limits/new 0/5 0/0]",
		file,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("revisions (-want +got):\n%s", diff)
	}
}

func TestListUsage(t *testing.T) {
	b := setup(t)
	b.use(t, 3, "p", "ada")
	b.use(t, 4, "p", "bob")
	b.use(t, 5, "pp", "ada")
	tests := []struct {
		name string
		req  *v1.ListUsageRequest
		want []string
	}{
		{"all", &v1.ListUsageRequest{}, []string{
			"all  12/100", "monthly project=p 7/1000", "monthly project=pp 5/1000", "users project=p,user=ada 3/10", "users project=p,user=bob 4/10", "users project=pp,user=ada 5/10",
		}},
		{"of a project", &v1.ListUsageRequest{Project: "p"}, []string{"monthly project=p 7/1000", "users project=p,user=ada 3/10", "users project=p,user=bob 4/10"}},
		{"of a user", &v1.ListUsageRequest{User: "ada"}, []string{"users project=p,user=ada 3/10", "users project=pp,user=ada 5/10"}},
		{"of both", &v1.ListUsageRequest{Project: "pp", User: "ada"}, []string{"users project=pp,user=ada 5/10"}},
		{"of a limit", &v1.ListUsageRequest{Limit: "limits/monthly"}, []string{"monthly project=p 7/1000", "monthly project=pp 5/1000"}},
		{"of a limit of all", &v1.ListUsageRequest{Limit: "limits/all"}, []string{"all  12/100"}},
		{"of nobody", &v1.ListUsageRequest{Project: "none"}, nil},
	}
	for _, test := range tests {
		for _, size := range []int32{1, 2, 50} {
			t.Run(fmt.Sprint(test.name, " by ", size), func(t *testing.T) {
				var got []string
				test.req.PageSize, test.req.PageToken = size, ""
				for range 10 {
					reply := must[*v1.ListUsageResponse](t)(b.ListUsage(t.Context(), test.req))
					for _, u := range reply.GetUsage() {
						got = append(got, fmt.Sprintf("%s %s %d/%d", strings.TrimPrefix(u.GetLimit(), "limits/"), u.GetKey(), u.GetUsed(), u.GetCapacity()))
					}
					if test.req.PageToken = reply.GetNextPageToken(); test.req.GetPageToken() == "" {
						break
					}
				}
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("usage (-want +got):\n%s", diff)
				}
			})
		}
	}
	_, err := b.ListUsage(t.Context(), &v1.ListUsageRequest{Limit: "limits/none"})
	wantReason(t, err, codes.NotFound, errorsv1.ErrorReason_RESOURCE_NOT_FOUND)
}

func TestExplainQuota(t *testing.T) {
	b := setup(t)
	b.use(t, 8, "p", "ada")
	b.now = noon.Add(10 * time.Second)
	explain := func(cost int32, descriptors map[string]string) *v1.ExplainQuotaResponse {
		return must[*v1.ExplainQuotaResponse](t)(b.ExplainQuota(t.Context(), &v1.ExplainQuotaRequest{Descriptors: descriptors, Cost: cost}))
	}
	got := explain(3, call("p", "ada"))
	want := &v1.ExplainQuotaResponse{
		Verdict: v1.Decision_DEFER, RetryDuration: seconds(50), Message: "limit users allows 10 in any 1m0s: 2 left, it would be granted in 50s",
		Revision: "limitRevisions/1",
		Findings: []*v1.LimitFinding{
			{Limit: "limits/all", Matches: true, Origin: v1.Limit_FILE, Rate: "100 in any 1m0s", Used: 8, Status: &v1.LimitStatus{
				Limit: "all", Remaining: 92, Capacity: 100, ResetDuration: seconds(50), Descriptors: []string{"action"}, WindowDuration: seconds(60),
			}},
			{Limit: "limits/monthly", Matches: true, Origin: v1.Limit_FILE, Rate: "1000 a month (Europe/Berlin)", Used: 8, DryRun: true, Status: &v1.LimitStatus{
				Limit: "monthly", Key: "project=p", Remaining: 992, Capacity: 1000, ResetDuration: got.GetFindings()[1].GetStatus().GetResetDuration(), Descriptors: []string{"action", "project"},
			}},
			{Limit: "limits/users", Matches: true, Origin: v1.Limit_FILE, Rate: "10 in any 1m0s", Used: 8, Status: &v1.LimitStatus{
				Limit: "users", Key: "project=p,user=ada", Remaining: 2, Capacity: 10, ResetDuration: seconds(50), WaitDuration: seconds(50),
				Descriptors: []string{"action", "project", "user"}, WindowDuration: seconds(60),
			}},
		},
	}
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("explained (-want +got):\n%s", diff)
	}
	if got := explain(2, call("p", "ada")); got.GetVerdict() != v1.Decision_PROCEED {
		t.Errorf("what is left: %v", got)
	}
	if got := explain(11, call("p", "ada")); got.GetVerdict() != v1.Decision_REJECT || got.GetMessage() != "the cost 11 is above the capacity 10 of limit users" {
		t.Errorf("more than the capacity: %v", got)
	}
	got = explain(11, call("demo", "ada"))
	if f := got.GetFindings()[2]; got.GetVerdict() != v1.Decision_PROCEED || f.GetOverride() != "limits/users/overrides/demo" || f.GetRate() != "20 in any 1m0s" || f.GetOverrideOrigin() != v1.Limit_FILE {
		t.Errorf("by an override: %v", got)
	}
	got = explain(1, map[string]string{"action": "y"})
	if f := got.GetFindings()[2]; got.GetMessage() != "no limit counts such a call" || f.GetMatches() || f.GetReason() != `action is "y", it must be "x"; project is absent; user is absent` {
		t.Errorf("of another action: %v", got)
	}
}
