package memory

import (
	"testing"
	"time"

	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/engine/enginetest"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

// bundle is an engine with a clock that stands still until told otherwise.
type bundle struct {
	testing.TB
	*Engine
	clock *enginetest.Clock
}

func setup(t testing.TB, cfg Config) bundle {
	clock := enginetest.NewClock()
	cfg.Clock = clock.Now
	return bundle{t, New(cfg), clock}
}

var (
	perUser    = &rule.Limit{Rule: "user", Algorithm: rule.SlidingLog, Capacity: 10, Period: time.Minute}
	perProject = &rule.Limit{Rule: "project", Algorithm: rule.TokenBucket, Capacity: 60, Period: time.Minute}
	perDay     = &rule.Limit{Rule: "day", Algorithm: rule.Calendar, Capacity: 100, Unit: rule.Day, Zone: time.UTC}
)

func lineOf(l *rule.Limit, tag, key string) engine.Line {
	return engine.Line{Limit: l, Key: []byte("project=" + tag + ",of=" + key), Tag: tag}
}

func need(cost int64, lines ...engine.Line) engine.Need { return engine.Need{Lines: lines, Cost: cost} }

func (b bundle) decide(n engine.Need) engine.Outcome {
	b.Helper()
	out, err := b.Decide(b.Context(), []engine.Need{n}, nil)
	if err != nil {
		b.Fatal(err)
	}
	return out[0]
}

func (b bundle) granted(n engine.Need) engine.Outcome {
	b.Helper()
	o := b.decide(n)
	if o.Verdict != engine.Proceed {
		b.Fatalf("%+v, want it granted", o)
	}
	return o
}

func (b bundle) wantLeft(want int64, l engine.Line) {
	b.Helper()
	statuses, err := b.Peek(b.Context(), []engine.Line{l}, 1)
	if err != nil {
		b.Fatal(err)
	}
	if got := statuses[0].Left; got != want {
		b.Fatalf("%d left of %s %s, want %d", got, l.Limit.Rule, l.Key, want)
	}
}

// cancelled tells whether a charge could be cancelled.
func (b bundle) cancelled(id string) bool {
	b.Helper()
	not, err := b.Cancel(b.Context(), []string{id})
	if err != nil {
		b.Fatal(err)
	}
	return len(not) == 0
}
