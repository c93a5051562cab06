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

// batches sends rows in the sheet's order. Rows that the bulk job has already stay as they are.
type batches struct {
	imports schedulerv1.ImportServiceClient
	token   string
	batch   []*schedulerv1.NewVideoJob
	size    int // of the batch, in bytes
	diff    *difference
}

// add takes rows, and sends the batches that are full.
func (b *batches) add(ctx context.Context, rows []validate.Row) error {
	for _, row := range rows {
		job := newVideoJob(row)
		if b.diff.remembers() {
			content := hashContent(row.Idea)
			job.ContentHash = content[:]
		}
		bytes := proto.Size(job)
		if len(b.batch) == batchRows || b.size+bytes > batchBytes {
			if err := b.send(ctx); err != nil {
				return err
			}
		}
		b.batch, b.size = append(b.batch, job), b.size+bytes
	}
	return nil
}

// send sends what is left.
func (b *batches) send(ctx context.Context) error {
	if len(b.batch) == 0 {
		return nil
	}
	var reply *schedulerv1.AppendVideoJobsResponse
	err := call(ctx, func(ctx context.Context) (err error) {
		reply, err = b.imports.AppendVideoJobs(ctx, &schedulerv1.AppendVideoJobsRequest{LeaseToken: b.token, VideoJobs: b.batch, Memory: b.diff.memory})
		return err
	})
	if err == nil && b.diff.remembers() {
		for i, job := range b.batch {
			b.diff.count(job.GetIdea(), job.GetSkipReason() != nil, comparedAt(reply.GetRows(), i))
		}
	}
	b.batch, b.size = nil, 0
	return err
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
