package ingest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/kit/token"
	"github.com/sheetreel/sheetreel/services/ingest/emulator"
)

// ledger is rows of which every third has no title, as `Title|Script`.
func ledger(count int) []string {
	lines := []string{"Title|Script"}
	for i := 1; i <= count; i++ {
		switch {
		case i%3 == 0:
			lines = append(lines, fmt.Sprintf("|Text %d", i))
		default:
			lines = append(lines, fmt.Sprintf("Title %d|Text %d", i, i))
		}
	}
	return lines
}

func TestPagesOfACheckMakeTheWhole(t *testing.T) {
	ideas, _ := client(t, emulator.Options{Spreadsheets: []emulator.Spreadsheet{
		{ID: "big", Tabs: []emulator.Tab{{Title: "Ideas", Rows: rows(ledger(3600)...)}}},
	}})
	req := &ingestv1.CheckIdeasRequest{Parent: "projects/demo", Source: googleSheet("big", ""), PageSize: 500}
	var titles, cells []string
	pages := 0
	for {
		reply, err := ideas.CheckIdeas(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		pages++
		if n := len(reply.GetIdeas()); n > 500 {
			t.Errorf("page %d has %d ideas", pages, n)
		}
		if got := reply.GetReport(); got.GetValidRowCount() != 2400 || got.GetFindingCount() != 1200 || len(got.GetFindings()) > 500 {
			t.Errorf("page %d counts %d rows and %d findings, and has %d", pages, got.GetValidRowCount(), got.GetFindingCount(), len(got.GetFindings()))
		}
		for _, idea := range reply.GetIdeas() {
			titles = append(titles, idea.GetTitle())
		}
		for _, f := range reply.GetReport().GetFindings() {
			cells = append(cells, f.GetCell())
		}
		if req.PageToken = reply.GetNextPageToken(); req.PageToken == "" {
			break
		}
	}
	if pages != 5 || len(titles) != 2400 || len(cells) != 1200 {
		t.Fatalf("%d pages with %d ideas and %d findings, want 5, 2400 and 1200", pages, len(titles), len(cells))
	}
	for i, title := range titles {
		if want := fmt.Sprint("Title ", i/2*3+i%2+1); title != want {
			t.Fatalf("idea %d is %s, want %s", i, title, want)
		}
	}
	for i, cell := range cells {
		if want := fmt.Sprint("A", 3*i+4); cell != want {
			t.Fatalf("finding %d is in %s, want %s", i, cell, want)
		}
	}
}

func TestPageTokens(t *testing.T) {
	sheet := emulator.Spreadsheet{ID: "plan", Tabs: []emulator.Tab{{Title: "Ideas", Rows: rows("Title|Script", "A|1", "B|2", "C|3")}}}
	ideas, _ := client(t, emulator.Options{Spreadsheets: []emulator.Spreadsheet{sheet}})
	req := &ingestv1.CheckIdeasRequest{Parent: "projects/demo", Source: googleSheet("plan", ""), PageSize: 2}
	first, err := ideas.CheckIdeas(t.Context(), req)
	if err != nil || first.GetNextPageToken() == "" {
		t.Fatalf("first page: %v, %v", first, err)
	}
	scope, err := scopeOf(req)
	if err != nil {
		t.Fatal(err)
	}
	var begin place
	if err := token.Decode(first.GetNextPageToken(), &begin, scope...); err != nil {
		t.Fatal(err)
	}
	begin.Findings = -1
	negative, err := token.Encode(begin, scope...)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, token, sheet string
		reason             errorsv1.ErrorReason
	}{
		{"made up", negative, "plan", errorsv1.ErrorReason_PAGE_TOKEN_INVALID},
		{"no token", "x", "plan", errorsv1.ErrorReason_PAGE_TOKEN_INVALID},
		{"of another source", first.GetNextPageToken(), "plan2", errorsv1.ErrorReason_PAGE_TOKEN_INVALID},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ideas.CheckIdeas(t.Context(), &ingestv1.CheckIdeasRequest{Parent: "projects/demo", Source: googleSheet(c.sheet, ""), PageToken: c.token})
			if errs.ReasonOf(err) != c.reason {
				t.Errorf("error is %v, want %s", err, c.reason)
			}
		})
	}
	edited := emulator.Spreadsheet{ID: "plan", Tabs: []emulator.Tab{{Title: "Ideas", Rows: rows("Title|Script", "A|1", "B|2", "C|4")}}}
	ideas, _ = client(t, emulator.Options{Spreadsheets: []emulator.Spreadsheet{edited}})
	req.PageToken = first.GetNextPageToken()
	if _, err := ideas.CheckIdeas(t.Context(), req); errs.ReasonOf(err) != errorsv1.ErrorReason_SOURCE_CHANGED {
		t.Errorf("error is %v, want %s", err, errorsv1.ErrorReason_SOURCE_CHANGED)
	}
}

