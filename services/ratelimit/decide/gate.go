package decide

import (
	"math"
	"time"
)

// earliest is before every time that a caller gives.
const earliest = Instant(math.MinInt64)

// gate is what all counters share: the latest time seen, and until when an upstream's refusal closes the counter.
type gate struct{ seen, closed Instant }

func newGate() gate { return gate{seen: earliest, closed: earliest} }

// pass returns now, or the latest time seen if the clock has stepped back behind it.
func (g *gate) pass(now Instant) Instant {
	g.seen = max(g.seen, now)
	return g.seen
}

// Drain implements [Counter].
func (g *gate) Drain(now, until Instant) {
	g.pass(now)
	g.closed = max(g.closed, until)
}

// shut tells whether nothing is granted because of a refusal.
func (g *gate) shut() bool { return g.seen < g.closed }

// until is the time from now to the instant at which the counter alone would grant, or to the end of the drain.
func (g *gate) until(now, free Instant) time.Duration {
	free = max(free, g.closed)
	if free <= g.seen {
		return 0
	}
	return free.Sub(now)
}

// left completes a counter's Left: more is free when one more than what is left would be granted.
func left(c Counter, now Instant, capacity int64) (int64, time.Duration) {
	room := c.Room(now)
	if room >= capacity {
		return room, 0
	}
	return room, c.Wait(now, room+1)
}
