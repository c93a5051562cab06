package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"gocloud.dev/blob"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/ingest/validate"
)

const (
	leaseWait  = 20 * time.Second // of the long poll
	leaseSlack = 10 * time.Second // beyond the long poll, until the scheduler counts as gone
)

// importer reads one sheet after the other for bulk jobs.
type importer struct {
	worker  string
	imports schedulerv1.ImportServiceClient
	reader  reader
	files   *blob.Bucket  // for findings; nil: none are kept but those of the report
	timeout time.Duration // of one import
	log     *slog.Logger
}

// run works until ctx ends.
func (i *importer) run(ctx context.Context) {
	failures := 0
	for ctx.Err() == nil {
		reply, asked, err := i.lease(ctx)
		switch {
		case err == nil:
			failures = 0
			if reply.GetLeaseToken() != "" {
				i.handle(ctx, reply, asked)
			} else if time.Since(asked) < time.Second {
				wait(ctx, time.Second) // a scheduler that drains answers at once
			}
		case ctx.Err() == nil:
			failures++
			if failures == 1 { // once for each outage
				i.log.WarnContext(ctx, "no imports can be leased; trying on", "error", err)
			}
			wait(ctx, backoff().Wait(failures, rand.Float64))
		}
	}
}

// lease asks for a sheet to read. asked is when it did, from which the lease counts.
func (i *importer) lease(ctx context.Context) (reply *schedulerv1.LeaseImportResponse, asked time.Time, err error) {
	ctx, cancel := context.WithTimeout(ctx, leaseWait+leaseSlack)
	defer cancel()
	asked = time.Now()
	reply, err = i.imports.LeaseImport(ctx, &schedulerv1.LeaseImportRequest{Worker: i.worker, WaitDuration: durationpb.New(leaseWait)})
	return reply, asked, err
}

// handle imports the sheet of a leased bulk job while its lease holds.
func (i *importer) handle(ctx context.Context, leased *schedulerv1.LeaseImportResponse, asked time.Time) {
	log := i.log.With("bulk_job", leased.GetBulkJob().GetName())
	held := hold(ctx, i.imports, leased, asked)
	defer held.release()
	err := i.importSheet(held, leased.GetBulkJob(), log)
	switch {
	case err == nil: // the outcome is logged
	case held.ctx.Err() != nil:
		// Whoever leases it next goes on; what was appended stays.
		log.InfoContext(ctx, "import left to another worker", "cause", context.Cause(held.ctx))
	case notOurs(err):
		log.InfoContext(ctx, "import is no longer wanted", "error", err)
	default:
		log.ErrorContext(ctx, "import could not be reported", "error", err)
	}
}

// importSheet reads the sheet and appends its ideas. It returns nil when the scheduler knows the outcome.
func (i *importer) importSheet(held *lease, job *schedulerv1.BulkJob, log *slog.Logger) error {
	ctx, cancel := context.WithTimeout(held.ctx, i.timeout)
	defer cancel()
	diff := &difference{}
	found, err := i.readAndAppend(ctx, held.token, job, diff)
	if found != nil {
		i.keepFindings(held.ctx, job, held.token, found)
	}
	if err == nil {
		err = call(ctx, func(ctx context.Context) error {
			_, err := i.imports.CompleteImport(ctx, &schedulerv1.CompleteImportRequest{
				LeaseToken: held.token, Report: found.report, SourceKey: diff.memory.GetKey(), RemovedRowHashes: diff.removed,
			})
			return err
		})
	}
	if err == nil {
		log.InfoContext(ctx, "sheet imported", "valid", found.report.GetValidRowCount(), "invalid", found.report.GetInvalidRowCount())
		return nil
	}
	if held.ctx.Err() != nil || notOurs(err) {
		return err
	}
	return i.fail(held, found, err, log)
}

// fail tells the scheduler that the sheet cannot be imported. The import's own time may be over, but the lease is
// not, and the bulk job must not wait for ever.
func (i *importer) fail(held *lease, found *reading, err error, log *slog.Logger) error {
	if errors.Is(err, context.DeadlineExceeded) {
		err = errs.New(codes.DeadlineExceeded, errorsv1.ErrorReason_DEADLINE, "reading the sheet took longer than "+i.timeout.String())
	}
	public := errs.Public(err)
	req := &schedulerv1.FailImportRequest{LeaseToken: held.token, Error: status.Convert(public).Proto()}
	if found != nil {
		req.Report = found.report
	}
	failed := call(held.ctx, func(ctx context.Context) error {
		_, err := i.imports.FailImport(ctx, req)
		return err
	})
	if failed != nil {
		return fmt.Errorf("%w; the import itself failed: %v", failed, err)
	}
	level := slog.LevelInfo // the owner of the sheet can mend it
	if errs.ReasonOf(public) == errorsv1.ErrorReason_INTERNAL_ERROR {
		level = slog.LevelError
	}
	log.Log(held.ctx, level, "sheet refused", "error", err)
	return nil
}

// readAndAppend does the work of an import, row by row. The reading is nil when there is nothing to report. A strict
// import appends nothing before all rows have been checked.
func (i *importer) readAndAppend(ctx context.Context, token string, job *schedulerv1.BulkJob, diff *difference) (*reading, error) {
	var found *reading
	project := projectOf(job.GetName())
	strict := level(job.GetSource()) == ingestv1.ImportOptions_STRICT
	err := persist(ctx, func(ctx context.Context) (err error) {
		batches := &batches{imports: i.imports, token: token, diff: diff} // what a try before has appended stays, and is not appended again
		give, held := batches.add, []validate.Row(nil)
		if strict {
			give = func(_ context.Context, rows []validate.Row) error {
				held = append(held, rows...)
				return nil
			}
		}
		all := &findingList{}
		found, err = i.reader.read(ctx, request{
			source: job.GetSource(), project: project, user: job.GetUser(), findings: all.add, diff: diff,
		}, give)
		if found != nil {
			found.findings = all
		}
		if err == nil && strict {
			err = noError(found.report)
		}
		if err == nil {
			err = batches.add(ctx, held)
		}
		if err == nil {
			err = batches.send(ctx)
		}
		if err == nil {
			err = diff.recall(ctx, i.imports, project)
		}
		return err
	})
	if err != nil {
		return found, err
	}
	i.reader.finish(ctx, diff, found.report, project)
	return found, noValidRow(found.report)
}
