package ratefield

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/dunglas/httpsfv"
	"pgregory.net/rapid"
)

func TestFields(t *testing.T) {
	tests := []struct {
		name         string
		limits       []Limit
		policy, left string
	}{
		{name: "none"},
		{
			name:   "a window",
			limits: []Limit{{Name: "per-user", Capacity: 60, Window: time.Minute, Left: 12, Reset: 6200 * time.Millisecond}},
			policy: `"per-user";q=60;w=60`, left: `"per-user";r=12;t=7`,
		},
		{
			name: "several, in their order",
			limits: []Limit{
				{Name: "b", Capacity: 1, Window: time.Second, Reset: time.Second},
				{Name: "a", Key: "project=demo", Capacity: 300, Window: time.Hour, Left: 300},
			},
			policy: `"b";q=1;w=1, "a";q=300;w=3600`, left: `"b";r=0;t=1, "a";r=300;pk=:cHJvamVjdD1kZW1v:`,
		},
		{
			name:   "at once",
			limits: []Limit{{Name: "watches", Capacity: 100, Window: 12 * time.Minute, Concurrent: true, Left: 99, Reset: time.Minute}},
			policy: `"watches";q=100;qu="concurrent-requests"`, left: `"watches";r=99`,
		},
		{
			name:   "no window of a fixed length",
			limits: []Limit{{Name: "month", Capacity: 5, Left: 4, Reset: 24 * time.Hour}},
			policy: `"month";q=5`, left: `"month";r=4;t=86400`,
		},
		{
			name:   "a short window is told as a longer one, which allows less",
			limits: []Limit{{Name: "fast", Capacity: 10, Window: 100 * time.Millisecond, Left: 3, Reset: time.Nanosecond}},
			policy: `"fast";q=10;w=1`, left: `"fast";r=3;t=1`,
		},
		{
			name:   "more than a field can hold, and less than nothing",
			limits: []Limit{{Name: "huge", Capacity: math.MaxInt64, Left: -3}},
			policy: `"huge";q=999999999999999`, left: `"huge";r=0`,
		},
		{name: "only a name", limits: []Limit{{Name: "unknown"}}},
		{name: "a name that no field can hold", limits: []Limit{{Name: "caf\u00e9", Capacity: 1}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := Policies(test.limits); got != test.policy {
				t.Errorf("policy = %s, want %s", got, test.policy)
			}
			if got := Left(test.limits); got != test.left {
				t.Errorf("left = %s, want %s", got, test.left)
			}
		})
	}
}

func TestSeconds(t *testing.T) {
	tests := []struct {
		of   time.Duration
		want int64
	}{
		{0, 1},
		{-time.Second, 1},
		{1, 1},
		{time.Second, 1},
		{time.Second + 1, 2},
		{2*time.Second - 1, 2},
		{math.MaxInt64, 9_223_372_037},
	}
	for _, test := range tests {
		if got := Seconds(test.of); got != test.want {
			t.Errorf("Seconds(%v) = %d, want %d", test.of, got, test.want)
		}
	}
}

// TestFieldsAreRead reads back what is written: nothing is earlier than it is, and nothing allows more.
func TestFieldsAreRead(t *testing.T) {
	limit := rapid.Custom(func(t *rapid.T) Limit {
		return Limit{
			Name:       rapid.StringMatching(`[ -~]{1,30}`).Draw(t, "name"),
			Key:        rapid.String().Draw(t, "key"),
			Capacity:   rapid.Int64Range(1, maxInteger).Draw(t, "capacity"),
			Window:     time.Duration(rapid.Int64Range(0, int64(40*24*time.Hour)).Draw(t, "window")),
			Concurrent: rapid.Bool().Draw(t, "concurrent"),
			Left:       rapid.Int64Range(0, maxInteger).Draw(t, "left"),
			Reset:      time.Duration(rapid.Int64Range(0, int64(40*24*time.Hour)).Draw(t, "reset")),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		limits := rapid.SliceOfN(limit, 1, 5).Draw(t, "limits")
		policies, left := read(t, Policies(limits)), read(t, Left(limits))
		for i, l := range limits {
			policy, now := policies[i], left[i]
			if policy.Value != l.Name || now.Value != l.Name {
				t.Fatalf("names %v and %v, want %q", policy.Value, now.Value, l.Name)
			}
			want(t, policy, "q", l.Capacity)
			want(t, now, "r", l.Left)
			if w, ok := policy.Params.Get("w"); ok && (l.Concurrent || seconds(w) < l.Window || seconds(w) >= l.Window+time.Second) {
				t.Fatalf("w = %v of %+v", w, l)
			}
			if r, ok := now.Params.Get("t"); ok != (l.Reset > 0 && !l.Concurrent) || ok && (seconds(r) < l.Reset || seconds(r) >= l.Reset+time.Second) {
				t.Fatalf("t = %v of %+v", r, l)
			}
			if pk, ok := now.Params.Get("pk"); ok != (l.Key != "") || ok && string(pk.([]byte)) != l.Key {
				t.Fatalf("pk = %v of %+v", pk, l)
			}
		}
	})
}

func seconds(v any) time.Duration { return time.Duration(v.(int64)) * time.Second }

func want(t *rapid.T, item httpsfv.Item, name string, n int64) {
	if got, _ := item.Params.Get(name); got != n {
		t.Fatalf("%s = %v, want %d", name, got, n)
	}
}

func read(t *rapid.T, text string) []httpsfv.Item {
	parsed, err := httpsfv.UnmarshalList([]string{text})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	var items []httpsfv.Item
	for _, member := range parsed {
		items = append(items, member.(httpsfv.Item))
	}
	return items
}

func Example() {
	limits := []Limit{{Name: "api-read-per-project", Capacity: 60, Window: time.Minute, Left: 0, Reset: 1500 * time.Millisecond}}
	fmt.Println(PolicyHeader+":", Policies(limits))
	fmt.Println(LimitHeader+":", Left(limits))
	// Output:
	// RateLimit-Policy: "api-read-per-project";q=60;w=60
	// RateLimit: "api-read-per-project";r=0;t=2
}
