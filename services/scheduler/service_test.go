package scheduler_test

import (
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	statuspb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
)

func TestCreateGivesTheSameBulkJobBack(t *testing.T) {
	b := setup(t)
	first, err := b.jobs.CreateBulkJob(t.Context(), request("ada"))
	b.must(err)
	again, err := b.jobs.CreateBulkJob(t.Context(), request("ada"))
	b.must(err)
	if again.GetName() != first.GetName() {
		t.Errorf("the same sheet by the same user made %s, want %s again", again.GetName(), first.GetName())
	}
	other, err := b.jobs.CreateBulkJob(t.Context(), request("bob"))
	b.must(err)
	if other.GetName() == first.GetName() {
		t.Error("another user got the first one's bulk job")
	}
	with := request("ada")
	with.RequestId = "monday"
	monday, err := b.jobs.CreateBulkJob(t.Context(), with)
	b.must(err)
	if monday.GetName() == first.GetName() {
		t.Error("a request id of its own made nothing new")
	}
	reused := request("bob")
	reused.RequestId = "monday"
	_, err = b.jobs.CreateBulkJob(t.Context(), reused)
	if status.Code(err) != codes.AlreadyExists || errs.ReasonOf(err) != errorsv1.ErrorReason_REQUEST_ID_REUSED {
		t.Errorf("reused request id: %v", err)
	}
}

func TestBadRequestsNameFieldAndReason(t *testing.T) {
	b := setup(t)
	noSource := request("ada")
	noSource.BulkJob.Source = nil
	badProject := request("ada")
	badProject.Parent = "projects/Not Valid"
	badRate := request("ada")
	badRate.BulkJob.RenderOptions = &schedulerv1.RenderOptions{FrameRate: 5}
	tests := []struct {
		name  string
		in    *schedulerv1.CreateBulkJobRequest
		field string
	}{
		{"no source", noSource, "bulk_job.source"},
		{"project", badProject, "parent"},
		{"frame rate", badRate, "bulk_job.render_options.frame_rate"},
		{"nothing", &schedulerv1.CreateBulkJobRequest{Parent: "projects/demo"}, "bulk_job"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := b.jobs.CreateBulkJob(t.Context(), tt.in)
			bad, ok := errs.Detail[*errdetails.BadRequest](err)
			if status.Code(err) != codes.InvalidArgument || !ok || bad.GetFieldViolations()[0].GetField() != tt.field {
				t.Errorf("error = %v with %v, want INVALID_ARGUMENT of %s", err, bad, tt.field)
			}
		})
	}
}

func TestUserWithoutQuotaHoldsUpNobody(t *testing.T) {
	b := setup(t)
	poor := b.imported("poor", "a", "b", "c")
	b.imported("rich", "d")
	b.quota.refuse["poor"] = time.Hour
	got := b.lease(2)
	if len(got) != 1 || got[0].GetVideoJob().GetUser() != "rich" {
		t.Fatalf("leased %v, want the one of the user with quota", got)
	}
	list, err := b.jobs.ListVideoJobs(t.Context(), &schedulerv1.ListVideoJobsRequest{Parent: poor.GetName()})
	b.must(err)
	first := list.GetVideoJobs()[0]
	if first.GetState() != schedulerv1.VideoJob_RATE_LIMITED || time.Until(first.GetNextAttemptTime().AsTime()) < 59*time.Minute {
		t.Errorf("the head of the poor user is %v until %v, want RATE_LIMITED for an hour", first.GetState(), first.GetNextAttemptTime())
	}
	job, err := b.jobs.GetBulkJob(t.Context(), &schedulerv1.GetBulkJobRequest{Name: poor.GetName()})
	b.must(err)
	if !job.GetProgress().GetRateLimited() {
		t.Error("the bulk job does not say that it is rate limited")
	}
}

func TestFailuresRetryByThePolicyAndBecomeDeadLetters(t *testing.T) {
	b := setup(t)
	in := request("ada")
	in.BulkJob.RetryPolicy = &schedulerv1.RetryPolicy{MaxAttempts: 2, InitialBackoff: durationpb.New(time.Millisecond), MaxBackoff: durationpb.New(time.Millisecond)}
	_, err := b.jobs.CreateBulkJob(t.Context(), in)
	b.must(err)
	b.imported("ada", "x") // the same user and sheet, other policy: a bulk job of its own
	lease, err := b.leases.LeaseVideoJobs(t.Context(), &schedulerv1.LeaseVideoJobsRequest{Worker: "w", MaxCount: 1})
	b.must(err)
	fail := func(token string, class schedulerv1.FailureClass) schedulerv1.VideoJob_State {
		out, err := b.leases.FailVideoJob(t.Context(), &schedulerv1.FailVideoJobRequest{
			LeaseToken: token, FailureClass: class, Error: &statuspb.Status{Code: int32(codes.Internal), Message: "ffmpeg died"},
		})
		b.must(err)
		return out.GetState()
	}
	// The long poll wakes by itself when the retry becomes due.
	if got := fail(lease.GetLeases()[0].GetLeaseToken(), schedulerv1.FailureClass_SYSTEM); got != schedulerv1.VideoJob_RETRYING {
		t.Fatalf("after the first failure: %v", got)
	}
	lease, err = b.leases.LeaseVideoJobs(t.Context(), &schedulerv1.LeaseVideoJobsRequest{Worker: "w", MaxCount: 1, WaitDuration: durationpb.New(time.Minute)})
	b.must(err)
	if got := fail(lease.GetLeases()[0].GetLeaseToken(), schedulerv1.FailureClass_SYSTEM); got != schedulerv1.VideoJob_FAILED {
		t.Fatalf("after the second failure: %v, want FAILED at max_attempts 2", got)
	}
	letters, err := b.jobs.ListDeadLetters(t.Context(), &schedulerv1.ListDeadLettersRequest{Parent: "projects/demo"})
	b.must(err)
	if len(letters.GetDeadLetters()) != 1 || len(letters.GetDeadLetters()[0].GetAttempts()) != 2 {
		t.Errorf("dead letters = %v", letters)
	}
}

