package sheetreel

import (
	"context"
	"fmt"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/durationpb"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/grpckit"
)

// reader plays ingest: it makes a bulk job and appends what it has read.
type reader struct {
	jobs    schedulerv1.SchedulerServiceClient
	imports schedulerv1.ImportServiceClient
	conn    *grpc.ClientConn
	bulk    string
	lease   string
}

// openImport makes a bulk job of a user and leases its import. The caller closes the reader.
func openImport(ctx context.Context, address, user string) (r *reader, err error) {
	conn, err := grpckit.Dial(address)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			conn.Close()
		}
	}()
	r = &reader{conn: conn, jobs: schedulerv1.NewSchedulerServiceClient(conn), imports: schedulerv1.NewImportServiceClient(conn)}
	made, err := r.jobs.CreateBulkJob(ctx, &schedulerv1.CreateBulkJobRequest{
		Parent: "projects/" + project,
		BulkJob: &schedulerv1.BulkJob{
			User: user,
			Source: &ingestv1.Source{Kind: &ingestv1.Source_GoogleSheet{
				GoogleSheet: &ingestv1.GoogleSheet{Spreadsheet: "1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms"},
			}},
		},
	})
	if err != nil {
		return nil, err
	}
	out, err := r.imports.LeaseImport(ctx, &schedulerv1.LeaseImportRequest{Worker: "reader", WaitDuration: durationpb.New(leaseWait)})
	if err != nil {
		return nil, err
	}
	if out.GetBulkJob().GetName() != made.GetName() {
		return nil, fmt.Errorf("the import of %q was leased instead of that of %s", out.GetBulkJob().GetName(), made.GetName())
	}
	r.bulk, r.lease = made.GetName(), out.GetLeaseToken()
	return r, nil
}

// add appends the ideas of jobs from to to-1.
func (r *reader) add(ctx context.Context, from, to int) error {
	for ; from < to; from += appendChunk {
		in := &schedulerv1.AppendVideoJobsRequest{LeaseToken: r.lease}
		for i := from; i < min(from+appendChunk, to); i++ {
			in.VideoJobs = append(in.VideoJobs, &schedulerv1.NewVideoJob{Idea: idea(i)})
		}
		if _, err := r.imports.AppendVideoJobs(ctx, in); err != nil {
			return err
		}
	}
	return nil
}

// done ends the import.
func (r *reader) done(ctx context.Context) error {
	_, err := r.imports.CompleteImport(ctx, &schedulerv1.CompleteImportRequest{LeaseToken: r.lease, Report: &ingestv1.ImportReport{}})
	return err
}

func (r *reader) close() { _ = r.conn.Close() }
