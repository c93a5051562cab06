package gateway

import (
	"fmt"
	"mime"
	"net/http"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/kit/reportcsv"
)

// importReport gives all that was found in a bulk job's sheet as CSV. When there was more than is kept, the last row
// says so.
func (s *Service) importReport(w http.ResponseWriter, r *http.Request) {
	name := "projects/" + r.PathValue("project") + "/bulkJobs/" + r.PathValue("bulk_job")
	ctx := outgoing(r)
	job, err := schedulerv1.NewSchedulerServiceClient(s.backends.Scheduler).GetBulkJob(ctx, &schedulerv1.GetBulkJobRequest{Name: name})
	if err == nil && job.GetImportReport() == nil {
		err = errs.StateConflict(name, job.GetState().String(), "the sheet has not been read yet, or could not be read; there is no report")
	}
	findings := ingestv1.NewIngestServiceClient(s.backends.Ingest)
	request := &ingestv1.ListImportFindingsRequest{Parent: name}
	var page *ingestv1.ListImportFindingsResponse
	if err == nil {
		page, err = findings.ListImportFindings(ctx, request)
	}
	if err != nil {
		handleError(r.Context(), nil, nil, w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": downloadName(job.GetDisplayName(), "report.csv")}))
	out := reportcsv.NewWriter(w)
	for err == nil {
		if err = out.Findings(page.GetImportFindings()); err != nil || page.GetNextPageToken() == "" {
			break
		}
		request.PageToken = page.GetNextPageToken()
		page, err = findings.ListImportFindings(ctx, request)
	}
	if more := page.GetFindingCount() - page.GetTotalSize(); err == nil && more > 0 {
		err = out.Findings([]*ingestv1.Finding{{
			Rule: "report.cut", Severity: ingestv1.Finding_WARNING,
			Message: fmt.Sprintf("There were %d more findings, which are not kept: the first %d are listed.", more, page.GetTotalSize()),
		}})
	}
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		s.log.DebugContext(r.Context(), "a report was not told to its end", "error", err)
		panic(http.ErrAbortHandler) // so that nobody takes the part for the whole
	}
}
