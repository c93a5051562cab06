package match

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

func TestExplain(t *testing.T) {
	s := mustSet(t, 1, parsed(t, people), nil)
	type told struct {
		Rule, Why, Won, Key string
		Capacity            int64
		Lost                map[string]string
	}
	explain := func(descriptors map[string]string, now time.Time) (all []told) {
		for _, f := range s.Explain(descriptors, now) {
			one := told{Rule: f.Rule.Name, Why: f.Why, Key: string(f.Line.Key)}
			if f.Line.Limit != nil {
				one.Capacity = f.Line.Limit.Capacity
			}
			if f.Won != nil {
				one.Won = f.Won.Name
			}
			for _, l := range f.Lost {
				if one.Lost == nil {
					one.Lost = map[string]string{}
				}
				one.Lost[l.Override.Name] = l.Why
			}
			all = append(all, one)
		}
		return all
	}
	want := []told{
		{Rule: "all", Key: "user=ada", Capacity: 9},
		{Rule: "any-kind", Why: "kind is absent"},
		{Rule: "users", Won: "ada-of-demo", Key: "project=demo,user=ada", Capacity: 4, Lost: map[string]string{
			"ada":     "override ada-of-demo is more specific: project=demo,user=ada before user=ada",
			"of-demo": "override ada-of-demo is more specific: project=demo,user=ada before project=demo",
		}},
	}
	call := map[string]string{"action": "a", "project": "demo", "user": "ada"}
	if diff := cmp.Diff(want, explain(call, noon)); diff != "" {
		t.Errorf("before it expires (-want +got):\n%s", diff)
	}
	want[2].Won, want[2].Capacity, want[2].Lost = "ada", 3, map[string]string{
		"ada-of-demo": "expired at 2026-11-24T13:00:00Z",
		"of-demo":     "override ada is more specific: user=ada before project=demo",
	}
	if diff := cmp.Diff(want, explain(call, noon.Add(time.Hour))); diff != "" {
		t.Errorf("after it has expired (-want +got):\n%s", diff)
	}
	want = []told{
		{Rule: "all", Why: "user is absent"},
		{Rule: "any-kind", Why: `action is "b", it must be "a"; kind is absent`},
		{Rule: "users", Why: `action is "b", it must be "a"; project is absent; user is absent`},
	}
	if diff := cmp.Diff(want, explain(map[string]string{"action": "b"}, noon)); diff != "" {
		t.Errorf("nothing matches (-want +got):\n%s", diff)
	}
}

func TestNewRefusesWhatCannotBeInForceTogether(t *testing.T) {
	r := rule.Rule{Name: "r", Algorithm: rule.SlidingLog, Capacity: 1, Period: time.Second, Outage: rule.LocalShare}
	if _, err := New(1, []rule.Rule{r, r}, noon, nil); err == nil || err.Error() != "rule r: name: is given twice" {
		t.Errorf("error %v", err)
	}
}
