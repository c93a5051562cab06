package gateway

import (
	"bufio"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/gateway/internal/fake"
)

const projectWatchPath = "/v1/" + project + ":watch"

func (b *bench) projectEvents(headers ...string) blocks {
	b.t.Helper()
	r := b.do("GET", projectWatchPath, "", append([]string{"Accept", "text/event-stream"}, headers...)...)
	if r.StatusCode != http.StatusOK || r.Header.Get("Content-Type") != "text/event-stream" {
		b.t.Fatalf("status %d, type %q", r.StatusCode, r.Header.Get("Content-Type"))
	}
	stream := blocks{b.t, bufio.NewScanner(r.Body)}
	stream.next() // when to come back
	return stream
}

func TestProjectEventsResume(t *testing.T) {
	b := setup(t)
	b.scheduler.Put(running())
	b.progress() // before the watch: not told

	stream := b.projectEvents()
	first := stream.next()
	if first["id"] != fake.Token(project, 1) || len(first.sequences(t)) != 0 {
		t.Errorf("first block = %v, want a token and no events", first)
	}
	b.progress()
	live := stream.next()
	if diff := cmp.Diff([]string{"2"}, live.sequences(t)); diff != "" {
		t.Errorf("live events (-want +got):\n%s", diff)
	}
	b.complete()
	stream.next()
	other := &schedulerv1.BulkJob{Name: project + "/bulkJobs/01920000-0000-7000-8000-000000000002", State: schedulerv1.BulkJob_RUNNING}
	b.scheduler.Put(other)
	b.scheduler.Update(other.GetName(), &schedulerv1.JobEvent{Type: schedulerv1.JobEvent_BULK_JOB_CREATED}, nil)
	if diff := cmp.Diff([]string{"1"}, stream.next().sequences(t)); diff != "" {
		t.Errorf("events of another bulk job, after the end of the first (-want +got):\n%s", diff)
	}

	again := b.projectEvents("Last-Event-ID", live["id"])
	if diff := cmp.Diff([]string{"3", "1"}, again.next().sequences(t)); diff != "" {
		t.Errorf("events after the reconnect (-want +got):\n%s", diff)
	}
	if r := b.do("GET", projectWatchPath, "", "Accept", "text/event-stream", "Last-Event-ID", fake.Token(bulkName, 1)); r.StatusCode != http.StatusBadRequest {
		t.Errorf("token of a bulk job: status %d", r.StatusCode)
	}
}

func TestProjectLines(t *testing.T) {
	b := setup(t)
	b.scheduler.Put(running())
	r := b.do("GET", projectWatchPath, "")
	lines := json.NewDecoder(r.Body)
	var l struct {
		Result struct {
			ResumeToken string
			Events      []struct{ BulkJob string }
		}
	}
	if err := lines.Decode(&l); err != nil || l.Result.ResumeToken != fake.Token(project, 0) {
		t.Fatalf("first line = %+v, %v", l, err)
	}
	b.progress()
	if err := lines.Decode(&l); err != nil || len(l.Result.Events) != 1 || l.Result.Events[0].BulkJob != bulkName {
		t.Errorf("second line = %+v, %v", l, err)
	}
}

func TestDelete(t *testing.T) {
	b := setup(t)
	b.scheduler.Put(running())
	for _, step := range []struct{ status int }{{http.StatusBadRequest}, {http.StatusOK}, {http.StatusNotFound}} {
		r := b.do("DELETE", "/v1/"+bulkName, "", "Idempotency-Key", "one")
		if r.StatusCode != step.status {
			t.Errorf("status %d, want %d", r.StatusCode, step.status)
		}
		b.scheduler.Update(bulkName, &schedulerv1.JobEvent{Type: schedulerv1.JobEvent_BULK_JOB_STATE_CHANGED},
			func(bulk *schedulerv1.BulkJob, _ []*schedulerv1.VideoJob) { bulk.State = schedulerv1.BulkJob_COMPLETED })
		if in, ok := b.scheduler.Last().Request.(*schedulerv1.DeleteBulkJobRequest); !ok || in.GetRequestId() != "one" {
			t.Errorf("asked for %v, want the request id of the header", b.scheduler.Last().Request)
		}
	}
}
