package scheduler_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	statuspb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/scheduler/cost"
)

// imagesCost are prices without one for time, so that what a video job costs is known beforehand.
func imagesCost(t *testing.T) cost.Rates {
	t.Helper()
	r, err := cost.Read(strings.NewReader(`
currency: EUR
rates:
  - {provider: studio, type: image, amount: 0.5}
  - {provider: remote, type: image, amount: 2}
  - {provider: remote, type: clip, amount: 3}
`))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func images(n float64) []*schedulerv1.Usage {
	return []*schedulerv1.Usage{{Type: "image", Units: n}}
}

// completeWith completes a lease that has used so many images.
func (b *bundle) completeWith(l *schedulerv1.Lease, n float64) {
	b.Helper()
	_, err := b.leases.CompleteVideoJob(b.Context(), &schedulerv1.CompleteVideoJobRequest{
		LeaseToken: l.GetLeaseToken(), Usage: images(n), VideoDuration: durationpb.New(time.Second),
		Artifacts: []*schedulerv1.Artifact{{FileName: "video.mp4", BlobKey: "k"}},
	})
	b.must(err)
}

func euros(micros int64) *schedulerv1.Amount {
	return &schedulerv1.Amount{Micros: micros, CurrencyCode: "EUR"}
}

// wantInvalid wants an INVALID_ARGUMENT about a field.
func wantInvalid(t *testing.T, err error, field string) {
	t.Helper()
	bad, _ := errs.Detail[*errdetails.BadRequest](err)
	if status.Code(err) != codes.InvalidArgument || len(bad.GetFieldViolations()) == 0 || bad.GetFieldViolations()[0].GetField() != field {
		t.Errorf("error %v, want INVALID_ARGUMENT of %s", err, field)
	}
}

func TestCostsOfABulkJob(t *testing.T) {
	b := setup(t)
	job := b.imported("ada", "one", "two", "three")
	leases := b.lease(3)
	b.completeWith(leases[0], 2)
	b.completeWith(leases[1], 3)
	_, err := b.leases.FailVideoJob(b.Context(), &schedulerv1.FailVideoJobRequest{
		LeaseToken: leases[2].GetLeaseToken(), FailureClass: schedulerv1.FailureClass_PERMANENT, Error: &statuspb.Status{Code: 3}, Usage: images(1),
	})
	b.must(err)

	got, err := b.jobs.GetBulkJob(b.Context(), &schedulerv1.GetBulkJobRequest{Name: job.GetName()})
	b.must(err)
	if diff := cmp.Diff(euros(3_000_000), got.GetCost(), protocmp.Transform()); diff != "" {
		t.Errorf("cost of the bulk job (-want +got):\n%s", diff)
	}
	first, err := b.costs.ListCostItems(b.Context(), &schedulerv1.ListCostItemsRequest{Parent: job.GetName(), PageSize: 2})
	b.must(err)
	rest, err := b.costs.ListCostItems(b.Context(), &schedulerv1.ListCostItemsRequest{Parent: job.GetName(), PageSize: 2, PageToken: first.GetNextPageToken()})
	b.must(err)
	all := append(first.GetCostItems(), rest.GetCostItems()...)
	var want []*schedulerv1.CostItem
	for i, micros := range []int64{1_000_000, 1_500_000, 500_000} {
		want = append(want, &schedulerv1.CostItem{
			VideoJob: leases[i].GetVideoJob().GetName(), Attempt: 1, Provider: "studio", Type: "image", Units: float64(micros) / 500_000,
			Amount: euros(micros), User: "ada",
		})
	}
	if diff := cmp.Diff(want, all, protocmp.Transform(), protocmp.IgnoreFields(&schedulerv1.CostItem{}, "start_time", "end_time")); diff != "" {
		t.Errorf("line items (-want +got):\n%s", diff)
	}
	if len(first.GetCostItems()) != 2 || rest.GetNextPageToken() != "" {
		t.Errorf("a page of %d, and %q after the last", len(first.GetCostItems()), rest.GetNextPageToken())
	}
	_, err = b.costs.ListCostItems(b.Context(), &schedulerv1.ListCostItemsRequest{
		Parent: "projects/demo/bulkJobs/00000000-0000-7000-8000-000000000000", PageToken: first.GetNextPageToken(),
	})
	if errs.ReasonOf(err) != errorsv1.ErrorReason_PAGE_TOKEN_INVALID {
		t.Errorf("the page token of another list: %v", err)
	}

	summary, err := b.costs.SummarizeCosts(b.Context(), &schedulerv1.SummarizeCostsRequest{Parent: "projects/demo"})
	b.must(err)
	if days := summary.GetDays(); len(days) == 0 || days[0].GetUser() != "ada" || summary.GetTotal().GetMicros() != 3_000_000 {
		t.Errorf("summary: %v", summary)
	}
	none, err := b.costs.SummarizeCosts(b.Context(), &schedulerv1.SummarizeCostsRequest{Parent: "projects/other"})
	b.must(err)
	if len(none.GetDays()) != 0 || none.GetTotal().GetCurrencyCode() != "EUR" {
		t.Errorf("summary of another project: %v", none)
	}
}

func TestSummaryRefusesTimes(t *testing.T) {
	b := setup(t)
	at := func(days int) *timestamppb.Timestamp { return timestamppb.New(time.Now().AddDate(0, 0, days)) }
	tests := map[string]struct {
		start, end *timestamppb.Timestamp
		field      string
	}{
		"backwards":     {at(-1), at(-2), "start_time"},
		"in the future": {at(2), nil, "start_time"},
		"too long":      {at(-402), nil, "start_time"},
		"no time":       {&timestamppb.Timestamp{Nanos: -1}, nil, "start_time"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := b.costs.SummarizeCosts(b.Context(), &schedulerv1.SummarizeCostsRequest{Parent: "projects/demo", StartTime: test.start, EndTime: test.end})
			wantInvalid(t, err, test.field)
		})
	}
}

