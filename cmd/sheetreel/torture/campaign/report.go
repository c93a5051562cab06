package campaign

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/check"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/faults"
)

// Report is what a campaign found.
type Report struct {
	Seed     uint64 `json:"seed"`
	Database string `json:"database"`
	Fence    bool   `json:"fence"`
	Folder   string `json:"folder,omitempty"` // when it was kept

	Passed  bool   `json:"passed"`
	Verdict string `json:"verdict"`

	Jobs           int  `json:"jobs"`
	Completed      int  `json:"completed"`
	Finished       bool `json:"finished"` // every bulk job was seen to its end
	Lost           int  `json:"lost"`
	CompletedTwice int  `json:"completed_twice"`
	Illegal        int  `json:"illegal_histories"`
	Undecided      int  `json:"undecided_histories"`
	// Findings are all broken promises, those above included.
	Findings int `json:"findings"`

	// Reexecuted are the jobs that were leased again after their worker was lost; ExecutionsLost are the attempts that
	// were lost so, at most Bound of them by the faults that happened.
	Reexecuted     int `json:"reexecuted_jobs"`
	ExecutionsLost int `json:"executions_lost"`
	Bound          int `json:"executions_lost_bound"`
	MaxAttempts    int `json:"max_attempts"`
	SetAside       int `json:"set_aside"` // jobs that lost three workers; they were queued again by hand
	Stale          int `json:"stale_reports_refused"`
	Unanswered     int `json:"calls_without_answer"`

	Kills      int `json:"kills"`
	Stops      int `json:"stops"`
	Terms      int `json:"terms"`
	DBRestarts int `json:"db_restarts"`
	Processes  int `json:"processes"`
	Outages    int `json:"ends_by_database_outage"`

	Operations int   `json:"operations"`
	Events     int64 `json:"events"`
	Watched    int64 `json:"events_watched"`
	Reconnects int   `json:"watch_reconnects"`

	Duration      float64 `json:"duration_seconds"`
	CheckDuration float64 `json:"check_duration_seconds"`

	Shown []check.Finding `json:"shown_findings,omitempty"`
}

func seconds(d time.Duration) float64 { return d.Round(time.Millisecond).Seconds() }

// newReport begins a report with what is known before the store is read.
func (c *campaign) newReport(callers *check.Callers) *Report {
	r := &Report{
		Seed: c.config.Seed, Database: c.config.Database, Fence: c.config.Fence, Jobs: c.config.Jobs,
		Undecided: callers.Undecided, Stale: callers.Stale, Unanswered: callers.Unanswered, Operations: callers.Operations,
		Kills: c.config.Kills, Stops: c.config.Stops, Terms: c.config.Terms, DBRestarts: c.config.DBRestarts,
		Processes: c.processes(), Outages: c.outages, Reconnects: c.watcher.Reconnects(),
	}
	if c.config.Keep {
		r.Folder = string(c.folder)
	}
	// A fault of the enqueuer hits no attempt, unless a worker was hit in its place.
	worker := faults.Count(c.faults, faults.Worker) + faults.Count(c.faults, faults.Enqueuer)
	other := faults.Count(c.faults, faults.Scheduler) + faults.Count(c.faults, faults.Database)
	r.Bound = check.Bound(worker, other, c.config.Workers, c.config.Slots)
	return r
}

// conclude says how the campaign went.
func (c *campaign) conclude(r *Report) {
	f := &c.findings
	r.Lost, r.CompletedTwice, r.Illegal = f.Count(check.Lost), f.Count(check.Twice), f.Count(check.Illegal)
	r.Findings, r.Shown = f.Total(), f.Shown()
	caught := r.CompletedTwice > 0 && r.Illegal > 0
	switch {
	case !r.Fence && caught:
		r.Passed, r.Verdict = true, "caught: without the fence jobs are completed twice, and the checker sees it"
	case !r.Fence:
		r.Verdict = "not caught: no job was completed twice, so either the fence was there or the checker has no teeth"
	case r.Findings > 0:
		r.Verdict = "broken: promises were not kept"
	case !r.Finished:
		r.Verdict = "unfinished: jobs stopped completing before all work was made"
	case r.Undecided > 0:
		r.Verdict = "undecided: some histories were too long to be checked"
	case r.ExecutionsLost > r.Bound:
		r.Verdict = "too much: more executions were lost than the faults explain"
	default:
		r.Passed, r.Verdict = true, "passed: nothing lost, nothing completed twice"
	}
}

// Text writes the report for people.
func (r *Report) Text(w io.Writer) error {
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "%-22s %s\n", name, fmt.Sprintf(format, args...))
	}
	line("database", "%s, seed %d", r.Database, r.Seed)
	line("faults", "%d kills, %d stops, %d terms, %d database restarts", r.Kills, r.Stops, r.Terms, r.DBRestarts)
	line("completed", "%d of %d jobs", r.Completed, r.Jobs)
	line("lost", "%d", r.Lost)
	line("completed twice", "%d", r.CompletedTwice)
	line("illegal histories", "%d (%d undecided) of %d calls by %d processes", r.Illegal, r.Undecided, r.Operations, r.Processes)
	line("re-executed", "%d jobs (%.2f %%); %d executions lost, at most %d by these faults", r.Reexecuted, 100*float64(r.Reexecuted)/float64(r.Jobs), r.ExecutionsLost, r.Bound)
	line("attempts", "at most %d of a job; %d jobs lost three workers and were queued again", r.MaxAttempts, r.SetAside)
	line("stale reports", "%d, all refused", r.Stale)
	line("calls without answer", "%d", r.Unanswered)
	line("events", "%d; a watcher saw %d over %d reconnects", r.Events, r.Watched, r.Reconnects)
	line("duration", "%.0f s, checked in %.0f s", r.Duration, r.CheckDuration)
	if r.Folder != "" {
		line("folder", "%s", r.Folder)
	}
	for _, f := range r.Shown {
		fmt.Fprintf(&b, "  %v\n", f)
	}
	if r.Findings > len(r.Shown) {
		fmt.Fprintf(&b, "  ... %d findings in all\n", r.Findings)
	}
	fmt.Fprintln(&b, r.Verdict)
	_, err := io.WriteString(w, b.String())
	return err
}
