package rule

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const calendarText = `
limits:
  - name: month
    match: {action: x, kind: "*"}
    keys: [project, user]
    algorithm: calendar
    capacity: 1000000000
    unit: month
    zone: Europe/Berlin
    dry_run: true
    outage: closed
    overrides:
      - {name: big, values: {project: big}, capacity: 5, reason: has paid}
      - {name: ada, values: {project: demo, user: ada}, capacity: 6, expires: 2027-01-31T01:00:00+01:00}
  - {name: flight, algorithm: concurrency, capacity: 3, period: 15m, upstream: {capacity: 4, period: 1s}}
  - {name: many, keys: [a], algorithm: sliding_counter, capacity: 200000, period: 1m, overrides: [{name: o, values: {a: b}, period: 2m}]}
`

func TestParseAllFields(t *testing.T) {
	got, err := Parse([]byte(calendarText))
	if err != nil {
		t.Fatal(err)
	}
	want := []Rule{
		{
			Name: "month", Match: map[string]string{"action": "x", "kind": Any}, Keys: []string{"project", "user"}, Algorithm: Calendar,
			Capacity: 1_000_000_000, Unit: Month, Zone: "Europe/Berlin", DryRun: true, Outage: Closed, Origin: File,
			Overrides: []Override{
				{Name: "big", Values: map[string]string{"project": "big"}, Capacity: 5, Reason: "has paid", Origin: File},
				{
					Name: "ada", Values: map[string]string{"project": "demo", "user": "ada"}, Capacity: 6,
					Expires: time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC), Origin: File,
				},
			},
		},
		{Name: "flight", Algorithm: Concurrency, Capacity: 3, Period: 15 * time.Minute, Outage: LocalShare, Upstream: Upstream{4, time.Second}, Origin: File},
		{
			Name: "many", Keys: []string{"a"}, Algorithm: SlidingCounter, Capacity: 200_000, Period: time.Minute, Outage: LocalShare, Origin: File,
			Overrides: []Override{{Name: "o", Values: map[string]string{"a": "b"}, Period: 2 * time.Minute, Origin: File}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
	limits := map[string]string{}
	for _, r := range got {
		limits[r.Name] = r.String()
		for _, o := range r.Overrides {
			limits[r.Name+"/"+o.Key(r)] = o.Limit(r).String()
		}
	}
	if diff := cmp.Diff(map[string]string{
		"month": "1000000000 a month (Europe/Berlin)", "month/project=big": "5 a month (Europe/Berlin)", "month/project=demo,user=ada": "6 a month (Europe/Berlin)",
		"flight": "3 in flight, for 15m0s at most", "many": "about 200000 in any 1m0s", "many/a=b": "about 200000 in any 2m0s",
	}, limits); diff != "" {
		t.Errorf("in words (-want +got):\n%s", diff)
	}
}

func TestParseRefusesOtherFields(t *testing.T) {
	rule := func(fields string) string {
		return "limits:\n  - {name: r, algorithm: sliding_log, capacity: 1, period: 1s}\n  - " + fields
	}
	tests := []struct{ name, text, want string }{
		{"a unit without a calendar", rule("{name: s, algorithm: sliding_log, capacity: 1, period: 1s,\n     unit: day}"), "rule s: line 4: unit: is for a calendar only"},
		{"a period of a calendar", rule("{name: s, algorithm: calendar, capacity: 1, unit: day, period: 1s}"), "rule s: line 3: period: a calendar has a unit instead"},
		{"a calendar without a unit", rule("{name: s, algorithm: calendar, capacity: 1}"), "rule s: line 3: unit: is missing"},
		{"another unit", rule("{name: s, algorithm: calendar, capacity: 1, unit: week}"), `rule s: line 3: unit: "week" is none of day, month`},
		{"no zone", rule("{name: s, algorithm: calendar, capacity: 1, unit: day, zone: Mars/Base}"), `rule s: line 3: zone: "Mars/Base" is no time zone`},
		{"the machine's own zone", rule("{name: s, algorithm: calendar, capacity: 1, unit: day, zone: Local}"), `zone: "Local" is no time zone`},
		{"a yes", rule("{name: s, dry_run: yes}"), `rule s: line 3: dry_run: "yes" is neither true nor false`},
		{"another outage", rule("{name: s, outage: fail}"), `rule s: line 3: outage: "fail" is none of local_share, closed, open`},
		{"an upstream without a period", rule("{name: s, upstream: {capacity: 1}}"), "rule s: line 3: upstream: period: is missing"},
		{"an upstream of another kind", rule("{name: s, upstream: {rate: 1}}"), "rule s: line 3: upstream: line 3: rate: unknown key; known are capacity, period"},
		{"nanoseconds", rule("{name: s, algorithm: sliding_log, capacity: 1, period: 1000001ns}"), "rule s: line 3: period: must be in whole microseconds"},
		{"a bucket that is too large", rule("{name: s, algorithm: token_bucket, capacity: 100001, period: 1s}"), "rule s: line 3: capacity: 100001 must be a whole number from 1 to 100000"},
		{"overrides that are no list", rule("{name: s, algorithm: sliding_log, capacity: 1, period: 1s, overrides: 1}"), "rule s: line 3: overrides: must be a list"},
		{"an override without a name", withOverrides("{values: {user: u}, capacity: 1}"), "rule s: override 1: line 2: name: is missing"},
		{"an override without values", withOverrides("{name: o, capacity: 1}"), "rule s: override o: line 2: values: is missing"},
		{"an override of another key", withOverrides("{name: o, values: {sheet: x}, capacity: 1}"), "rule s: override o: line 2: values: sheet is no key of the rule; its keys are [project user]"},
		{"an override that says nothing", withOverrides("{name: o, values: {user: u}}"), "rule s: override o: line 2: capacity: it must say a capacity or a period"},
		{"an override of too much", withOverrides("{name: o, values: {user: u}, capacity: 100001}"), "rule s: override o: line 2: capacity: 100001 must be"},
		{"an override with another key", withOverrides("{name: o, limit: 1}"), "rule s: override o: line 2: limit: unknown key; known are name, values,"},
		{"an override that ends some day", withOverrides("{name: o, values: {user: u}, capacity: 1, expires: tomorrow}"), `rule s: override o: line 2: expires: "tomorrow" must be a time such as`},
		{"an override twice", withOverrides("{name: o, values: {user: u}, capacity: 1}, {name: o, values: {user: v}, capacity: 1}"), "rule s: line 2: name: is given twice"},
		{"a reason that is a book", withOverrides("{name: o, values: {user: u}, capacity: 1, reason: " + strings.Repeat("x", 501) + "}"), "rule s: override o: line 2: reason: must have at most 500 characters"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			rules, err := Parse([]byte(test.text))
			if err == nil {
				t.Fatalf("parsed as %v", rules)
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %q\nwant it to contain %q", err, test.want)
			}
		})
	}
}

func withOverrides(list string) string {
	return "limits:\n  - {name: s, keys: [project, user], algorithm: sliding_log, capacity: 1, period: 1s, overrides: [" + list + "]}"
}

func TestTiesAreRefused(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	tests := []struct{ name, overrides, want string }{
		{
			"the same values", "{name: a, values: {user: u}, capacity: 1}, {name: b, values: {user: u}, capacity: 2}",
			"rule s: override b: values: override a is for user=u too, so neither would win",
		},
		{"other values", "{name: a, values: {user: u}, capacity: 1}, {name: b, values: {user: v}, capacity: 2}", ""},
		{"other keys", "{name: a, values: {user: u}, capacity: 1}, {name: b, values: {project: u}, capacity: 2}", ""},
		{"one has expired", "{name: a, values: {user: u}, capacity: 1, expires: 2026-11-24T12:00:00Z}, {name: b, values: {user: u}, capacity: 2}", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			rules, err := Parse([]byte(withOverrides(test.overrides)))
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if err := CheckAll(rules, now); err != nil {
				got = err.Error()
			}
			if got != test.want {
				t.Errorf("error %q, want %q", got, test.want)
			}
		})
	}
}
