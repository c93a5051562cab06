package rule

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	got, err := Parse([]byte(`
limits:
  - {name: b, algorithm: token_bucket, capacity: 5, period: 1m}
  - name: a-1
    match: {action: x, kind: 7}
    keys: [user]
    algorithm: sliding_log
    capacity: 100000
    period: 744h
`))
	if err != nil {
		t.Fatal(err)
	}
	want := []Rule{
		{Name: "b", Algorithm: TokenBucket, Capacity: 5, Period: time.Minute, Outage: LocalShare, Origin: File},
		{
			Name: "a-1", Match: map[string]string{"action": "x", "kind": "7"}, Keys: []string{"user"},
			Algorithm: SlidingLog, Capacity: 100000, Period: 744 * time.Hour,
			Outage: LocalShare, Origin: File,
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
}

func TestParseRefuses(t *testing.T) {
	const good = "name: r\n    algorithm: sliding_log\n    capacity: 1\n    period: 1s\n"
	whole := func(fields string) string { return "limits:\n  - " + fields + "\n    " + good[len("name: r\n    "):] }
	rule := func(fields string) string { return "limits:\n  - " + fields }
	tests := []struct{ name, text, want string }{
		{"nothing", "", "no limits: the file is empty"},
		{"no YAML", "limits: [", "did not find expected"},
		{"a list", "- a", "line 1: must be a mapping"},
		{"another key", "limit: []", `line 1: unknown key "limit"; the only one is limits`},
		{"no rules", "limits: []", "limits: must be a list with at least one rule"},
		{"rules that are no list", "limits: {a: b}", "limits: must be a list with at least one rule"},
		{"limits twice", "limits: [a]\nlimits: [b]", "limits: given twice"},
		{"two documents", "limits: [a]\n---\nlimits: [b]", "more than one YAML document"},
		{"too many rules", "limits:" + strings.Repeat("\n - a", 257), "limits: 257 rules; at most 256 are allowed"},
		{"a rule that is no mapping", rule("x"), "rule 1: line 2: must be a mapping"},
		{"no name", rule("capacity: 1"), "rule 1: line 2: name: is missing"},
		{"bad name", rule("name: A b"), `rule 1: line 2: name: "A b" must match`},
		{"no algorithm", rule("name: r"), "rule r: line 2: algorithm: is missing"},
		{"unknown key, name after it", rule("capcity: 1\n    name: r"), "rule r: line 2: capcity: unknown key; known are name,"},
		{"key twice", rule("name: r\n    capacity: 1\n    capacity: 2"), "line 4: capacity: given twice"},
		{"unknown algorithm", rule("name: r\n    algorithm: fixed"), `rule r: line 3: algorithm: "fixed" is none of sliding_log, token_bucket`},
		{"capacity 0", rule("name: r\n    capacity: 0"), `rule r: line 3: capacity: "0" must be a whole number from 1 to 1000000000`},
		{"capacity 1.5", rule("name: r\n    capacity: 1.5"), `rule r: line 3: capacity: "1.5" must be a whole number`},
		{"capacity too large", rule("name: r\n    algorithm: sliding_log\n    period: 1s\n    capacity: 100001"), `rule r: line 5: capacity: 100001 must be a whole number from 1 to 100000`},
		{"period without unit", rule("name: r\n    period: 60"), `rule r: line 3: period: "60" must be a duration from 1ms to 744h0m0s`},
		{"negative period", rule("name: r\n    period: -1s"), `rule r: line 3: period: "-1s" must be a duration`},
		{"null", rule("name: r\n    period:"), "rule r: line 3: period: must be a single value"},
		{"keys that are no list", rule("name: r\n    keys: user"), "rule r: line 3: keys: must be a list"},
		{"a key twice", whole("name: r\n    keys: [a, a]"), "rule r: line 3: keys: a is given twice"},
		{"a bad key", whole("name: r\n    keys: [A]"), `rule r: line 3: keys: "A" must match`},
		{"too many keys", whole("name: r\n    keys: [" + strings.Repeat("a, ", 17) + "]"), "rule r: line 3: keys: 17 descriptors; a call has at most 16"},
		{"match that is no mapping", rule("name: r\n    match: [a]"), "rule r: line 3: match: line 3: must be a mapping"},
		{"a bad descriptor", whole("name: r\n    match: {A: b}"), `rule r: line 3: match: descriptor "A" must match`},
		{"an empty value", whole("name: r\n    match: {a: ''}"), "rule r: line 3: match: descriptor a must have 1 to 256 characters"},
		{"a list as value", rule("name: r\n    match: {a: [b]}"), "rule r: line 3: match: descriptor a must be a single value"},
		{"an alias", rule("name: &n r\n    keys: [*n]"), "rule r: line 3: keys: must be a single value"},
		{"a name twice", rule(good + "  - " + good), "rule r: line 6: name: already used by the rule in line 2"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			rules, err := Parse([]byte(test.text))
			if err == nil {
				t.Fatalf("parsed as %v", rules)
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %q, want it to contain %q", err, test.want)
			}
		})
	}
}

func TestLoad(t *testing.T) {
	write := func(text string) string {
		path := filepath.Join(t.TempDir(), "my.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	t.Run("good", func(t *testing.T) {
		rules, err := Load(write("limits: [{name: r, algorithm: sliding_log, capacity: 1, period: 1s}]"))
		if err != nil || len(rules) != 1 || rules[0].Name != "r" {
			t.Errorf("rules %v, error %v", rules, err)
		}
	})
	t.Run("names the file", func(t *testing.T) {
		if _, err := Load(write("x: 1")); err == nil || !strings.Contains(err.Error(), "my.yaml: line 1") {
			t.Errorf("error %v", err)
		}
	})
	t.Run("too large", func(t *testing.T) {
		if _, err := Load(write(strings.Repeat("#", maxFileBytes+1))); err == nil || !strings.Contains(err.Error(), "larger than") {
			t.Errorf("error %v", err)
		}
	})
	t.Run("absent", func(t *testing.T) {
		if _, err := Load("no/such/file"); err == nil || !strings.Contains(err.Error(), "no/such/file") {
			t.Errorf("error %v", err)
		}
	})
}

// Whatever parses is valid, and a limit of it and of each override can be made.
func FuzzParse(f *testing.F) {
	f.Add(builtIn)
	f.Add([]byte(calendarText))
	f.Add([]byte("limits: [{name: r, match: {a: b}, keys: [c], algorithm: token_bucket, capacity: 3, period: 7ms}]"))
	f.Add([]byte("limits: &a [*a]"))
	f.Add([]byte("a: &a [*a]\n---\n"))
	f.Add([]byte("? {}\n: x"))
	f.Fuzz(func(t *testing.T, text []byte) {
		rules, err := Parse(text)
		if err != nil {
			return
		}
		for _, r := range rules {
			if err := r.Check(); err != nil {
				t.Errorf("rule %+v parsed: %v", r, err)
			}
			limits := []Limit{r.Limit()}
			for _, o := range r.Overrides {
				limits = append(limits, o.Limit(r))
			}
			for _, l := range limits {
				if l.Capacity < 1 || (l.Zone == nil) != (l.Algorithm != Calendar) || (l.Period <= 0) != (l.Algorithm == Calendar) {
					t.Errorf("limit %+v is not complete", l)
				}
			}
		}
		_ = CheckAll(rules, time.Time{}) // must not panic
	})
}
