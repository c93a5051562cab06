// Package enginetest is what every engine of limits must do, as tests. An engine's own test is a few lines: it calls
// [Run].
//
// All times in it are whole microseconds, because Redis counts in them.
package enginetest

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

// Harness is how the suite gets an engine.
type Harness struct {
	// New makes an engine that has counted nothing, and reads the clock for every time that it counts by. It ends with the
	// test.
	New func(testing.TB, *Clock) engine.Engine
	// Restart ends an engine in good order, and starts one that goes on with what was kept. Nil when nothing is kept.
	Restart func(testing.TB, engine.Engine, *Clock) engine.Engine
	// Outage takes the store away from an engine until the function that it returns is called. Nil when there is none.
	Outage func(testing.TB, engine.Engine) (end func())
}

// Clock is a clock that stands still unless told otherwise. It begins at a whole second.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock makes one.
func NewClock() *Clock { return &Clock{now: time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)} }

// Now reads it.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Pass lets time pass, or sets the clock back when d is below 0.
func (c *Clock) Pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Run runs the suite.
func Run(t *testing.T, h Harness) {
	for _, part := range []struct {
		name string
		run  func(*testing.T, Harness)
	}{
		{"probes", probes},
		{"decisions", decisions},
		{"charges", charges},
		{"ids", ids},
		{"places", places},
		{"reports", reports},
		{"usage", usage},
		{"model", model},
	} {
		t.Run(part.name, func(t *testing.T) { part.run(t, h) })
	}
}

// bundle is an engine and its clock.
type bundle struct {
	testing.TB
	engine.Engine
	clock *Clock
}

func setup(t *testing.T, h Harness) bundle {
	t.Helper()
	clock := NewClock()
	return bundle{t, h.New(t, clock), clock}
}

// decide decides needs.
func (b bundle) decide(needs ...engine.Need) []engine.Outcome {
	b.Helper()
	out, err := b.Decide(b.Context(), needs, nil)
	if err != nil {
		b.Fatal(err)
	}
	if len(out) != len(needs) {
		b.Fatalf("%d outcomes of %d needs", len(out), len(needs))
	}
	return out
}

// granted decides needs that must all be granted whole.
func (b bundle) granted(needs ...engine.Need) []engine.Outcome {
	b.Helper()
	out := b.decide(needs...)
	for i, o := range out {
		if o.Verdict != engine.Proceed || o.Granted != needs[i].Cost {
			b.Fatalf("need %d of cost %d: %+v, want it granted", i, needs[i].Cost, o)
		}
	}
	return out
}

// deferred decides a need that must be deferred for so long, because of these rules.
func (b bundle) deferred(n engine.Need, wait time.Duration, rules ...string) engine.Outcome {
	b.Helper()
	o := b.decide(n)[0]
	if o.Verdict != engine.Defer || o.Wait != wait || o.Granted != 0 || o.Charge != (engine.Charge{}) {
		b.Fatalf("%+v, want it deferred for %v", o, wait)
	}
	var refusing []string
	for _, s := range o.Limits {
		refusing = append(refusing, s.Limit.Rule)
	}
	if !slices.Equal(refusing, rules) {
		b.Fatalf("refused by %v, want %v", refusing, rules)
	}
	return o
}

// left is what is left of lines.
func (b bundle) left(lines ...engine.Line) []int64 {
	b.Helper()
	statuses, err := b.Peek(b.Context(), lines, 1)
	if err != nil {
		b.Fatal(err)
	}
	left := make([]int64, len(statuses))
	for i, s := range statuses {
		left[i] = s.Left
	}
	return left
}

// wantLeft checks what is left of lines.
func (b bundle) wantLeft(want []int64, lines ...engine.Line) {
	b.Helper()
	if diff := cmp.Diff(want, b.left(lines...)); diff != "" {
		b.Fatalf("left (-want +got):\n%s", diff)
	}
}

// The limits of most tests. One project is "p": the lines of a need have one tag.
func userLog() *rule.Limit {
	return &rule.Limit{Rule: "user", Algorithm: rule.SlidingLog, Capacity: 60, Period: time.Minute}
}

func projectBucket() *rule.Limit {
	return &rule.Limit{Rule: "project", Algorithm: rule.TokenBucket, Capacity: 300, Period: time.Minute}
}

func line(l *rule.Limit, key string) engine.Line {
	return engine.Line{Limit: l, Key: []byte("project=p,of=" + key), Tag: "p"}
}

func need(cost int64, lines ...engine.Line) engine.Need { return engine.Need{Lines: lines, Cost: cost} }
