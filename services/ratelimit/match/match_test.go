package match

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func mustSet(t testing.TB, version int64, rules []rule.Rule, before *Set) *Set {
	t.Helper()
	s, err := New(version, rules, noon, before)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func parsed(t testing.TB, text string) []rule.Rule {
	t.Helper()
	rules, err := rule.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

// shown are lines as text: whose numbers, which key, which tag.
func shown(lines []engine.Line) []string {
	var all []string
	for _, l := range lines {
		all = append(all, fmt.Sprintf("%s/%s %d [%s] %s", l.Limit.Rule, l.Limit.Override, l.Limit.Capacity, l.Key, l.Tag))
	}
	return all
}

const people = `limits:
  - name: users
    match: {action: a}
    keys: [project, user]
    algorithm: sliding_log
    capacity: 1
    period: 1s
    overrides:
      - {name: of-demo, values: {project: demo}, capacity: 2}
      - {name: ada, values: {user: ada}, capacity: 3}
      - {name: ada-of-demo, values: {project: demo, user: ada}, capacity: 4, expires: 2026-11-24T13:00:00Z}
      - {name: once, values: {project: demo, user: bob}, capacity: 5, expires: 2026-11-24T11:00:00Z}
  - {name: any-kind, match: {action: a, kind: "*"}, algorithm: token_bucket, capacity: 7, period: 1s}
  - {name: all, keys: [user], algorithm: sliding_log, capacity: 9, period: 1s}
`

func TestMatch(t *testing.T) {
	s := mustSet(t, 1, parsed(t, people), nil)
	tests := []struct {
		name        string
		descriptors map[string]string
		after       time.Duration
		want        []string
	}{
		{"nothing", nil, 0, nil},
		{"by action", map[string]string{"action": "a", "project": "p", "user": "u"}, 0, []string{"all/ 9 [user=u] ", "users/ 1 [project=p,user=u] p"}},
		{"another action", map[string]string{"action": "b", "project": "p", "user": "u"}, 0, []string{"all/ 9 [user=u] "}},
		{"a key is absent", map[string]string{"action": "a", "project": "p"}, 0, nil},
		{"present is enough", map[string]string{"action": "a", "kind": "x"}, 0, []string{"any-kind/ 7 [] "}},
		{"escaped", map[string]string{"action": "a", "project": "p,q", "user": "=%"}, 0, []string{"all/ 9 [user=%3D%25] ", "users/ 1 [project=p%2Cq,user=%3D%25] p,q"}},
		{"an override of a project", map[string]string{"action": "a", "project": "demo", "user": "eve"}, 0, []string{"all/ 9 [user=eve] ", "users/of-demo 2 [project=demo,user=eve] demo"}},
		{"an override of a user", map[string]string{"action": "a", "project": "p", "user": "ada"}, 0, []string{"all/ 9 [user=ada] ", "users/ada 3 [project=p,user=ada] p"}},
		{"more keys win", map[string]string{"action": "a", "project": "demo", "user": "ada"}, 0, []string{"all/ 9 [user=ada] ", "users/ada-of-demo 4 [project=demo,user=ada] demo"}},
		{"until it expires, then the narrower key", map[string]string{"action": "a", "project": "demo", "user": "ada"}, time.Hour, []string{"all/ 9 [user=ada] ", "users/ada 3 [project=demo,user=ada] demo"}},
		{"expired before", map[string]string{"action": "a", "project": "demo", "user": "bob"}, 0, []string{"all/ 9 [user=bob] ", "users/of-demo 2 [project=demo,user=bob] demo"}},
	}
	var batch Scratch
	var lines [][]engine.Line
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			lines = append(lines, s.Match(test.descriptors, noon.Add(test.after), &batch))
			if diff := cmp.Diff(test.want, shown(s.Match(test.descriptors, noon.Add(test.after), &Scratch{}))); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("all of a batch stay valid", func(t *testing.T) {
		for i, test := range tests {
			if diff := cmp.Diff(test.want, shown(lines[i])); diff != "" {
				t.Errorf("%s: lines (-want +got):\n%s", test.name, diff)
			}
		}
	})
}

func TestAnUnchangedLimitStaysTheSame(t *testing.T) {
	const text = `limits:
  - {name: a, algorithm: calendar, capacity: 5, unit: day, zone: Europe/Berlin}
  - {name: b, keys: [user], algorithm: sliding_log, capacity: %d, period: 1s, overrides: [{name: o, values: {user: u}, capacity: 9}]}
`
	descriptors := map[string]string{"user": "u"}
	one := mustSet(t, 1, parsed(t, fmt.Sprintf(text, 1)), nil)
	two := mustSet(t, 2, parsed(t, fmt.Sprintf(text, 2)), one)
	before, after := one.Match(descriptors, noon, &Scratch{}), two.Match(descriptors, noon, &Scratch{})
	if before[0].Limit != after[0].Limit || before[1].Limit != after[1].Limit {
		t.Error("the calendar and the override were not changed, and are other limits now")
	}
	other := map[string]string{"user": "v"}
	if one.Match(other, noon, &Scratch{})[1].Limit == two.Match(other, noon, &Scratch{})[1].Limit {
		t.Error("the rule was changed, and its limit is the same")
	}
	if got := two.Version(); got != 2 {
		t.Errorf("version %d", got)
	}
}

// Whatever the rules and the call: the fast way finds what going through the rules one by one finds.
func TestMatchFindsWhatEachRuleSays(t *testing.T) {
	word := rapid.SampledFrom([]string{"a", "b", "c"})
	rapid.Check(t, func(t *rapid.T) {
		var rules []rule.Rule
		for i := range rapid.IntRange(0, 6).Draw(t, "rules") {
			r := rule.Rule{
				Name: fmt.Sprintf("r%d", i), Match: map[string]string{}, Algorithm: rule.SlidingLog, Capacity: 1, Period: time.Second, Outage: rule.LocalShare,
			}
			for _, name := range []string{"action", "project", "user"} {
				switch rapid.IntRange(0, 4).Draw(t, name) {
				case 0:
					r.Match[name] = word.Draw(t, "value")
				case 1:
					r.Match[name] = rule.Any
				case 2:
					r.Keys = append(r.Keys, name)
				}
			}
			for _, key := range r.Keys {
				if rapid.Bool().Draw(t, "override") {
					values := map[string]string{key: word.Draw(t, "for")}
					r.Overrides = append(r.Overrides, rule.Override{Name: "o-" + key, Values: values, Capacity: 2})
				}
			}
			rules = append(rules, r)
		}
		s, err := New(1, rules, noon, nil)
		if err != nil {
			t.Fatal(err)
		}
		call := map[string]string{}
		for _, name := range []string{"action", "project", "user"} {
			if rapid.Bool().Draw(t, "has "+name) {
				call[name] = word.Draw(t, name)
			}
		}
		var want []string
		for _, r := range rules {
			key, ok := r.Key(call)
			if !ok {
				continue
			}
			override := ""
			for _, name := range r.Keys { // the later one is narrower
				for _, o := range r.Overrides {
					if v, ok := o.Values[name]; ok && v == call[name] {
						override = o.Name
					}
				}
			}
			want = append(want, r.Name+"/"+override+" "+key)
		}
		var got []string
		for _, l := range s.Match(call, noon, &Scratch{}) {
			got = append(got, l.Limit.Rule+"/"+l.Limit.Override+" "+string(l.Key))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("lines (-want +got):\n%s", diff)
		}
		got = nil
		for _, f := range s.Explain(call, noon) {
			if f.Why == "" {
				got = append(got, f.Rule.Name+"/"+f.Line.Limit.Override+" "+string(f.Line.Key))
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("explained (-want +got):\n%s", diff)
		}
	})
}

func TestMatchingAllocatesNothing(t *testing.T) {
	s := mustSet(t, 1, parsed(t, people), nil)
	call := map[string]string{"action": "a", "project": "demo", "user": "ada", "kind": "x"}
	var scratch Scratch
	s.Match(call, noon, &scratch)
	if n := testing.AllocsPerRun(100, func() {
		scratch.Reset()
		s.Match(call, noon, &scratch)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkMatch(b *testing.B) {
	rules, err := rule.Default()
	if err != nil {
		b.Fatal(err)
	}
	s := mustSet(b, 1, rules, nil)
	call := map[string]string{"action": "render.dispatch", "project": "demo", "user": "ada", "provider": "studio"}
	var scratch Scratch
	b.ReportAllocs()
	for b.Loop() {
		scratch.Reset()
		s.Match(call, noon, &scratch)
	}
}
