package gateway

import (
	"bufio"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/gateway/internal/fake"
)

const watchPath = "/v1/" + bulkName + ":watch"

// sent is one block of server-sent events, by field.
type sent map[string]string

// blocks reads a stream of server-sent events block by block.
type blocks struct {
	t testing.TB
	s *bufio.Scanner
}

func (b *bench) events(headers ...string) blocks {
	b.t.Helper()
	r := b.do("GET", watchPath, "", append([]string{"Accept", "text/event-stream"}, headers...)...)
	if r.StatusCode != http.StatusOK || r.Header.Get("Content-Type") != "text/event-stream" {
		b.t.Fatalf("status %d, type %q", r.StatusCode, r.Header.Get("Content-Type"))
	}
	scanner := bufio.NewScanner(r.Body)
	scanner.Buffer(nil, 1<<20)
	return blocks{b.t, scanner}
}

// next reads a block; nil at the stream's end.
func (b blocks) next() sent {
	b.t.Helper()
	block := sent{}
	for b.s.Scan() {
		line := b.s.Text()
		if line == "" {
			return block
		}
		name, value, _ := strings.Cut(line, ": ")
		block[name] = value
	}
	if err := b.s.Err(); err != nil {
		b.t.Fatal(err)
	}
	return nil
}

// sequences reads the event numbers of a block's data.
func (s sent) sequences(t *testing.T) []string {
	t.Helper()
	var message struct {
		Events []struct{ Sequence string }
	}
	if err := json.Unmarshal([]byte(s["data"]), &message); err != nil {
		t.Fatalf("block %v: %v", s, err)
	}
	out := []string{}
	for _, e := range message.Events {
		out = append(out, e.Sequence)
	}
	return out
}

func (b *bench) progress() {
	b.scheduler.Update(bulkName, &schedulerv1.JobEvent{Type: schedulerv1.JobEvent_VIDEO_JOB_PROGRESS}, nil)
}

func (b *bench) complete() {
	b.scheduler.Update(bulkName, &schedulerv1.JobEvent{Type: schedulerv1.JobEvent_BULK_JOB_STATE_CHANGED},
		func(bulk *schedulerv1.BulkJob, _ []*schedulerv1.VideoJob) { bulk.State = schedulerv1.BulkJob_COMPLETED })
}