func TestUntrueUsageIsRefused(t *testing.T) {
	b := setup(t)
	b.imported("ada", "one")
	l := b.lease(1)[0]
	_, err := b.leases.CompleteVideoJob(b.Context(), &schedulerv1.CompleteVideoJobRequest{
		LeaseToken: l.GetLeaseToken(), Usage: images(1e12), VideoDuration: durationpb.New(time.Second),
		Artifacts: []*schedulerv1.Artifact{{FileName: "video.mp4", BlobKey: "k"}},
	})
	wantInvalid(t, err, "usage[0].units")
	b.completeWith(l, 1)
}

func TestBudgetOfABulkJob(t *testing.T) {
	b := setup(t)
	in := request("ada")
	in.BulkJob.Budget = &schedulerv1.Amount{Micros: 700_000}
	job := b.importedFrom(in, "one", "two", "three")
	if diff := cmp.Diff(euros(700_000), job.GetBudget(), protocmp.Transform()); diff != "" {
		t.Errorf("budget (-want +got):\n%s", diff)
	}
	for _, l := range b.lease(2) {
		b.completeWith(l, 1)
	}
	if got := b.lease(1); len(got) != 0 {
		t.Errorf("leased %v over budget", got)
	}
	got, err := b.jobs.GetBulkJob(b.Context(), &schedulerv1.GetBulkJobRequest{Name: job.GetName()})
	b.must(err)
	why := status.FromProto(got.GetPauseReason()).Err()
	if got.GetState() != schedulerv1.BulkJob_PAUSED || errs.ReasonOf(why) != errorsv1.ErrorReason_BUDGET_EXCEEDED || got.GetError() != nil {
		t.Errorf("%v because of %v, error %v; want PAUSED, BUDGET_EXCEEDED, none", got.GetState(), why, got.GetError())
	}
	_, err = b.jobs.ResumeBulkJob(b.Context(), &schedulerv1.ResumeBulkJobRequest{Name: job.GetName()})
	info, _ := errs.Detail[*errdetails.ErrorInfo](err)
	if status.Code(err) != codes.FailedPrecondition || info.GetReason() != "BUDGET_EXCEEDED" || info.GetMetadata()["budget"] != "0.70 EUR" || info.GetMetadata()["cost"] != "1.00 EUR" {
		t.Errorf("resume: %v, %v", err, info)
	}
}

