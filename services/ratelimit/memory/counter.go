package memory

import (
	"hash/maphash"
	"math"
	"math/bits"
	"time"

	"github.com/sheetreel/sheetreel/services/ratelimit/decide"
	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

// counter counts one limit for one key.
type counter struct {
	decide.Counter
	engine.Place
	tag   string
	shard uint8
	hash  uint64
	next  *counter // with the same hash

	limit   *rule.Limit // as asked for last
	learned int64       // a lower capacity, told by the upstream; 0: none
	queue   *queue      // nil when nobody waits

	changed bool // since it was saved; it is in its shard's list then
	gone    bool // forgotten; another may count for the key
}

// line is a line of a need, while it is decided.
type line struct {
	*counter
	engine *engine.Line
	hash   uint64
	shard  uint8
	fresh  bool  // the counter is not yet in its shard
	room   int64 // what is granted at most
}

// hash is that of a line's rule and key.
func (e *Engine) hash(l *engine.Line) uint64 {
	return maphash.Bytes(e.seed, l.Key) ^ bits.RotateLeft64(maphash.String(e.seed, l.Limit.Rule), 1)
}

// shardOf is where a line of a hash is counted: with all of its project.
func (e *Engine) shardOf(l *engine.Line, hash uint64) uint8 {
	if l.Tag == "" {
		return uint8(hash % shardCount)
	}
	return uint8(maphash.String(e.seed, l.Tag) % shardCount)
}

// find finds the counter of a line, or makes one that is not yet in its shard. The shard is locked.
func (e *Engine) find(l *line, now moment) {
	for c := e.shards[l.shard].counters[l.hash]; c != nil; c = c.next {
		if c.Key == string(l.engine.Key) && c.Rule == l.engine.Limit.Rule {
			if c.limit != l.engine.Limit {
				c = e.adopt(c, l.engine.Limit, now)
			}
			l.counter = c
			return
		}
	}
	l.counter = e.newCounter(l.engine, now)
	l.counter.shard, l.counter.hash = l.shard, l.hash
	l.fresh = true
}

func (e *Engine) newCounter(l *engine.Line, now moment) *counter {
	c := &counter{
		Counter: l.Limit.Counter(), Place: engine.Place{Rule: l.Limit.Rule, Key: string(l.Key)}, tag: l.Tag, limit: l.Limit,
	}
	e.fillGap(c, now)
	return c
}

// shardOfID is where an id is remembered.
func (e *Engine) shardOfID(id string) uint8 { return uint8(maphash.String(e.seed, id) % shardCount) }

// insert puts a counter into its shard.
func (e *Engine) insert(c *counter) {
	s := &e.shards[c.shard]
	c.next = s.counters[c.hash]
	s.counters[c.hash] = c
}

// remove takes a counter out of its shard.
func (e *Engine) remove(c *counter) {
	s := &e.shards[c.shard]
	e.touch(c)
	c.gone = true
	first := s.counters[c.hash]
	if first == c {
		if c.next == nil {
			delete(s.counters, c.hash)
			return
		}
		s.counters[c.hash] = c.next
		return
	}
	for ; first.next != c; first = first.next {
	}
	first.next = c.next
}

// adopt makes a counter go by a changed limit. What was used stays used. It returns the counter to go on with: when
// the limit counts in another way that is a new one, and what the old one was charged can no longer be refunded.
func (e *Engine) adopt(c *counter, limit *rule.Limit, now moment) *counter {
	before := c.limit
	if before.SameCount(limit) {
		c.limit = limit
		if before.Capacity != limit.Capacity || before.Period != limit.Period {
			c.learned = 0
			e.resize(c, now)
		}
		return c
	}
	at := c.time(now)
	state := c.Export()
	var closed time.Duration
	if state.Closed > at {
		closed = state.Closed.Sub(at)
		state.Closed = at // what is used is looked at without it
		c.Restore(state)
	}
	used := c.capacity() - c.Room(at)
	fresh := &counter{
		Counter: limit.Counter(), Place: c.Place, tag: c.tag, shard: c.shard, hash: c.hash, limit: limit, queue: c.queue,
	}
	if used > 0 {
		fresh.Charge(fresh.time(now), used)
	}
	if closed > 0 {
		fresh.Drain(fresh.time(now), fresh.time(now).Add(closed))
	}
	c.queue = nil
	e.remove(c)
	e.insert(fresh)
	e.resize(fresh, now)
	return fresh
}

// resize makes a counter go by the capacity in force and the limit's period.
func (e *Engine) resize(c *counter, now moment) {
	c.Resize(c.time(now), c.capacity(), c.limit.Period)
	c.changes()
	if c.queue != nil {
		c.queue.drops = math.MinInt64 // some may no longer fit
	}
	e.touch(c)
}

// time is a moment by the clock that the counter goes by.
func (c *counter) time(m moment) decide.Instant {
	if c.limit.Algorithm == rule.Calendar {
		return m.wall
	}
	return m.mono
}

// capacity is the one in force.
func (c *counter) capacity() int64 {
	if c.learned > 0 {
		return c.learned
	}
	return c.limit.Capacity
}

// status tells what is left; wait is for how long the counter refuses.
func (c *counter) status(now moment, wait time.Duration) engine.Status {
	left, reset := c.Left(c.time(now))
	return engine.Status{Limit: c.limit, Key: c.Key, Capacity: c.capacity(), Left: left, Reset: reset, Wait: wait}
}

// idle tells whether a counter can be forgotten: nothing is counted, nobody waits, and nothing was learned.
func (c *counter) idle(now moment) bool {
	return c.Idle(c.time(now)) && c.queue == nil && c.learned == 0
}