func TestEventsResume(t *testing.T) {
	b := setup(t)
	b.scheduler.Put(running())
	b.progress()
	b.progress()

	stream := b.events()
	if diff := cmp.Diff(sent{"retry": "2000"}, stream.next()); diff != "" {
		t.Errorf("first block (-want +got):\n%s", diff)
	}
	first := stream.next()
	if diff := cmp.Diff([]string{"1", "2"}, first.sequences(t)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if first["id"] != fake.Token(bulkName, 2) {
		t.Errorf("id = %q", first["id"])
	}
	b.progress()
	live := stream.next()
	if diff := cmp.Diff([]string{"3"}, live.sequences(t)); diff != "" {
		t.Errorf("live events (-want +got):\n%s", diff)
	}

	// A connection that was lost after event 2 comes back: what came meanwhile is told, once.
	b.progress()
	again := b.events("Last-Event-ID", first["id"])
	again.next()
	if diff := cmp.Diff([]string{"3", "4"}, again.next().sequences(t)); diff != "" {
		t.Errorf("events after the reconnect (-want +got):\n%s", diff)
	}

	// The end of the bulk job ends the stream.
	b.complete()
	if diff := cmp.Diff([]string{"5"}, again.next().sequences(t)); diff != "" {
		t.Errorf("last events (-want +got):\n%s", diff)
	}
	if block := again.next(); block != nil {
		t.Errorf("after the end: %v", block)
	}
}

func TestEventsOfAFinishedBulkJob(t *testing.T) {
	b := setup(t)
	b.scheduler.Put(running())
	b.progress()
	b.complete()
	t.Run("read to the end is 204", func(t *testing.T) {
		r := b.do("GET", watchPath, "", "Accept", "text/event-stream", "Last-Event-ID", fake.Token(bulkName, 2))
		if r.StatusCode != http.StatusNoContent {
			t.Errorf("status = %d", r.StatusCode)
		}
	})
	t.Run("the same by the address", func(t *testing.T) {
		r := b.do("GET", watchPath+"?resumeToken="+fake.Token(bulkName, 2), "", "Accept", "text/event-stream")
		if r.StatusCode != http.StatusNoContent {
			t.Errorf("status = %d", r.StatusCode)
		}
	})
	t.Run("read in part is told to the end", func(t *testing.T) {
		stream := b.events("Last-Event-ID", fake.Token(bulkName, 1))
		stream.next()
		if diff := cmp.Diff([]string{"2"}, stream.next().sequences(t)); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
	})
	t.Run("never read is told from the start", func(t *testing.T) {
		stream := b.events()
		stream.next()
		if diff := cmp.Diff([]string{"1", "2"}, stream.next().sequences(t)); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
	})
}

func TestEventsFail(t *testing.T) {
	b := setup(t)
	b.scheduler.Put(running())
	t.Run("before the first message", func(t *testing.T) {
		r := b.do("GET", watchPath, "", "Accept", "text/event-stream", "Last-Event-ID", "nonsense")
		body := decoded[apiError](t, r)
		if r.StatusCode != http.StatusBadRequest || body.reason() != "RESUME_TOKEN_INVALID" {
			t.Errorf("status %d, body %+v", r.StatusCode, body)
		}
	})
	t.Run("in the middle", func(t *testing.T) {
		stream := b.events()
		stream.next()
		stream.next()
		b.scheduler.Fail("WatchBulkJob", errs.Unavailable(errorsv1.ErrorReason_STORE_UNAVAILABLE, "down", 1))
		block := stream.next()
		var body apiError
		if err := json.Unmarshal([]byte(block["data"]), &body); err != nil {
			t.Fatal(err)
		}
		if block["event"] != "failure" || body.reason() != "STORE_UNAVAILABLE" || body.Error.Code != 503 {
			t.Errorf("block = %v", block)
		}
		if block := stream.next(); block != nil {
			t.Errorf("after the failure: %v", block)
		}
	})
}

func TestLines(t *testing.T) {
	b := setup(t)
	b.scheduler.Put(running())
	b.progress()
	r := b.do("GET", watchPath, "")
	if got := r.Header.Get("Content-Type"); got != "application/x-ndjson" {
		t.Errorf("Content-Type = %q", got)
	}
	type line struct {
		Result struct {
			ResumeToken string
			Events      []struct{ Sequence string }
		}
		apiError
	}
	lines := json.NewDecoder(r.Body)
	next := func() line {
		t.Helper()
		var l line
		if err := lines.Decode(&l); err != nil {
			t.Fatal(err)
		}
		return l
	}
	if l := next(); len(l.Result.Events) != 1 || l.Result.ResumeToken != fake.Token(bulkName, 1) {
		t.Errorf("first line = %+v", l)
	}
	b.progress()
	if l := next(); len(l.Result.Events) != 1 || l.Result.Events[0].Sequence != "2" {
		t.Errorf("second line = %+v", l)
	}
	b.scheduler.Fail("WatchBulkJob", errs.Unavailable(errorsv1.ErrorReason_STORE_UNAVAILABLE, "down", 1))
	if l := next(); l.Error.Code != 503 || l.Error.Status != "UNAVAILABLE" || l.reason() != "STORE_UNAVAILABLE" {
		t.Errorf("last line = %+v", l)
	}
	if lines.More() {
		t.Error("more after the failure")
	}
	t.Run("failure before the first message", func(t *testing.T) {
		r := b.do("GET", watchPath, "")
		body := decoded[apiError](t, r)
		if r.StatusCode != 503 || r.Header.Get("Retry-After") != "1" || body.reason() != "STORE_UNAVAILABLE" {
			t.Errorf("status %d, Retry-After %q, body %+v", r.StatusCode, r.Header.Get("Retry-After"), body)
		}
	})
}
