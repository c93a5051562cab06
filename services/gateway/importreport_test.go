package gateway

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
)

// lister has findings in pages, and ends with its error after them.
type lister struct {
	ingestv1.UnimplementedIngestServiceServer
	pages []*ingestv1.ListImportFindingsResponse
	err   error
}

func (l *lister) ListImportFindings(_ context.Context, req *ingestv1.ListImportFindingsRequest) (*ingestv1.ListImportFindingsResponse, error) {
	at := len(req.GetPageToken())
	if at == len(l.pages) {
		return nil, l.err
	}
	return l.pages[at], nil
}

func TestImportReportAsCSV(t *testing.T) {
	found := &lister{}
	b := setup(t)
	b.service.backends.Ingest = serve(t, func(r grpc.ServiceRegistrar) { ingestv1.RegisterIngestServiceServer(r, found) })
	job := running()
	job.DisplayName = "Winter plan"
	path := "/v1/" + bulkName + "/importReport.csv"
	b.scheduler.Put(job, &schedulerv1.VideoJob{Name: videoName})
	if answer := b.do("GET", path, ""); answer.StatusCode != http.StatusBadRequest || !strings.Contains(text(t, answer), "there is no report") {
		t.Errorf("without a report: %s", answer.Status)
	}
	job.ImportReport = &ingestv1.ImportReport{}
	b.scheduler.Put(job, &schedulerv1.VideoJob{Name: videoName})
	found.pages = []*ingestv1.ListImportFindingsResponse{
		{ImportFindings: []*ingestv1.Finding{{RowNumber: 3, Cell: "A3", Message: "=1+1", Severity: ingestv1.Finding_ERROR}}, NextPageToken: "x", TotalSize: 2, FindingCount: 7},
		{ImportFindings: []*ingestv1.Finding{{RowNumber: 4, Severity: ingestv1.Finding_WARNING}}, TotalSize: 2, FindingCount: 7},
	}
	answer := b.do("GET", path, "")
	want := "row,cell,field,severity,rule,message,suggestion,before,after\n3,A3,,error,,'=1+1,,,\n4,,,warning,,,,,\n" +
		",,,warning,report.cut,\"There were 5 more findings, which are not kept: the first 2 are listed.\",,,\n"
	if diff := cmp.Diff(want, text(t, answer)); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
	if got := answer.Header.Get("Content-Disposition"); got != "attachment; filename=winter-plan-report.csv" || answer.Header.Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Errorf("disposition %q, type %q", got, answer.Header.Get("Content-Type"))
	}
	found.pages, found.err = found.pages[:1], errs.Unavailable(0, "away", 0)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.server.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if answer, err := http.DefaultClient.Do(request); err == nil {
		t.Errorf("a report that cannot be told to its end is %s, want a connection that ends", answer.Status)
		answer.Body.Close()
	}
}