func TestBudgetsThatCannotBe(t *testing.T) {
	b := setup(t)
	tests := map[string]struct {
		limit *schedulerv1.Amount
		field string
	}{
		"nothing":          {&schedulerv1.Amount{}, "micros"},
		"another currency": {&schedulerv1.Amount{Micros: 1, CurrencyCode: "USD"}, "currency_code"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			in := request("ada")
			in.BulkJob.Budget = test.limit
			_, err := b.jobs.CreateBulkJob(b.Context(), in)
			wantInvalid(t, err, "bulk_job.budget."+test.field)
			_, err = b.costs.UpdateBudget(b.Context(), &schedulerv1.UpdateBudgetRequest{Budget: &schedulerv1.Budget{Name: "projects/demo/budget", Limit: test.limit}})
			wantInvalid(t, err, "budget.limit."+test.field)
		})
	}
	_, err := b.costs.UpdateBudget(b.Context(), &schedulerv1.UpdateBudgetRequest{Budget: &schedulerv1.Budget{Name: "demo"}})
	wantInvalid(t, err, "budget.name")
}

func TestBudgetOfAProject(t *testing.T) {
	b := setup(t)
	job := b.imported("ada", "one", "two", "three")
	set := func(limit *schedulerv1.Amount, id string) (*schedulerv1.Budget, error) {
		return b.costs.UpdateBudget(b.Context(), &schedulerv1.UpdateBudgetRequest{
			RequestId: id, Budget: &schedulerv1.Budget{Name: "projects/demo/budget", Limit: limit},
		})
	}
	before, err := b.costs.GetBudget(b.Context(), &schedulerv1.GetBudgetRequest{Name: "projects/demo/budget"})
	b.must(err)
	if diff := cmp.Diff(&schedulerv1.Budget{Name: "projects/demo/budget", Spent: euros(0)}, before, protocmp.Transform()); diff != "" {
		t.Errorf("budget at first (-want +got):\n%s", diff)
	}
	after, err := set(euros(500_000), "first")
	b.must(err)
	if diff := cmp.Diff(euros(500_000), after.GetLimit(), protocmp.Transform()); diff != "" || after.GetUpdateTime() == nil {
		t.Errorf("limit (-want +got):\n%s", diff)
	}
	if _, err := set(euros(600_000), "first"); errs.ReasonOf(err) != errorsv1.ErrorReason_REQUEST_ID_REUSED {
		t.Errorf("the request id again for another limit: %v", err)
	}
	b.completeWith(b.lease(1)[0], 1)
	if got := b.lease(1); len(got) != 0 {
		t.Errorf("leased %v over budget", got)
	}
	resume := func() error {
		_, err := b.jobs.ResumeBulkJob(b.Context(), &schedulerv1.ResumeBulkJobRequest{Name: job.GetName()})
		return err
	}
	if err := resume(); errs.ReasonOf(err) != errorsv1.ErrorReason_BUDGET_EXCEEDED {
		t.Errorf("resume over budget: %v", err)
	}
	after, err = set(nil, "")
	b.must(err)
	if after.GetLimit() != nil || after.GetSpent().GetMicros() != 500_000 {
		t.Errorf("without a limit: %v", after)
	}
	b.must(resume())
	if got := b.lease(2); len(got) != 2 {
		t.Errorf("leased %d after the limit was taken away, want 2", len(got))
	}
}

func TestProviderRates(t *testing.T) {
	b := setup(t)
	var got []*schedulerv1.ProviderRate
	for token := ""; ; {
		page, err := b.costs.ListProviderRates(b.Context(), &schedulerv1.ListProviderRatesRequest{Parent: "projects/demo", PageSize: 2, PageToken: token})
		b.must(err)
		got = append(got, page.GetProviderRates()...)
		if token = page.GetNextPageToken(); token == "" {
			break
		}
	}
	want := []*schedulerv1.ProviderRate{
		{Provider: "remote", Type: "clip", Amount: euros(3_000_000)},
		{Provider: "remote", Type: "image", Amount: euros(2_000_000)},
		{Provider: "studio", Type: "image", Amount: euros(500_000)},
	}
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("rates (-want +got):\n%s", diff)
	}
}
