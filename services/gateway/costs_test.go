package gateway

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

func TestBudgetIsPatched(t *testing.T) {
	b := setup(t)
	r := b.do("PATCH", "/v1/projects/demo/budget", `{"limit":{"micros":"5000000"}}`, "Idempotency-Key", "abc")
	if r.StatusCode != http.StatusOK {
		t.Fatalf("status %d: %s", r.StatusCode, text(t, r))
	}
	want := &schedulerv1.UpdateBudgetRequest{
		RequestId: "abc", Budget: &schedulerv1.Budget{Name: "projects/demo/budget", Limit: &schedulerv1.Amount{Micros: 5_000_000}},
	}
	if diff := cmp.Diff(want, b.scheduler.Last().Request, protocmp.Transform()); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
}

func TestCostsAreSummarized(t *testing.T) {
	b := setup(t)
	r := b.do("GET", "/v1/projects/demo:summarizeCosts?startTime=2026-11-01T00:00:00Z", "")
	got := decoded[struct {
		Total struct{ Micros, CurrencyCode string }
	}](t, r)
	if got.Total.Micros != "10000" || got.Total.CurrencyCode != "EUR" {
		t.Errorf("answer %+v", got)
	}
	in := b.scheduler.Last().Request.(*schedulerv1.SummarizeCostsRequest)
	if in.GetParent() != "projects/demo" || in.GetStartTime().AsTime().Month() != 11 {
		t.Errorf("request %v", in)
	}
}
