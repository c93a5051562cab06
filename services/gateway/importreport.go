package gateway

import (
	"mime"
	"net/http"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/kit/reportcsv"
)

// importReport gives what was found in a bulk job's sheet as CSV.
func (s *Service) importReport(w http.ResponseWriter, r *http.Request) {
	name := "projects/" + r.PathValue("project") + "/bulkJobs/" + r.PathValue("bulk_job")
	job, err := schedulerv1.NewSchedulerServiceClient(s.backends.Scheduler).
		GetBulkJob(outgoing(r), &schedulerv1.GetBulkJobRequest{Name: name})
	if err == nil && job.GetImportReport() == nil {
		err = errs.StateConflict(name, job.GetState().String(), "the sheet has not been read yet, or could not be read; there is no report")
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
	if err = out.Findings(job.GetImportReport().GetFindings()); err == nil {
		err = out.Flush()
	}
	if err != nil {
		s.log.DebugContext(r.Context(), "a reader of a report went away", "error", err)
	}
}
