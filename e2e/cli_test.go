package e2e

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// TestCommandLine makes videos with the client commands, as a person at a terminal or a script would.
func TestCommandLine(t *testing.T) {
	s := allInOne(t, newSheet(t, short("a", "the first video"), short("b", "the second video"), short("c", "")))
	// cli runs a command, which must end with an exit code, and gives its output.
	cli := func(t *testing.T, want int, words ...string) string {
		t.Helper()
		said, code := run(t, bounded(t), "sheetreel", append(words, "--server", s.grpc, "--http", s.http)...)
		if code != want {
			t.Fatalf("%v: exit code %d, want %d; it said:\n%s", words, code, want, said)
		}
		return said
	}

	t.Run("check", func(t *testing.T) {
		said := cli(t, 3, "ideas", "check", spreadsheet)
		for _, want := range []string{"2 of 3 rows are fine", "row 4, cell B4"} {
			if !strings.Contains(said, want) {
				t.Errorf("does not say %q:\n%s", want, said)
			}
		}
	})
	t.Run("create", func(t *testing.T) {
		out := t.TempDir()
		said := cli(t, 0, "batch", "create", spreadsheet, "--resolution", "360", "--fps", "12", "--download", out)
		if !strings.Contains(said, "2 of 2 videos done") {
			t.Errorf("does not say that 2 of 2 videos are done:\n%s", said)
		}
		for _, folder := range []string{"02-the-first-video", "03-the-second-video"} {
			checkVideo(t, filepath.Join(out, folder))
		}
	})
	t.Run("get", func(t *testing.T) {
		said := cli(t, 0, "batch", "get", "latest", "--output", "json")
		var got any
		if err := json.Unmarshal([]byte(said), &got); err != nil {
			t.Fatalf("%v:\n%s", err, said)
		}
		if state := at(got, "bulkJob.state"); state != "COMPLETED" {
			t.Errorf("the latest bulk job is %v; want COMPLETED\n%s", state, said)
		}
	})
	t.Run("not there", func(t *testing.T) {
		away := freeAddress(t)
		p := start(t, "sheetreel", "batch", "list", "--server", away, "--http", "http://"+away)
		if err := p.wait(); err == nil || !strings.Contains(p.log.String(), "sheetreel up") {
			t.Errorf("without a server it ends with %v and says:\n%s", err, p.log)
		}
	})
}
