package scheduler_test

import (
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
)

func TestTimesThatCannotBeMeant(t *testing.T) {
	b := setup(t)
	in := func(d time.Duration) *timestamppb.Timestamp { return timestamppb.New(time.Now().Add(d)) }
	tests := map[string]struct {
		job   *schedulerv1.BulkJob
		field string
	}{
		"a deadline in the past":        {&schedulerv1.BulkJob{DeadlineTime: in(-time.Minute)}, "bulk_job.deadline_time"},
		"a deadline before the start":   {&schedulerv1.BulkJob{NotBeforeTime: in(2 * time.Hour), DeadlineTime: in(time.Hour)}, "bulk_job.deadline_time"},
		"a start in the year 10000":     {&schedulerv1.BulkJob{NotBeforeTime: &timestamppb.Timestamp{Seconds: 1 << 40}}, "bulk_job.not_before_time"},
		"nanoseconds beyond the second": {&schedulerv1.BulkJob{DueTime: &timestamppb.Timestamp{Nanos: -1}}, "bulk_job.due_time"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := request("ada")
			test.job.Source = r.BulkJob.Source
			r.BulkJob = test.job
			_, err := b.jobs.CreateBulkJob(t.Context(), r)
			bad, _ := errs.Detail[*errdetails.BadRequest](err)
			if status.Code(err) != codes.InvalidArgument || len(bad.GetFieldViolations()) != 1 || bad.GetFieldViolations()[0].GetField() != test.field {
				t.Errorf("error = %v with %v, want INVALID_ARGUMENT of %s", err, bad, test.field)
			}
		})
	}
}

func TestAJobWaitsForItsTimeAndWakesTheWorker(t *testing.T) {
	b := setup(t)
	at := time.Now().Add(300 * time.Millisecond)
	r := request("ada")
	r.BulkJob.NotBeforeTime = timestamppb.New(at)
	job := b.importedFrom(r, "a")
	if got := b.lease(1); len(got) > 0 {
		t.Fatalf("leased %v before its time", got)
	}
	list, err := b.jobs.ListVideoJobs(t.Context(), &schedulerv1.ListVideoJobsRequest{Parent: job.GetName()})
	b.must(err)
	if v := list.GetVideoJobs()[0]; v.GetState() != schedulerv1.VideoJob_QUEUED || v.GetNextAttemptTime().AsTime().Before(at) {
		t.Errorf("%v, next attempt %v; want QUEUED until %v", v.GetState(), v.GetNextAttemptTime().AsTime(), at)
	}
	out, err := b.leases.LeaseVideoJobs(t.Context(), &schedulerv1.LeaseVideoJobsRequest{
		Worker: "w", MaxCount: 1, WaitDuration: durationpb.New(time.Minute),
	})
	b.must(err)
	if now := time.Now(); len(out.GetLeases()) != 1 || now.Before(at) {
		t.Errorf("%d leased at %v, want 1 not before %v", len(out.GetLeases()), now, at)
	}
}

func TestAWorkerNamesItsProviders(t *testing.T) {
	b := setup(t)
	b.imported("ada", "a") // for the studio, as it names nothing
	r := request("bob")
	r.BulkJob.RenderOptions = &schedulerv1.RenderOptions{Provider: "pika"}
	b.importedFrom(r, "b")
	for _, test := range []struct{ provider, user string }{{"pika", "bob"}, {"studio", "ada"}, {"veo", ""}} {
		out, err := b.leases.LeaseVideoJobs(t.Context(), &schedulerv1.LeaseVideoJobsRequest{Worker: "w", MaxCount: 2, Providers: []string{test.provider}})
		b.must(err)
		var user string
		for _, l := range out.GetLeases() {
			user += l.GetVideoJob().GetUser()
		}
		if user != test.user {
			t.Errorf("a worker for %s got jobs of %q, want %q", test.provider, user, test.user)
		}
	}
}

func TestChangePriority(t *testing.T) {
	b := setup(t)
	first, second := b.imported("ada", "a"), b.imported("bob", "b")
	change := &schedulerv1.ChangeBulkJobPriorityRequest{Name: second.GetName(), Priority: ingestv1.Priority_URGENT, RequestId: "r"}
	for range 2 {
		got, err := b.jobs.ChangeBulkJobPriority(t.Context(), change)
		b.must(err)
		if got.GetPriority() != ingestv1.Priority_URGENT {
			t.Errorf("priority = %v", got.GetPriority())
		}
	}
	events, _ := b.watchUntil(second.GetName(), "", 5)
	if last := events[4]; last.GetType() != schedulerv1.JobEvent_BULK_JOB_PRIORITY_CHANGED || last.GetPriority() != ingestv1.Priority_URGENT {
		t.Errorf("last event: %v", last)
	}
	l := b.lease(1)[0]
	if l.GetVideoJob().GetUser() != "bob" || l.GetVideoJob().GetPriority() != ingestv1.Priority_URGENT {
		t.Errorf("started %v, want bob's, URGENT", l.GetVideoJob())
	}
	b.complete(l)
	_, err := b.jobs.ChangeBulkJobPriority(t.Context(), &schedulerv1.ChangeBulkJobPriorityRequest{Name: second.GetName(), Priority: ingestv1.Priority_LOW})
	if status.Code(err) != codes.FailedPrecondition || errs.ReasonOf(err) != errorsv1.ErrorReason_STATE_CONFLICT {
		t.Errorf("a finished bulk job: %v", err)
	}
	_, err = b.jobs.ChangeBulkJobPriority(t.Context(), &schedulerv1.ChangeBulkJobPriorityRequest{Name: first.GetName()})
	if status.Code(err) != codes.InvalidArgument {
		t.Errorf("no priority: %v", err)
	}
}
