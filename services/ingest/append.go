package ingest

import (
	"context"
	"fmt"

	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/ingest/validate"
)

const (
	batchRows = 500
	// batchBytes keeps a batch of long scripts below the message size that servers take.
	batchBytes = 4 << 20
)

// append sends the rows in batches, in the sheet's order. Rows that the bulk job has already stay as they are.
func (i *importer) append(ctx context.Context, token string, rows []validate.Row) error {
	var batch []*schedulerv1.NewVideoJob
	size := 0
	send := func() error {
		if len(batch) == 0 {
			return nil
		}
		err := call(ctx, func(ctx context.Context) error {
			_, err := i.imports.AppendVideoJobs(ctx, &schedulerv1.AppendVideoJobsRequest{LeaseToken: token, VideoJobs: batch})
			return err
		})
		batch, size = nil, 0
		return err
	}
	for _, row := range rows {
		job := newVideoJob(row)
		bytes := proto.Size(job)
		if len(batch) == batchRows || size+bytes > batchBytes {
			if err := send(); err != nil {
				return err
			}
		}
		batch, size = append(batch, job), size+bytes
	}
	return send()
}

// newVideoJob makes a video job of a row. A repeated row is skipped from the start, with the reason.
func newVideoJob(row validate.Row) *schedulerv1.NewVideoJob {
	job := &schedulerv1.NewVideoJob{Idea: row.Idea}
	if row.DuplicateOf != 0 {
		reason := errs.Invalid(errs.Violation{Field: "title", Description: fmt.Sprintf("row %d has the same title and script", row.DuplicateOf)})
		job.SkipReason = status.Convert(reason).Proto()
	}
	return job
}
