package e2e

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// verdict is what a kill campaign reports.
type verdict struct {
	Passed         bool  `json:"passed"`
	Jobs           int   `json:"jobs"`
	Completed      int   `json:"completed"`
	Lost           int   `json:"lost"`
	CompletedTwice int   `json:"completed_twice"`
	Illegal        int   `json:"illegal_histories"`
	Kills          int   `json:"kills"`
	Events         int64 `json:"events"`
	Watched        int64 `json:"events_watched"`
}

// TestTorture runs short kill campaigns, each with a seed of its own, which the log shows. They run side by side,
// because stopped processes need time but no machine.
func TestTorture(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		args []string
	}{
		{"postgres", []string{"--database", "postgres", "--schedulers", "2", "--db-restarts", "1"}},
		{"sqlite", []string{"--database", "sqlite"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := torture(t, append(tt.args, "--jobs", "1000", "--workers", "3", "--kills", "12", "--stops", "3", "--terms", "3"))
			want := verdict{Passed: true, Jobs: 1000, Completed: 1000, Kills: 12, Events: got.Events, Watched: got.Events}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("campaign (-want +got):\n%s", diff)
			}
			if got.Events < 3*1000 {
				t.Errorf("only %d events", got.Events)
			}
		})
	}
}

// TestTortureHasTeeth takes the fence away: then videos are made twice, and the campaign must see it.
func TestTortureHasTeeth(t *testing.T) {
	t.Parallel()
	got := torture(t, []string{
		"--no-fence", "--database", "sqlite", "--jobs", "500", "--workers", "4", "--kills", "2", "--stops", "8", "--terms", "0",
	})
	if !got.Passed || got.CompletedTwice == 0 || got.Illegal == 0 {
		t.Errorf("nothing was caught: %+v", got)
	}
}

// torture runs a campaign that must pass, and reads its report.
func torture(t *testing.T, args []string) verdict {
	t.Helper()
	text := mustRun(t, "sheetreel", append([]string{"torture", "--output", "json"}, args...)...)
	t.Log(text)
	var v verdict
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}
