package ingest

import (
	"context"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/ingest/connect"
	"github.com/sheetreel/sheetreel/services/ingest/source/sheets"
)

// watch looks at connected sheets until ctx ends.
func (s *Service) watch(ctx context.Context) {
	name := workerName(s.cfg.ImportWorkers + 1)
	connect.Run(ctx, connect.Deps{
		Polls: s.deps.Polls, Jobs: s.deps.Jobs, Version: s.version, Changed: s.changed, Worker: name, Interval: s.cfg.ConnectInterval,
		Log: s.deps.Log.With("worker", name),
	})
}

// version asks for the version of the spreadsheet that a bulk job reads.
func (s *Service) version(ctx context.Context, project string, job *schedulerv1.BulkJob) (sheets.Version, error) {
	return s.sheets.Version(ctx, sheetRequest(request{source: job.GetSource(), project: project, user: job.GetUser()}))
}

// changed tells whether a bulk job would find rows that are new or changed. Nothing is stored. A sheet that the bulk job
// would refuse is an error.
func (s *Service) changed(ctx context.Context, project string, job *schedulerv1.BulkJob) (bool, error) {
	earlier := &compared{difference: &difference{}, imports: s.deps.Imports, project: project}
	found, err := s.reader.read(ctx, request{
		source: job.GetSource(), project: project, user: job.GetUser(), diff: earlier.difference,
	}, earlier.add)
	if err == nil && level(job.GetSource()) == ingestv1.ImportOptions_STRICT {
		err = noError(found.report)
	}
	if err == nil {
		err = noValidRow(found.report)
	}
	if err == nil {
		err = earlier.send(ctx)
	}
	if err != nil {
		return false, err
	}
	return earlier.found.GetNewRowCount()+earlier.found.GetChangedRowCount() > 0, nil
}
