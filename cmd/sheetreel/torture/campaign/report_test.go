package campaign

import (
	"strings"
	"testing"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/check"
)

func TestVerdicts(t *testing.T) {
	tests := []struct {
		name     string
		report   Report
		findings []check.Kind
		passed   bool
		verdict  string
	}{
		{"all kept", Report{Fence: true, Finished: true, ExecutionsLost: 7, Bound: 7}, nil, true, "passed"},
		{"a lost job", Report{Fence: true}, []check.Kind{check.Lost}, false, "broken"},
		{"a missed event", Report{Fence: true}, []check.Kind{check.Watch}, false, "broken"},
		{"work that was never made", Report{Fence: true}, nil, false, "unfinished"},
		{"an undecided history", Report{Fence: true, Finished: true, Undecided: 1}, nil, false, "undecided"},
		{"too many executions", Report{Fence: true, Finished: true, ExecutionsLost: 8, Bound: 7}, nil, false, "too much"},
		{"caught without the fence", Report{}, []check.Kind{check.Twice, check.Illegal}, true, "caught"},
		{"only one of the checkers saw it", Report{}, []check.Kind{check.Twice}, false, "not caught"},
		{"nothing seen without the fence", Report{}, nil, false, "not caught"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := &campaign{cluster: &cluster{}}
			for _, kind := range tt.findings {
				c.findings.Add(kind, "job", "text")
			}
			r := tt.report
			c.conclude(&r)
			if r.Passed != tt.passed || !strings.HasPrefix(r.Verdict, tt.verdict) || r.Findings != len(tt.findings) {
				t.Errorf("passed %v, %q, %d findings; want %v, %q", r.Passed, r.Verdict, r.Findings, tt.passed, tt.verdict)
			}
		})
	}
}

func TestTextForPeople(t *testing.T) {
	c := &campaign{cluster: &cluster{}}
	for range 20 {
		c.findings.Add(check.Lost, "a job", "is gone")
	}
	r := Report{Fence: true, Jobs: 200, Completed: 180, Reexecuted: 3, ExecutionsLost: 4, Bound: 90, Folder: "/here"}
	c.conclude(&r)
	var text strings.Builder
	if err := r.Text(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"180 of 200 jobs", "lost                   20\n", "completed twice        0\n", "3 jobs (1.50 %); 4 executions lost, at most 90",
		"/here", "lost: a job: is gone", "20 findings in all", "broken",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the text lacks %q:\n%s", want, text.String())
		}
	}
}
