package memory

import (
	"context"
	"time"

	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
)

const (
	// fullRetry is when to ask again when there are as many keys as may be: they are forgotten at that pace.
	fullRetry = sweepEvery
	// usualLines is how many limits count a call in most configurations; more cost an allocation more.
	usualLines = 6
)

// Decide implements [engine.Engine]. It takes no memory of its own when out has room, and the outcomes in that room
// have room for their statuses from another time.
func (e *Engine) Decide(_ context.Context, needs []engine.Need, out []engine.Outcome) ([]engine.Outcome, error) {
	now := e.now()
	for i := range needs {
		if len(out) < cap(out) {
			out = out[:len(out)+1]
		} else {
			out = append(out, engine.Outcome{})
		}
		o := &out[len(out)-1]
		*o = engine.Outcome{Limits: o.Limits[:0], DryRun: o.DryRun[:0]}
		e.decide(&needs[i], now, o)
	}
	return out, nil
}

// call is a need while it is decided.
type call struct {
	*engine.Need
	now         moment
	cost, least int64
	set         shardSet
	idShard     uint8
}

func (e *Engine) decide(need *engine.Need, now moment, o *engine.Outcome) {
	c := call{Need: need, now: now, cost: max(need.Cost, 1)}
	c.least = c.cost
	if need.Least > 0 {
		c.least = min(need.Least, c.cost)
	}
	if len(need.Lines) == 0 {
		o.Verdict, o.Granted = engine.Proceed, c.cost
		return
	}
	var room [usualLines]line
	lines := room[:0]
	if len(need.Lines) > usualLines {
		lines = make([]line, 0, len(need.Lines))
	}
	for i := range need.Lines {
		l := &need.Lines[i]
		hash := e.hash(l)
		var shard uint8
		if i > 0 && l.Tag != "" && l.Tag == need.Lines[i-1].Tag {
			shard = lines[i-1].shard
		} else {
			shard = e.shardOf(l, hash)
		}
		lines = append(lines, line{engine: l, hash: hash, shard: shard})
		c.set.add(shard)
	}
	if need.ID != "" {
		c.idShard = e.shardOfID(need.ID)
		c.set.add(c.idShard)
	}
	e.lock(c.set, now)
	e.decideLocked(&c, lines, o)
	e.unlock(c.set)
}

// decideLocked decides with the locks of all shards that are concerned.
func (e *Engine) decideLocked(c *call, lines []line, o *engine.Outcome) {
	for i := range lines {
		e.find(&lines[i], c.now)
	}
	if c.ID != "" && e.repeated(c, lines, o) {
		return
	}
	if c.ID != "" && !c.Queue {
		for i := range lines {
			e.giveUp(lines[i].counter, c.ID)
		}
	}
	if neverFits(c, lines, o) {
		return
	}
	granted := c.cost
	for i := range lines {
		l := &lines[i]
		l.room = l.Room(l.time(c.now))
		if l.queue != nil {
			l.room -= e.ahead(l.counter, c, l.room)
		}
		if !l.limit.DryRun {
			granted = min(granted, l.room)
		}
	}
	if granted < c.least {
		e.refuse(c, lines, o)
		return
	}
	e.grant(c, lines, granted, o)
}

// neverFits rejects a cost that is above the capacity of a limit.
func neverFits(c *call, lines []line, o *engine.Outcome) bool {
	for i := range lines {
		if l := &lines[i]; !l.limit.DryRun && c.least > l.capacity() {
			o.Verdict, o.Err = engine.Reject, engine.ErrCost
			o.Limits = append(o.Limits, l.status(c.now, 0))
		}
	}
	return o.Verdict != 0
}

// grant charges all lines. A line in dry run that would have refused is not charged, as if it had refused.
func (e *Engine) grant(c *call, lines []line, granted int64, o *engine.Outcome) {
	if !e.admit(lines) {
		o.Verdict, o.Err, o.Wait = engine.Retry, engine.ErrFull, fullRetry
		return
	}
	remembered := c.ID != "" || c.TTL > 0 || lifeOf(c.Lines) > chargeLife
	var r *record
	home := &e.shards[c.set.first()]
	if remembered {
		r = &record{lines: make([]charge, 0, len(lines))}
	} else {
		e.expirePermits(home, c.now.mono)
		home.permits.begin(c.now.mono)
	}
	for i := range lines {
		l := &lines[i]
		if l.limit.DryRun && l.room < granted {
			o.DryRun = append(o.DryRun, l.status(c.now, e.wait(l.counter, c)))
			continue
		}
		made := charge{l.counter, l.Charge(l.time(c.now), granted)}
		e.touch(l.counter)
		if l.queue != nil {
			e.taken(l.counter, c, granted)
		}
		if remembered {
			r.lines = append(r.lines, made)
		} else {
			home.permits.add(made)
		}
		if !l.limit.DryRun {
			o.Limits = append(o.Limits, l.status(c.now, 0))
		}
	}
	o.Verdict, o.Granted = engine.Proceed, granted
	if remembered {
		e.remember(r, c, granted)
		o.Charge, o.Life = r.Charge, c.TTL
		return
	}
	o.Charge = engine.Charge{Series: e.series, Number: home.permits.newest()<<numberShift | uint64(c.set.first())}
}

// admit puts the counters of lines that are new into their shards, all or, when there are too many keys, none.
func (e *Engine) admit(lines []line) bool {
	fresh := int64(0)
	for i := range lines {
		if lines[i].fresh {
			fresh++
		}
	}
	if fresh == 0 {
		return true
	}
	if e.keys.Add(fresh) > int64(e.cfg.MaxKeys) {
		e.keys.Add(-fresh)
		return false
	}
	for i := range lines {
		if l := &lines[i]; l.fresh {
			e.insert(l.counter)
			l.fresh = false
		}
	}
	return true
}

// refuse tells which lines refuse and when each will grant, and takes places in their queues if that is wanted.
func (e *Engine) refuse(c *call, lines []line, o *engine.Outcome) {
	o.Verdict = engine.Defer
	queued := c.Queue && c.ID != ""
	for i := range lines {
		l := &lines[i]
		switch {
		case l.limit.DryRun && l.room < c.least:
			o.DryRun = append(o.DryRun, l.status(c.now, e.wait(l.counter, c)))
		case l.room < c.least:
			if queued && !e.enqueue(l, c) {
				o.Verdict, o.Err, o.Wait = engine.Retry, engine.ErrFull, fullRetry
				return
			}
			wait := e.wait(l.counter, c)
			o.Wait = max(o.Wait, wait)
			o.Limits = append(o.Limits, l.status(c.now, wait))
		}
	}
	o.Wait = max(o.Wait, time.Microsecond) // when what is foreseen is not of now
	if queued {
		for i := range lines {
			lines[i].tell(c, c.now.mono.Add(o.Wait))
		}
	}
}
