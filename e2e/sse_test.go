package e2e

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

// TestServerSentEvents creates a bulk job with curl and follows it with curl over two connections, of which the
// first one is cut off in the middle.
func TestServerSentEvents(t *testing.T) {
	s := allInOne(t, newSheet(t, short("a", "the first video"), short("b", "the second video")))
	body := `{"source":{"googleSheet":{"spreadsheet":"demo"}},"user":"curl","renderOptions":{"resolution":360,"frameRate":12}}`
	created := mustRun(t, "curl", "--silent", "--show-error", "--fail-with-body", "--json", body,
		"--header", "Idempotency-Key: the-one", s.http+"/v1/"+project+"/bulkJobs")
	var job struct{ Name string }
	if err := json.Unmarshal([]byte(created), &job); err != nil || job.Name == "" {
		t.Fatalf("created %s: %v", created, err)
	}
	address := s.http + "/v1/" + job.Name + ":watch"

	first, last := cutOff(t, address, func(told history) bool { return len(told.running()) > 0 })
	if len(first) == 0 || last == "" {
		t.Fatal("the first connection told nothing")
	}
	second, last := listen(t, startCurl(t, address, last))
	told := append(first, second...)
	told.mustBeWhole(t)
	if n := len(told.entered(schedulerv1.VideoJob_COMPLETED)); n != 2 {
		t.Errorf("%d videos came to COMPLETED; want 2", n)
	}
	t.Logf("%d events before the cut, %d after it", len(first), len(second))

	// A browser stops coming back when it is told that there is no more.
	status := mustRun(t, "curl", "--silent", "--show-error", "--output", filepath.Join(t.TempDir(), "body"), "--write-out", "%{http_code}",
		"--header", "Accept: text/event-stream", "--header", "Last-Event-ID: "+last, address)
	if status != "204" {
		t.Errorf("after the end it answers %s; want 204", status)
	}

	t.Run("ndjson", func(t *testing.T) {
		lines := mustRun(t, "curl", "--silent", "--show-error", "--fail-with-body", "--no-buffer", address)
		var told history
		for line := range strings.Lines(lines) {
			var message struct{ Result json.RawMessage }
			if err := json.Unmarshal([]byte(line), &message); err != nil {
				t.Fatalf("line %q: %v", line, err)
			}
			told = append(told, decode(t, message.Result).GetEvents()...)
		}
		if told.mustBeWhole(t); len(told) != len(first)+len(second) {
			t.Errorf("%d events as lines; %d as server-sent events", len(told), len(first)+len(second))
		}
	})
}

// startCurl begins to listen, after the event with an id if there is one.
func startCurl(t *testing.T, address, last string) *process {
	t.Helper()
	args := []string{"--silent", "--show-error", "--fail-with-body", "--no-buffer", "--header", "Accept: text/event-stream"}
	if last != "" {
		args = append(args, "--header", "Last-Event-ID: "+last)
	}
	return startReading(t, "curl", append(args, address)...)
}

// cutOff listens until enough was told, and then kills the connection. It gives what was told and the last id.
func cutOff(t *testing.T, address string, enough func(history) bool) (told history, last string) {
	t.Helper()
	p := startCurl(t, address, "")
	for !enough(told) {
		e, err := readEvent(p.stdout)
		if err != nil {
			t.Fatalf("the stream ended too early: %v, %v", err, p.wait())
		}
		told, last = e.add(t, told, last)
	}
	p.kill()
	return told, last
}

// listen listens to the end of a stream.
func listen(t *testing.T, p *process) (told history, last string) {
	t.Helper()
	for {
		e, err := readEvent(p.stdout)
		if errors.Is(err, io.EOF) {
			if err := p.wait(); err != nil {
				t.Fatalf("curl: %v", err)
			}
			return told, last
		}
		if err != nil {
			t.Fatal(err)
		}
		told, last = e.add(t, told, last)
	}
}

// event is one server-sent event.
type event struct {
	id, kind, data string
}

// readEvent reads up to the next blank line. What was begun but not ended does not count.
func readEvent(r *bufio.Reader) (event, error) {
	var e event
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return event{}, err
		}
		field, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		value = strings.TrimPrefix(value, " ")
		switch field {
		case "":
			if line == "\n" {
				return e, nil
			}
		case "id":
			e.id = value
		case "event":
			e.kind = value
		case "data":
			e.data += value
		case "retry":
		default:
			return event{}, fmt.Errorf("line %q is none of server-sent events", line)
		}
	}
}

// add adds what an event tells to what was told before.
func (e event) add(t *testing.T, told history, last string) (history, string) {
	t.Helper()
	if e.kind != "" {
		t.Fatalf("event %s: %s", e.kind, e.data)
	}
	if e.data != "" {
		told = append(told, decode(t, []byte(e.data)).GetEvents()...)
	}
	if e.id != "" {
		last = e.id
	}
	return told, last
}

func decode(t *testing.T, text []byte) *schedulerv1.WatchBulkJobResponse {
	t.Helper()
	message := &schedulerv1.WatchBulkJobResponse{}
	if err := protojson.Unmarshal(text, message); err != nil {
		t.Fatalf("message %s: %v", text, err)
	}
	return message
}
