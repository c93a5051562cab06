package durable

import (
	"sync/atomic"
	"time"

	"github.com/sheetreel/sheetreel/services/ratelimit/decide"
	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/memory"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

// gap is what may have been granted unseen: after a crash anything that a limit can grant at once, unless it is one whose
// grants are written before they are told; and all of a counter that cannot be read.
//
// Nothing less is safe. Between two writes one key can use all of its limit, and a key that was never seen can too.
type gap struct {
	cfg     Config
	crashed bool
	until   time.Time // of the last crash that is remembered; zero: none
	damaged map[engine.Place]bool
	loaded  atomic.Bool
}

// of is the gap as the engine takes it.
func (g *gap) of(now time.Time) memory.Gap {
	until := now
	switch {
	case len(g.damaged) > 0:
	case g.until.IsZero() || now.Sub(g.until) > crashLife:
		return memory.Gap{}
	case g.until.Before(now):
		until = g.until
	}
	return memory.Gap{Until: decide.Instant(until.UnixNano()), Charge: g.charge}
}

func (g *gap) charge(place engine.Place, limit *rule.Limit) int64 {
	// Counters that this process has loaded were charged already for crashes before the last process.
	remembered := g.crashed || !g.until.IsZero() && g.loaded.Load()
	if g.damaged[place] || remembered && !g.cfg.strict(limit) {
		return limit.Capacity
	}
	return 0
}