func TestAStrictImportIsAllOrNothing(t *testing.T) {
	scheduler := newFakeScheduler()
	run(t, scheduler, emulator.Options{Spreadsheets: []emulator.Spreadsheet{
		{ID: "flawed", Tabs: []emulator.Tab{{Title: "Ideas", Rows: rows(ledger(1300)...)}}},
		{ID: "fine", Tabs: []emulator.Tab{{Title: "Ideas", Rows: rows("Title|Script", "A|1", "B|2", "A|1")}}},
	}})
	strict := func(spreadsheet string) *fakeJob {
		source := googleSheet(spreadsheet, "")
		source.Options = &ingestv1.ImportOptions{ValidationLevel: ingestv1.ImportOptions_STRICT}
		scheduler.waiting <- &fakeJob{job: &schedulerv1.BulkJob{Name: "projects/demo/bulkJobs/b1", Source: source}}
		return <-scheduler.ended
	}
	job := strict("flawed")
	if job.failed == nil || len(job.videoJobs) != 0 {
		t.Fatalf("%d video jobs, failed %v, want none and a failure", len(job.videoJobs), job.failed)
	}
	want := "433 of 1300 rows have errors and the check is strict, so nothing was submitted; the first problem is in cell A4: The row has no title.; mend the sheet, or leave such rows out with the validation level moderate"
	if got := job.failed.GetError().GetMessage(); got != want {
		t.Errorf("error is %q, want %q", got, want)
	}
	if r := job.failed.GetReport(); r.GetFindingCount() != 433 || r.GetValidationLevel() != ingestv1.ImportOptions_STRICT {
		t.Errorf("the report has %d findings of a check %s, want 433 of a strict one", r.GetFindingCount(), r.GetValidationLevel())
	}
	if job = strict("fine"); job.completed == nil || len(job.videoJobs) != 3 {
		t.Errorf("%d video jobs, failed %v, want 3, one of them skipped", len(job.videoJobs), job.failed)
	}
}

// priced is a cost service with two prices.
type priced struct{ schedulerv1.CostServiceClient }

func (priced) ListProviderRates(_ context.Context, req *schedulerv1.ListProviderRatesRequest, _ ...grpc.CallOption) (*schedulerv1.ListProviderRatesResponse, error) {
	rate := func(provider string, micros int64) *schedulerv1.ProviderRate {
		return &schedulerv1.ProviderRate{Provider: provider, Type: "render_second", Amount: &schedulerv1.Amount{Micros: micros, CurrencyCode: "EUR"}}
	}
	if req.GetPageToken() == "" {
		return &schedulerv1.ListProviderRatesResponse{ProviderRates: []*schedulerv1.ProviderRate{rate("other", 1_000_000)}, NextPageToken: "more"}, nil
	}
	return &schedulerv1.ListProviderRatesResponse{ProviderRates: []*schedulerv1.ProviderRate{rate("studio", 2000)}}, nil
}

func TestACheckEstimatesTheVideosThatWouldBeMade(t *testing.T) {
	options := emulator.Options{Spreadsheets: []emulator.Spreadsheet{
		{ID: "plan", Tabs: []emulator.Tab{{Title: "Ideas", Rows: rows("Title|Script|Duration", "A|1|30s", "B|2|60s", "A|1|30s", "|3|30s")}}},
	}}
	ideas, _ := clientWith(t, options, priced{})
	reply, err := ideas.CheckIdeas(t.Context(), &ingestv1.CheckIdeasRequest{Parent: "projects/demo", Source: googleSheet("plan", "")})
	if err != nil {
		t.Fatal(err)
	}
	e := reply.GetReport().GetEstimate()
	if e.GetVideoCount() != 2 || e.GetVideoDuration().AsDuration() != 90*time.Second || e.GetCostMicros() != 180_000 || e.GetCurrencyCode() != "EUR" {
		t.Errorf("estimate is %v, want 2 videos of 90 s for 0.18 EUR", e)
	}
	if got := strings.Join(e.GetExplanations(), " "); !strings.Contains(got, "90 render_second at 0.002 EUR each: 0.18 EUR.") {
		t.Errorf("explanation is %q, want the reckoning", got)
	}
}
