package memory

import (
	"time"

	"github.com/sheetreel/sheetreel/services/ratelimit/decide"
	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/ring"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

// chargeLife is how long a charge can be cancelled, and how long an id without a TTL is remembered, at least.
const chargeLife = 10 * time.Minute

// lifeOf is how long a charge of lines can be cancelled: a slot in flight as long as it is taken.
func lifeOf(lines []engine.Line) time.Duration {
	life := chargeLife
	for i := range lines {
		if l := lines[i].Limit; l.Algorithm == rule.Concurrency {
			life = max(life, l.Period)
		}
	}
	return life
}

// charge is what one counter was charged. The counter may have been forgotten in the meantime: then it was idle, and a
// refund finds nothing in it.
type charge struct {
	counter *counter
	receipt decide.Receipt
}

// refund takes a charge back. The counter's shard is locked.
func (e *Engine) refund(c charge, now moment) bool {
	back := c.counter.Refund(c.counter.time(now), c.receipt)
	c.counter.changes()
	e.touch(c.counter)
	return back
}

// settle ends a charge of which so much was used.
func (e *Engine) settle(c charge, used int64, now moment) {
	c.counter.Settle(c.counter.time(now), c.receipt, used)
	c.counter.changes()
	e.touch(c.counter)
}

// permits keeps what was charged without an id and a TTL, in the order of the charges, until its life ends. Permits are
// numbered without gaps, so there is no index, and no allocation when their number is steady.
type permits struct {
	gone    uint64 // how many have left at the front: the number of the first
	queue   ring.Queue[permit]
	left    uint64 // how many charges have left
	charges ring.Queue[charge]
}

type permit struct {
	at    decide.Instant
	first uint64 // of its charges
	count int32
	state uint32 // open, committed or ended
}

// begin begins a new permit; add adds a charge to it.
func (p *permits) begin(now decide.Instant) {
	p.queue.Push(permit{at: now, first: p.left + uint64(p.charges.Len())})
}

func (p *permits) add(c charge) {
	p.charges.Push(c)
	p.queue.Last().count++
}

// newest is the number of the permit at the back.
func (p *permits) newest() uint64 { return p.gone + uint64(p.queue.Len()) - 1 }

// find returns a permit, or nil when it is unknown, cancelled, or too old.
func (p *permits) find(number uint64, now decide.Instant) *permit {
	if number < p.gone || number-p.gone >= uint64(p.queue.Len()) {
		return nil
	}
	one := p.queue.At(int(number - p.gone))
	if one.state == ended || now.Sub(one.at) >= chargeLife {
		return nil
	}
	return one
}

// of calls f for each charge of a permit.
func (p *permits) of(one *permit, f func(charge)) {
	for i := range int(one.count) {
		f(*p.charges.At(int(one.first-p.left) + i))
	}
}

// drop forgets the oldest n permits.
func (p *permits) drop(n int) {
	charges := 0
	for i := range n {
		charges += int(p.queue.At(i).count)
	}
	p.queue.Drop(n)
	p.charges.Drop(charges)
	p.gone += uint64(n)
	p.left += uint64(charges)
}

// expirePermits forgets the permits of a shard whose life has ended, and makes room for one more.
func (e *Engine) expirePermits(s *shard, now decide.Instant) {
	old, have := 0, s.permits.queue.Len()
	for old < have && now.Sub(s.permits.queue.At(old).at) >= chargeLife {
		old++
	}
	if old == 0 && have > 0 && e.permits.Load() >= int64(e.cfg.MaxPermits) {
		old = 1
	}
	s.permits.drop(old)
	if old != 1 { // the one to come makes up for one that goes
		e.permits.Add(int64(1 - old))
	}
}
