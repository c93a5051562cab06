package ingest

import (
	"context"
	"time"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/ingest/mapping"
	"github.com/sheetreel/sheetreel/services/ingest/source"
	"github.com/sheetreel/sheetreel/services/ingest/source/sheets"
	"github.com/sheetreel/sheetreel/services/ingest/validate"
	"github.com/sheetreel/sheetreel/services/ingest/writeback"
)

// writeBack writes results into sheets until ctx ends.
func (s *Service) writeBack(ctx context.Context) {
	name := workerName(s.cfg.ImportWorkers)
	writeback.Run(ctx, writeback.Deps{
		Scheduler: s.deps.WriteBacks, Open: s.openResults, Worker: name, PublicURL: s.cfg.PublicURL, Now: time.Now,
		Log: s.deps.Log.With("worker", name),
	}, s.cfg.WriteBackSheets)
}

// openResults opens the range of a bulk job's ideas, to be read as the import has read it.
func (s *Service) openResults(job *schedulerv1.BulkJob) (writeback.Tab, writeback.Reading, error) {
	if err := s.sheets.CanWrite(); err != nil {
		return nil, writeback.Reading{}, err
	}
	req := request{source: job.GetSource(), project: projectOf(job.GetName()), user: job.GetUser()}
	tab, err := s.sheets.Tab(sheetRequest(req))
	if err != nil {
		return nil, writeback.Reading{}, err
	}
	reading, err := s.reader.rereading(req)
	return tab, reading, err
}

// rereading is how the rows of a source are found again: its columns and row keys are those of the import, but a gate that
// a row has passed may be shut behind it.
func (r reader) rereading(req request) (writeback.Reading, error) {
	columns, err := mappingOptions(req.source.GetOptions())
	if err != nil {
		return writeback.Reading{}, err
	}
	return writeback.Reading{
		Map: func(t *source.Table) (*mapping.Header, error) {
			header, err := r.catalog.Map(t, columns)
			if err != nil {
				return nil, noHeader(t, err)
			}
			return header, nil
		},
		Watch: func(ctx context.Context, t *source.Table, h *mapping.Header, watch func(validate.RowState)) error {
			options := validateOptions(req)
			options.Gate, options.Now, options.NoAlike, options.Watch = "", time.Time{}, true, watch
			run, err := r.rules.Start(t, h, options)
			if err != nil {
				return misfit(err)
			}
			_, err = run.Add(ctx, t)
			return err
		},
	}, nil
}

// sheetRequest is the range of a Google sheet that a source names.
func sheetRequest(req request) sheets.Request {
	sheet := req.source.GetGoogleSheet()
	return sheets.Request{
		Spreadsheet: sheet.GetSpreadsheet(), Range: sheet.GetRange(), Project: req.project, User: req.user,
		FillMerged:  req.source.GetOptions().GetMergedCells() == ingestv1.ImportOptions_FILL,
		VisibleOnly: req.source.GetOptions().GetHiddenRows() == ingestv1.ImportOptions_SKIP,
	}
}