func TestLateWorkerIsRefused(t *testing.T) {
	b := setup(t)
	job := b.imported("ada", "x")
	l := b.lease(1)[0]
	_, err := b.jobs.CancelBulkJob(t.Context(), &schedulerv1.CancelBulkJobRequest{Name: job.GetName()})
	b.must(err)
	beat, err := b.leases.Heartbeat(t.Context(), &schedulerv1.HeartbeatRequest{Worker: "w", Leases: []*schedulerv1.LeaseReport{{LeaseToken: l.GetLeaseToken()}}})
	b.must(err)
	if got := beat.GetLeases()[0].GetVerdict(); got != schedulerv1.LeaseStatus_CANCEL {
		t.Errorf("verdict = %v, want CANCEL", got)
	}
	_, err = b.leases.ReleaseVideoJob(t.Context(), &schedulerv1.ReleaseVideoJobRequest{LeaseToken: l.GetLeaseToken()})
	if errs.ReasonOf(err) != errorsv1.ErrorReason_LEASE_LOST {
		t.Errorf("release after cancel: %v, want LEASE_LOST", err)
	}
}

func TestPagesFollowEachOther(t *testing.T) {
	b := setup(t)
	job := b.imported("ada", "a", "b", "c", "d", "e")
	var titles []string
	in := &schedulerv1.ListVideoJobsRequest{Parent: job.GetName(), PageSize: 2}
	for {
		out, err := b.jobs.ListVideoJobs(t.Context(), in)
		b.must(err)
		for _, v := range out.GetVideoJobs() {
			titles = append(titles, v.GetIdea().GetTitle())
		}
		if out.GetNextPageToken() == "" {
			break
		}
		in.PageToken = out.GetNextPageToken()
	}
	if len(titles) != 5 || titles[0] != "a" || titles[4] != "e" {
		t.Errorf("titles = %v", titles)
	}
	_, err := b.jobs.ListJobEvents(t.Context(), &schedulerv1.ListJobEventsRequest{Parent: job.GetName(), PageToken: in.PageToken})
	if errs.ReasonOf(err) != errorsv1.ErrorReason_PAGE_TOKEN_INVALID {
		t.Errorf("token of another list: %v, want PAGE_TOKEN_INVALID", err)
	}
}

func TestSourceOfABulkJobIsBoundedAndOnlyForItsReader(t *testing.T) {
	b := setup(t)
	file := func(size int) *schedulerv1.CreateBulkJobRequest {
		in := request("ada")
		in.BulkJob.Source = &ingestv1.Source{Kind: &ingestv1.Source_File{File: &ingestv1.SheetFile{
			FileName: "ideas.csv", Content: &ingestv1.SheetFile_Data{Data: make([]byte, size)},
		}}}
		return in
	}
	_, err := b.jobs.CreateBulkJob(t.Context(), file(300<<10))
	if got := status.Convert(err).Message(); errs.ReasonOf(err) != errorsv1.ErrorReason_VALIDATION_FAILED ||
		got != "bulk_job.source.file.data: has 300 KiB; a bulk job takes files of at most 256 KiB: upload this one and name the upload" {
		t.Errorf("error is %v, want one that names the field and what to do", err)
	}
	created, err := b.jobs.CreateBulkJob(t.Context(), file(200<<10))
	b.must(err)
	if created.GetSource().GetFile().GetFileName() != "ideas.csv" || created.GetSource().GetFile().GetData() != nil {
		t.Errorf("the answer's source is %.100v, want it without its content", created.GetSource())
	}
	leased, err := b.imports.LeaseImport(t.Context(), &schedulerv1.LeaseImportRequest{Worker: "reader"})
	b.must(err)
	if got := len(leased.GetBulkJob().GetSource().GetFile().GetData()); got != 200<<10 {
		t.Errorf("the reader is given %d bytes, want all %d", got, 200<<10)
	}
}
