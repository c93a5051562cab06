package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

// until is output that ends the program once a text was written.
type until struct {
	bytes.Buffer
	text string
	stop func()
}

func (u *until) Write(p []byte) (int, error) {
	n, err := u.Buffer.Write(p)
	if strings.Contains(u.String(), u.text) {
		u.stop()
	}
	return n, err
}

func TestWatchProjectTellsEachLineOnceOverLostConnections(t *testing.T) {
	b := setup(t, schedulerv1.BulkJob_COMPLETED)
	b.fake.Cuts = []int{4, 3}
	out := &until{text: "batch     finished", stop: b.interruptible()}
	b.env.stdout = out
	if code := b.run("watch"); code != exitInterrupted {
		t.Errorf("exit code = %d, want %d; stderr: %s", code, exitInterrupted, &b.stderr)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	seen := map[string]bool{}
	for _, line := range lines {
		if !strings.HasPrefix(line, "000000aa  09:00:00  ") || seen[line] {
			t.Errorf("line %q: want one with the end of the id, once", line)
		}
		seen[line] = true
	}
	if len(lines) != 11 || !strings.HasSuffix(lines[0], "batch     created") {
		t.Errorf("%d lines, want 11:\n%s", len(lines), out)
	}
	if !strings.Contains(b.stderr.String(), "connection lost") {
		t.Errorf("stderr = %q", &b.stderr)
	}
}

func TestWatchProjectAsJSONLines(t *testing.T) {
	b := setup(t, schedulerv1.BulkJob_COMPLETED)
	events := b.fake.Events[jobName]
	out := &until{text: fmt.Sprintf(`"sequence":"%d"`, events[len(events)-1].GetSequence()), stop: b.interruptible()}
	b.env.stdout = out
	if code := b.run("watch", "--output", "json", "--resume-token", "2"); code != exitInterrupted {
		t.Errorf("exit code = %d; stderr: %s", code, &b.stderr)
	}
	n := 2
	for decoder := json.NewDecoder(&out.Buffer); decoder.More(); n++ {
		var line struct {
			Events      []struct{ Sequence string }
			ResumeToken string
		}
		if err := decoder.Decode(&line); err != nil {
			t.Fatal(err)
		}
		if len(line.Events) != 1 || line.Events[0].Sequence != fmt.Sprint(n+1) || line.ResumeToken != fmt.Sprint(n+1) {
			t.Errorf("line %d: %+v", n, line)
		}
	}
	if n != len(events) {
		t.Errorf("told up to event %d of %d", n, len(events))
	}
}

func TestWatchProjectRefused(t *testing.T) {
	b := setup(t, schedulerv1.BulkJob_COMPLETED)
	if code := b.run("watch", "--resume-token", "nonsense"); code != exitError || !strings.Contains(b.stderr.String(), "not a resume token") {
		t.Errorf("exit code = %d, stderr = %q", code, &b.stderr)
	}
}

func TestDelete(t *testing.T) {
	b := setup(t, schedulerv1.BulkJob_COMPLETED)
	if code := b.run("batch", "delete", "01935c7a"); code != exitOK || !strings.Contains(b.stdout.String(), jobID+" is deleted") {
		t.Errorf("exit code = %d, output %q, stderr %q", code, &b.stdout, &b.stderr)
	}
	sent := b.fake.Requests()
	if r, ok := sent[len(sent)-1].(*schedulerv1.DeleteBulkJobRequest); !ok || r.GetName() != jobName || r.GetRequestId() == "" {
		t.Errorf("sent %v", sent)
	}
	if code := b.run("batch", "delete", "latest", "-o", "json"); code != exitOK || !json.Valid(b.stdout.Bytes()) {
		t.Errorf("exit code = %d, output %q", code, &b.stdout)
	}

	running := setup(t, schedulerv1.BulkJob_RUNNING)
	if code := running.run("batch", "delete", "latest"); code != exitError || !strings.Contains(running.stderr.String(), "cancel it first") {
		t.Errorf("while it runs: exit code = %d, stderr %q", code, &running.stderr)
	}
}
