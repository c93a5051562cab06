package scheduler_test

import (
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/kit/token"
)

// projectWatch is a watch of project demo, with what it has seen.
type projectWatch struct {
	*bundle
	stream grpc.ServerStreamingClient[schedulerv1.WatchProjectResponse]
	token  string
	last   map[string]int64 // by bulk job
}

// watchProject begins a watch, and reads its first message, which only has a token.
func (b *bundle) watchProject(token string) *projectWatch {
	b.Helper()
	stream, err := b.jobs.WatchProject(b.Context(), &schedulerv1.WatchProjectRequest{Parent: "projects/demo", ResumeToken: token})
	b.must(err)
	w := &projectWatch{bundle: b, stream: stream, last: map[string]int64{}}
	if first := w.next(); len(first.GetEvents()) != 0 {
		b.Errorf("the first message has %d events", len(first.GetEvents()))
	}
	return w
}

func (w *projectWatch) next() *schedulerv1.WatchProjectResponse {
	w.Helper()
	m, err := w.stream.Recv()
	w.must(err)
	if m.GetResumeToken() == "" {
		w.Error("a message without a token")
	}
	w.token = m.GetResumeToken()
	for _, e := range m.GetEvents() {
		if e.GetSequence() != w.last[e.GetBulkJob()]+1 {
			w.Fatalf("%s: event %d after %d", e.GetBulkJob(), e.GetSequence(), w.last[e.GetBulkJob()])
		}
		w.last[e.GetBulkJob()] = e.GetSequence()
	}
	return m
}

// until reads until a bulk job's event of a type came.
func (w *projectWatch) until(bulkJob string, kind schedulerv1.JobEvent_Type) *schedulerv1.JobEvent {
	w.Helper()
	for {
		for _, e := range w.next().GetEvents() {
			if e.GetBulkJob() == bulkJob && e.GetType() == kind {
				return e
			}
		}
	}
}

func TestWatchProject(t *testing.T) {
	b := setup(t)
	old := b.imported("ada", "a")
	w := b.watchProject("")
	one, two := b.imported("bob", "a", "b"), b.imported("cy", "a")
	for w.last[one.GetName()] < 5 || w.last[two.GetName()] < 4 { // created, ingesting, rows, running
		w.next()
	}
	if w.last[old.GetName()] != 0 {
		t.Error("a watch without a token tells what was before")
	}

	// Cut off and taken up again, in the middle of what happens.
	for _, l := range b.lease(3) {
		b.complete(l)
	}
	again := b.watchProject(w.token)
	again.last = w.last
	again.last[old.GetName()] = 4
	for _, job := range []*schedulerv1.BulkJob{old, one, two} {
		got, err := b.jobs.GetBulkJob(t.Context(), &schedulerv1.GetBulkJobRequest{Name: job.GetName()})
		b.must(err)
		all, err := b.jobs.ListJobEvents(t.Context(), &schedulerv1.ListJobEventsRequest{Parent: got.GetName(), PageSize: 1000})
		b.must(err)
		last := all.GetEvents()[len(all.GetEvents())-1]
		for again.last[got.GetName()] < last.GetSequence() && again.last[got.GetName()] > 4 {
			again.next()
		}
	}
}

func TestWatchProjectRefusesTokens(t *testing.T) {
	b := setup(t)
	job := b.imported("ada", "a")
	made := func(position map[string]any, project string) string {
		text, err := token.Encode(position, "watch", project)
		b.must(err)
		return text
	}
	now := time.Now().UnixMilli()
	for name, test := range map[string]struct {
		token  string
		code   codes.Code
		reason errorsv1.ErrorReason
	}{
		"nonsense":             {"nonsense", codes.InvalidArgument, errorsv1.ErrorReason_RESUME_TOKEN_INVALID},
		"of a bulk job":        {job.GetResumeToken(), codes.InvalidArgument, errorsv1.ErrorReason_RESUME_TOKEN_INVALID},
		"of another project":   {made(map[string]any{"t": 1, "at": now}, "projects/other"), codes.InvalidArgument, errorsv1.ErrorReason_RESUME_TOKEN_INVALID},
		"with an odd bulk job": {made(map[string]any{"t": 1, "b": "x", "at": now}, "projects/demo"), codes.InvalidArgument, errorsv1.ErrorReason_RESUME_TOKEN_INVALID},
		"of the future":        {made(map[string]any{"t": int64(1) << 50, "at": now}, "projects/demo"), codes.OutOfRange, errorsv1.ErrorReason_RESUME_TOKEN_EXPIRED},
		"too old":              {made(map[string]any{"t": 1, "at": now - (8 * 24 * time.Hour).Milliseconds()}, "projects/demo"), codes.OutOfRange, errorsv1.ErrorReason_RESUME_TOKEN_EXPIRED},
	} {
		t.Run(name, func(t *testing.T) {
			stream, err := b.jobs.WatchProject(t.Context(), &schedulerv1.WatchProjectRequest{Parent: "projects/demo", ResumeToken: test.token})
			b.must(err)
			if _, err := stream.Recv(); status.Code(err) != test.code || errs.ReasonOf(err) != test.reason {
				t.Errorf("%v, want %v %v", err, test.code, test.reason)
			}
		})
	}
}

func TestDeleteBulkJob(t *testing.T) {
	b := setup(t)
	job := b.imported("ada", "a")
	w := b.watchProject("")
	w.last[job.GetName()] = 4 // created, ingesting, row, running
	in := &schedulerv1.DeleteBulkJobRequest{Name: job.GetName(), RequestId: "delete-it"}
	_, err := b.jobs.DeleteBulkJob(t.Context(), in)
	if status.Code(err) != codes.FailedPrecondition || errs.ReasonOf(err) != errorsv1.ErrorReason_STATE_CONFLICT {
		t.Errorf("while it runs: %v, want FAILED_PRECONDITION", err)
	}
	b.complete(b.lease(1)[0])
	watching, err := b.jobs.WatchBulkJob(t.Context(), &schedulerv1.WatchBulkJobRequest{Name: job.GetName()})
	b.must(err)
	for range 2 { // the same request twice
		_, err = b.jobs.DeleteBulkJob(t.Context(), in)
		b.must(err)
	}
	_, err = b.jobs.DeleteBulkJob(t.Context(), &schedulerv1.DeleteBulkJobRequest{Name: job.GetName()})
	if status.Code(err) != codes.NotFound {
		t.Errorf("once more: %v, want NOT_FOUND", err)
	}
	_, err = b.jobs.GetBulkJob(t.Context(), &schedulerv1.GetBulkJobRequest{Name: job.GetName()})
	if status.Code(err) != codes.NotFound {
		t.Errorf("get: %v, want NOT_FOUND", err)
	}
	_, err = b.jobs.ListJobEvents(t.Context(), &schedulerv1.ListJobEventsRequest{Parent: job.GetName()})
	if status.Code(err) != codes.NotFound {
		t.Errorf("history: %v, want NOT_FOUND", err)
	}
	if e := w.until(job.GetName(), schedulerv1.JobEvent_BULK_JOB_DELETED); e.GetBulkJobState() != schedulerv1.BulkJob_COMPLETED {
		t.Errorf("the watch of the project says %v", e)
	}
	for { // what it had on the way, then the end
		if _, err = watching.Recv(); err != nil {
			break
		}
	}
	// The same sheet again is a new bulk job, not the deleted one.
	if again := b.imported("ada", "a"); again.GetName() == job.GetName() {
		t.Error("the deleted bulk job came back")
	}
}
