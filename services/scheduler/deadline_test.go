package scheduler

import (
	"testing"
	"time"

	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

func TestADeadlineTellsTheWorkerToCancel(t *testing.T) {
	k := newKeeper(t, Keep{})
	ctx := t.Context()
	deadline := k.clock.Add(40 * time.Second)
	job, err := k.CreateBulkJob(ctx, &schedulerv1.CreateBulkJobRequest{Parent: "projects/demo", BulkJob: &schedulerv1.BulkJob{
		Source:        &ingestv1.Source{Kind: &ingestv1.Source_GoogleSheet{GoogleSheet: &ingestv1.GoogleSheet{Spreadsheet: "demo"}}},
		RenderOptions: &schedulerv1.RenderOptions{Provider: "pika"}, DeadlineTime: timestamppb.New(deadline),
	}})
	k.must(err)
	sheet, err := k.LeaseImport(ctx, &schedulerv1.LeaseImportRequest{Worker: "r"})
	k.must(err)
	ideas := &schedulerv1.AppendVideoJobsRequest{LeaseToken: sheet.GetLeaseToken()}
	for _, row := range []string{"a", "b"} {
		ideas.VideoJobs = append(ideas.VideoJobs, &schedulerv1.NewVideoJob{Idea: &ingestv1.Idea{RowKey: row, Title: row}})
	}
	_, err = k.AppendVideoJobs(ctx, ideas)
	k.must(err)
	found, err := k.store.Candidates(ctx, store.Search{Limit: 1}, k.clock)
	k.must(err)
	claims := []store.Claim{{VideoKey: found[0].VideoKey, Lease: newLease()}}
	leased, err := k.store.Claim(ctx, claims, "w", k.clock.Add(time.Minute), k.clock)
	k.must(err)

	k.clock = deadline.Add(-time.Millisecond)
	k.must(k.endOverdueOnce(ctx))
	heartbeat := &schedulerv1.HeartbeatRequest{Worker: "w", Leases: []*schedulerv1.LeaseReport{{LeaseToken: leased[0].Lease}}}
	for _, want := range []schedulerv1.LeaseStatus_Verdict{schedulerv1.LeaseStatus_OK, schedulerv1.LeaseStatus_CANCEL} {
		out, err := k.Heartbeat(ctx, heartbeat)
		k.must(err)
		if got := out.GetLeases()[0].GetVerdict(); got != want {
			t.Errorf("at %v the worker is told %v, want %v", k.clock, got, want)
		}
		k.clock = deadline
		k.must(k.endOverdueOnce(ctx))
	}
	got, err := k.GetBulkJob(ctx, &schedulerv1.GetBulkJobRequest{Name: job.GetName()})
	k.must(err)
	if reason := errs.ReasonOf(status.ErrorProto(got.GetError())); got.GetState() != schedulerv1.BulkJob_CANCELLED ||
		got.GetProgress().GetCancelledCount() != 2 || reason != errorsv1.ErrorReason_JOB_DEADLINE_EXCEEDED {
		t.Errorf("bulk job: %v, %v, %v", got.GetState(), got.GetProgress(), reason)
	}
	// The half-read sheet is left alone: nobody may append to it any more.
	_, err = k.AppendVideoJobs(ctx, ideas)
	if errs.ReasonOf(err) != errorsv1.ErrorReason_LEASE_LOST {
		t.Errorf("append after the deadline: %v", err)
	}
}
