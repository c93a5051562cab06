package rule

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestKey(t *testing.T) {
	r := Rule{Match: map[string]string{"action": "a"}, Keys: []string{"project", "user"}}
	tests := []struct {
		name        string
		descriptors map[string]string
		want        string
		counts      bool
	}{
		{"in the order of the keys", map[string]string{"user": "u", "project": "p", "action": "a", "more": "m"}, "project=p,user=u", true},
		{"another value to match", map[string]string{"action": "b", "project": "p", "user": "u"}, "", false},
		{"nothing to match", map[string]string{"project": "p", "user": "u"}, "", false},
		{"a key is absent", map[string]string{"action": "a", "project": "p"}, "", false},
		{"separators are escaped", map[string]string{"action": "a", "project": "p,user=u%", "user": "é"}, "project=p%2Cuser%3Du%25,user=é", true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, counts := r.Key(test.descriptors)
			if got != test.want || counts != test.counts {
				t.Errorf("key %q, %v; want %q, %v", got, counts, test.want, test.counts)
			}
		})
	}
}

func TestARuleWithoutMatchAndKeysCountsEverythingTogether(t *testing.T) {
	if key, counts := (Rule{}).Key(map[string]string{"any": "x"}); key != "" || !counts {
		t.Errorf("key %q, %v; want the empty key, true", key, counts)
	}
}

func FuzzKeysOfDifferentValuesDiffer(f *testing.F) {
	f.Add("p", "u", "p,user=u", "")
	f.Add("a%2C", "b", "a,", "b")
	f.Fuzz(func(t *testing.T, project1, user1, project2, user2 string) {
		r := Rule{Keys: []string{"project", "user"}}
		one, _ := r.Key(map[string]string{"project": project1, "user": user1})
		two, _ := r.Key(map[string]string{"project": project2, "user": user2})
		if same := project1 == project2 && user1 == user2; same != (one == two) {
			t.Errorf("keys %q and %q of (%q, %q) and (%q, %q)", one, two, project1, user1, project2, user2)
		}
	})
}

func TestDefaultRules(t *testing.T) {
	rules, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	if err := CheckAll(rules, time.Time{}); err != nil {
		t.Fatal(err)
	}
	counted := func(descriptors map[string]string) map[string]string {
		got := map[string]string{}
		for _, r := range rules {
			if key, ok := r.Key(descriptors); ok {
				got[r.Name] = key + ": " + r.String()
			}
		}
		return got
	}
	tests := []struct {
		action string
		want   map[string]string
	}{
		{"render.dispatch", map[string]string{
			"dispatch-per-user":    "project=p,user=u: 60 in any 1m0s",
			"dispatch-per-project": "project=p: 300 at once, refilled in 1m0s",
			"requests-per-sheet":   "sheet=s: 1 in any 1s",
		}},
		{"sheets.read", map[string]string{
			"sheets-read-per-user":          "project=p,user=u: 60 in any 1m0s",
			"sheets-read-per-project":       "project=p: 300 in any 1m0s",
			"sheets-read-per-credential":    "cloud_project=g,credential=c: 60 in any 1m0s",
			"sheets-read-per-cloud-project": "cloud_project=g: 300 in any 1m0s",
			"requests-per-sheet":            "sheet=s: 1 in any 1s",
		}},
		{"sheets.write", map[string]string{
			"sheets-write-per-user":          "project=p,user=u: 60 in any 1m0s",
			"sheets-write-per-project":       "project=p: 300 in any 1m0s",
			"sheets-write-per-credential":    "cloud_project=g,credential=c: 60 in any 1m0s",
			"sheets-write-per-cloud-project": "cloud_project=g: 300 in any 1m0s",
			"requests-per-sheet":             "sheet=s: 1 in any 1s",
		}},
		{"api.read", map[string]string{
			"api-read-per-user":    "project=p,user=u: 1200 at once, refilled in 1m0s",
			"api-read-per-project": "project=p: 6000 at once, refilled in 1m0s",
			"requests-per-sheet":   "sheet=s: 1 in any 1s",
		}},
	}
	for _, test := range tests {
		t.Run(test.action, func(t *testing.T) {
			call := map[string]string{"action": test.action, "project": "p", "user": "u", "sheet": "s"}
			if strings.HasPrefix(test.action, "sheets.") {
				call["cloud_project"], call["credential"] = "g", "c"
			}
			got := counted(call)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("limits that count (-want +got):\n%s", diff)
			}
		})
	}
}
