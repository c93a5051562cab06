package rule

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sheetreel/sheetreel/services/ratelimit/decide"
)

func TestUpstreams(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	const google = ", upstream: {capacity: 300, period: 60s}"
	tests := []struct{ name, rules, want string }{
		{"a log that is as narrow", "{name: a, keys: [p], algorithm: sliding_log, capacity: 300, period: 60s" + google + "}", ""},
		{"a log of a shorter time", "{name: a, keys: [p], algorithm: sliding_log, capacity: 100, period: 20s" + google + "}", ""},
		{
			"a log that does not divide it", "{name: a, keys: [p], algorithm: sliding_log, capacity: 100, period: 19s" + google + "}",
			"rule a: upstream: allows 300 in any 60 s, and more could be sent: a: 100 x 4 = 400 > 300",
		},
		{
			"a bucket", "{name: a, keys: [p], algorithm: token_bucket, capacity: 300, period: 60s" + google + "}",
			"rule a: upstream: allows 300 in any 60 s, and more could be sent: a: 300 at once + 5/s x 60 s = 599 > 300",
		},
		{"a bucket small enough", "{name: a, keys: [p], algorithm: token_bucket, capacity: 30, period: 6666667us" + google + "}", ""},
		{
			"a counter", "{name: a, keys: [p], algorithm: sliding_counter, capacity: 151, period: 60s" + google + "}",
			"rule a: upstream: allows 300 in any 60 s, and more could be sent: a: 301 x 1 = 301 > 300",
		},
		{"a counter small enough", "{name: a, keys: [p], algorithm: sliding_counter, capacity: 150, period: 60s" + google + "}", ""},
		{
			"a calendar", "{name: a, keys: [p], algorithm: calendar, capacity: 151, unit: day" + google + "}",
			"rule a: upstream: allows 300 in any 60 s, and more could be sent: a: 151 x 2 = 302 > 300",
		},
		{
			"what is in flight", "{name: a, keys: [p], algorithm: concurrency, capacity: 1, period: 1h" + google + "}",
			"rule a: upstream: allows 300 in any 60 s, and more could be sent: a: in flight says nothing of how many in a time",
		},
		{
			"a log in dry run", "{name: a, keys: [p], algorithm: sliding_log, capacity: 1, period: 60s, dry_run: true" + google + "}",
			"rule a: upstream: allows 300 in any 60 s, and more could be sent: a: in dry run it refuses nothing",
		},
		{
			"a log that is open in an outage", "{name: a, keys: [p], algorithm: sliding_log, capacity: 1, period: 60s, outage: open" + google + "}",
			"rule a: upstream: allows 300 in any 60 s, and more could be sent: a: it is open while the engine cannot be reached",
		},
		{"a bucket under a log of the same keys", "{name: a, keys: [p], algorithm: token_bucket, capacity: 300, period: 60s" + google + "}, " +
			"{name: b, keys: [p], algorithm: sliding_log, capacity: 300, period: 60s}", ""},
		{"a bucket under a log of all", "{name: a, match: {action: x}, keys: [p], algorithm: token_bucket, capacity: 300, period: 60s" + google + "}, " +
			"{name: b, algorithm: sliding_log, capacity: 300, period: 60s}", ""},
		{
			"a bucket under a log of each user", "{name: a, keys: [p], algorithm: token_bucket, capacity: 300, period: 60s" + google + "}, " +
				"{name: b, keys: [p, u], algorithm: sliding_log, capacity: 3, period: 60s}",
			"rule a: upstream: allows 300 in any 60 s, and more could be sent: a: 300 at once + 5/s x 60 s = 599 > 300",
		},
		{
			"a bucket under a log of other calls", "{name: a, match: {action: x}, keys: [p], algorithm: token_bucket, capacity: 300, period: 60s" + google + "}, " +
				"{name: b, match: {action: y}, keys: [p], algorithm: sliding_log, capacity: 3, period: 60s}",
			"rule a: upstream: allows 300 in any 60 s, and more could be sent: a: 300 at once + 5/s x 60 s = 599 > 300",
		},
		{"a bucket under a log by a key that is matched", "{name: a, match: {action: x}, keys: [p], algorithm: token_bucket, capacity: 300, period: 60s" + google + "}, " +
			"{name: b, keys: [action], algorithm: sliding_log, capacity: 300, period: 60s}", ""},
		{
			"a bucket under a log for calls with a sheet", "{name: a, keys: [p], algorithm: token_bucket, capacity: 300, period: 60s" + google + "}, " +
				"{name: b, match: {sheet: '*'}, algorithm: sliding_log, capacity: 3, period: 60s}",
			"rule a: upstream: allows 300 in any 60 s, and more could be sent: a: 300 at once + 5/s x 60 s = 599 > 300",
		},
		{
			"an override that raises it", "{name: a, keys: [p], algorithm: sliding_log, capacity: 300, period: 60s" + google + ", overrides: [{name: o, values: {p: x}, capacity: 301}]}",
			"rule a: upstream: allows 300 in any 60 s, and more could be sent: a: override o: 301 x 1 = 301 > 300",
		},
		{"an override that lowers it", "{name: a, keys: [p], algorithm: sliding_log, capacity: 300, period: 60s" + google + ", overrides: [{name: o, values: {p: x}, capacity: 3}]}", ""},
		{"an override that has expired", "{name: a, keys: [p], algorithm: sliding_log, capacity: 300, period: 60s" + google +
			", overrides: [{name: o, values: {p: x}, capacity: 301, expires: 2026-11-24T12:00:00Z}]}", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			rules, err := Parse([]byte("limits: [" + test.rules + "]"))
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if err := CheckAll(rules, now); err != nil {
				got = err.Error()
			}
			if got != test.want {
				t.Errorf("error %q\nwant  %q", got, test.want)
			}
		})
	}
}

// A bucket and a log never let more through in a window than their bound says, and a greedy sender gets all of it.
func TestBoundsAreTrueAndTight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := Limit{
			Algorithm: rapid.SampledFrom([]Algorithm{SlidingLog, TokenBucket}).Draw(t, "algorithm"),
			Capacity:  rapid.Int64Range(1, 8).Draw(t, "capacity"), Period: time.Duration(rapid.Int64Range(8, 60).Draw(t, "period")),
		}
		window := time.Duration(rapid.Int64Range(1, 150).Draw(t, "window"))
		var counter decide.Counter = decide.NewSlidingLog(l.Capacity, l.Period)
		if l.Algorithm == TokenBucket {
			counter = decide.NewTokenBucket(l.Capacity, l.Period)
		}
		granted := int64(0)
		for now := decide.Instant(0); now < decide.Instant(window); now++ { // the worst window begins when all is free
			for counter.Wait(now, 1) == 0 {
				counter.Charge(now, 1)
				granted++
			}
		}
		most, arithmetic, ok := l.bound(window)
		if !ok || most != granted {
			t.Fatalf("%v in %d ns: %d granted, the bound is %s", l, window, granted, fmt.Sprint(most, " = ", arithmetic))
		}
	})
}
