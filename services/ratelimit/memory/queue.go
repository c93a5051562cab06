package memory

import (
	"math"
	"slices"
	"time"

	"github.com/sheetreel/sheetreel/services/ratelimit/decide"
)

const (
	// placeGrace is how long after the time that its owner was told a place is kept for it. For so long at most a permit
	// waits for an owner that does not come back.
	placeGrace = 5 * time.Second
	// maxQueue is how many places there may be at one counter.
	maxQueue = 1000
	// forecastPace bounds what looking ahead costs while the first of a queue is late: this time for each place.
	forecastPace = time.Microsecond
)

// queue is who waits at a counter, in the order in which they came.
type queue struct {
	places []*place
	byID   map[string]*place
	last   uint64
	drops  decide.Instant // before this nobody's grace is over

	// The counter as it will be when each has been granted at its time. It is made anew when something else happens.
	ahead decide.Counter
	made  decide.Instant
	tail  decide.Instant // the time of the last
	stale bool
}

// place is a need that waits. Its times are by the counter's clock, but for until.
type place struct {
	id     string
	sum    uint64
	number uint64
	least  int64
	due    decide.Instant // when it will be granted here
	until  decide.Instant // when it is dropped unless its owner comes back, by the monotonic clock
}

// changes says that what was foreseen no longer is so.
func (c *counter) changes() {
	if c.queue != nil {
		c.queue.stale = true
	}
}

// waiting is the place of an id at a counter, or nil.
func (c *counter) waiting(id string) *place {
	if c.queue == nil {
		return nil
	}
	return c.queue.byID[id]
}

// ahead is what must be left for those who wait before the call. It is more than room when it is too much, and only as
// exact then as needs be.
func (e *Engine) ahead(c *counter, call *call, room int64) int64 {
	e.dropLate(c, call.now)
	if c.queue == nil {
		return 0
	}
	before := uint64(math.MaxUint64)
	if p := c.waiting(call.ID); p != nil && call.ID != "" {
		before = p.number
	}
	sum := int64(0)
	for _, p := range c.queue.places {
		if p.number >= before || sum > room {
			break
		}
		sum += p.least
	}
	return sum
}

// dropLate drops the places whose owners did not come back in time, and those that no longer fit.
func (e *Engine) dropLate(c *counter, now moment) {
	q := c.queue
	if q == nil || now.mono < q.drops {
		return
	}
	kept := q.places[:0]
	q.drops = math.MaxInt64
	for _, p := range q.places {
		if p.until <= now.mono || p.least > c.capacity() {
			delete(q.byID, p.id)
			continue
		}
		kept = append(kept, p)
		q.drops = min(q.drops, p.until)
	}
	e.places.Add(int64(len(kept) - len(q.places)))
	clear(q.places[len(kept):])
	q.places, q.stale = kept, true
	if len(kept) == 0 {
		c.queue = nil
	}
}

// enqueue gives a call that was refused a place, if it has none and there is one. It returns false when the counter is
// new and there are too many keys.
func (e *Engine) enqueue(l *line, c *call) bool {
	if l.fresh && !e.admitOne(l) {
		return false
	}
	q := l.queue
	if q == nil {
		q = &queue{byID: map[string]*place{}, drops: math.MaxInt64, stale: true}
	}
	if q.byID[c.ID] != nil || len(q.places) >= maxQueue || e.places.Load() >= int64(e.cfg.MaxPlaces) {
		return true
	}
	l.queue = q
	e.places.Add(1)
	e.foresee(l.counter, c.now)
	q.last++
	p := &place{id: c.ID, sum: c.Sum, number: q.last, least: c.least, until: c.now.mono.Add(placeGrace)}
	q.drops = min(q.drops, p.until) // until its owner is told a time
	q.places = append(q.places, p)
	q.byID[c.ID] = p
	q.join(p, l.time(c.now))
	return true
}

// taken ends the wait of a call that was granted so much, and looks ahead anew unless all is as foreseen.
func (e *Engine) taken(c *counter, call *call, granted int64) {
	p := c.waiting(call.ID)
	if p == nil {
		c.queue.stale = true
		return
	}
	q := c.queue
	if q.places[0] != p || p.due != c.time(call.now) || p.least != granted {
		q.stale = true
	}
	e.leave(c, p)
}

// giveUp ends the wait of an id that has not been granted.
func (e *Engine) giveUp(c *counter, id string) {
	if p := c.waiting(id); p != nil {
		c.queue.stale = true
		e.leave(c, p)
	}
}

// leave takes a place out of its queue.
func (e *Engine) leave(c *counter, p *place) {
	q := c.queue
	q.places = slices.DeleteFunc(q.places, func(one *place) bool { return one == p })
	delete(q.byID, p.id)
	e.places.Add(-1)
	if len(q.places) == 0 {
		c.queue = nil
	}
}

// tell notes when the owner of a place was told to come back.
func (c *counter) tell(call *call, at decide.Instant) {
	if p := c.waiting(call.ID); p != nil {
		p.until = at.Add(placeGrace)
		c.queue.drops = min(c.queue.drops, p.until)
	}
}

// wait is the time until a counter grants a call when each one before it is granted at its time.
func (e *Engine) wait(c *counter, call *call) time.Duration {
	now := c.time(call.now)
	if call.least > c.capacity() {
		return decide.Never
	}
	if c.queue == nil {
		return c.Wait(now, call.least)
	}
	e.foresee(c, call.now)
	q := c.queue
	if p := q.byID[call.ID]; p != nil && call.ID != "" {
		return max(p.due.Sub(now), 0)
	}
	at := max(now, q.tail)
	return at.Add(q.ahead.Wait(at, call.least)).Sub(now)
}

// foresee makes sure that the queue's times are those of now.
func (e *Engine) foresee(c *counter, m moment) {
	q, now := c.queue, c.time(m)
	late := len(q.places) > 0 && q.places[0].due < now && now.Sub(q.made) >= time.Duration(len(q.places))*forecastPace
	if !q.stale && !late {
		return
	}
	q.ahead = c.limit.Counter()
	q.ahead.Resize(now, c.capacity(), c.limit.Period)
	q.ahead.Restore(c.Export())
	q.made, q.tail, q.stale = now, now, false
	for _, p := range q.places {
		q.join(p, now)
	}
}

// join tells when one more at the end will be granted, and charges it then in what is foreseen.
func (q *queue) join(p *place, now decide.Instant) {
	at := max(now, q.tail)
	p.due = at.Add(q.ahead.Wait(at, p.least))
	q.ahead.Charge(p.due, p.least)
	q.tail = p.due
}
