package memory

import (
	"sync/atomic"
	"time"

	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

// maxDrift is how far the wall clock and the monotonic one may come apart before all that was saved is saved again.
const maxDrift = 100 * time.Millisecond

// keep is what the engine knows of its keeper.
type keep struct {
	on     atomic.Bool
	offset atomic.Int64 // of the wall clock from the monotonic one, when last saved
	next   atomic.Uint32
}

// touch notes that a counter has changed. Its shard is locked.
func (e *Engine) touch(c *counter) {
	if c.changed || c.gone || !e.keep.on.Load() {
		return
	}
	c.changed = true
	s := &e.shards[c.shard]
	s.changed = append(s.changed, c)
}

// touchRecord notes that a record has changed. Its home is locked.
func (e *Engine) touchRecord(r *record) {
	if r.changed || !e.keep.on.Load() {
		return
	}
	r.changed = true
	s := &e.shards[r.home()]
	s.settled = append(s.settled, r)
}

// Dirty implements [Keeper]. The engine notes changes from the first call on, which hands over all that there is; who
// has begun to call goes on until the end.
func (e *Engine) Dirty(most int, counter func(Saved), charge func(SavedCharge)) bool {
	now := e.now()
	offset := now.wall.Sub(now.mono)
	if drift := offset - time.Duration(e.keep.offset.Load()); !e.keep.on.Load() || drift.Abs() > maxDrift {
		e.keep.offset.Store(int64(offset))
		e.keep.on.Store(true)
		e.touchAll(now)
	}
	offset = time.Duration(e.keep.offset.Load())
	counters, charges := most, most
	more := false
	begin := e.keep.next.Add(1) // so that a busy shard does not keep the others waiting
	for i := range uint32(shardCount) {
		shard := uint8((begin + i) % shardCount)
		saved, settled, rest := e.take(shard, counters, charges, offset, now)
		counters, charges = counters-len(saved), charges-len(settled)
		more = more || rest
		for _, one := range saved {
			counter(one)
		}
		for _, one := range settled {
			charge(one)
		}
	}
	return more
}

// take copies what has changed in a shard, and tells whether there is more.
func (e *Engine) take(shard uint8, counters, charges int, offset time.Duration, now moment) ([]Saved, []SavedCharge, bool) {
	set := shardSet(1) << shard
	e.lock(set, now)
	defer e.unlock(set)
	s := &e.shards[shard]
	n, m := min(counters, len(s.changed)), min(charges, len(s.settled))
	saved, settled := make([]Saved, n), make([]SavedCharge, 0, m)
	for i, c := range s.changed[:n] {
		c.changed = false
		saved[i] = c.save(offset)
	}
	for _, r := range s.settled[:m] {
		r.changed = false
		if _, known := s.known[r.Charge]; known && !r.over() {
			r.saved = true
			settled = append(settled, r.save(offset))
		} else if r.saved {
			settled = append(settled, SavedCharge{Charge: r.Charge, Gone: true})
		}
	}
	s.changed, s.settled = rest(s.changed, n), rest(s.settled, m)
	return saved, settled, len(s.changed) > 0 || len(s.settled) > 0
}

// rest removes the first n, and keeps the memory unless it is much.
func rest[T any](list []*T, n int) []*T {
	left := copy(list, list[n:])
	clear(list[left:])
	if left == 0 && cap(list) > 1024 {
		return nil
	}
	return list[:left]
}

func (e *Engine) touchAll(now moment) {
	for i := range e.shards {
		set := shardSet(1) << i
		e.lock(set, now)
		for _, first := range e.shards[i].counters {
			for c := first; c != nil; c = c.next {
				e.touch(c)
			}
		}
		for _, r := range e.shards[i].known {
			e.touchRecord(r)
		}
		e.unlock(set)
	}
}

func (c *counter) save(offset time.Duration) Saved {
	if c.gone {
		return Saved{Place: c.Place, Gone: true}
	}
	state := c.Export()
	if c.limit.Algorithm != rule.Calendar {
		state = state.Shift(offset)
	}
	return Saved{Place: c.Place, Tag: c.tag, Limit: *c.limit, Learned: c.learned, State: state}
}

func (r *record) save(offset time.Duration) SavedCharge {
	saved := SavedCharge{
		Charge: r.Charge, ID: r.id, Sum: r.sum, Granted: r.granted, Ends: r.ends.Add(offset), Reserved: r.reserved,
		Committed: r.state.Load() == committed,
	}
	for _, c := range r.lines {
		receipt := c.receipt
		if c.counter.limit.Algorithm != rule.Calendar {
			receipt = receipt.Shift(offset)
		}
		saved.Lines = append(saved.Lines, SavedLine{Place: c.counter.Place, Receipt: receipt})
	}
	return saved
}

// Load implements [Keeper].
func (e *Engine) Load(counters []Saved, charges []SavedCharge, gap Gap) {
	now := e.now()
	offset := now.wall.Sub(now.mono)
	if gap.Charge != nil {
		e.gap.Store(&gap)
	}
	// From here on changes are noted: also that something is over which was loaded. All of it is saved again, because it
	// may have been moved, or charged for the gap.
	e.keep.offset.Store(int64(offset))
	e.keep.on.Store(true)
	defer e.touchAll(now)
	loaded := make(map[engine.Place]loadedCounter, len(counters))
	for _, one := range counters {
		e.loadCounter(one, now, offset, loaded)
	}
	for _, one := range charges {
		e.loadCharge(one, now, offset, loaded)
	}
}

// loadedCounter is a counter with what its times were moved by.
type loadedCounter struct {
	*counter
	shift time.Duration
}

func (e *Engine) loadCounter(saved Saved, now moment, offset time.Duration, loaded map[engine.Place]loadedCounter) {
	limit := saved.Limit
	limit.Rule = saved.Rule
	of := engine.Line{Limit: &limit, Key: []byte(saved.Key), Tag: saved.Tag}
	hash := e.hash(&of)
	shard := e.shardOf(&of, hash)
	c := &counter{
		Counter: limit.Counter(), Place: saved.Place, tag: saved.Tag, shard: shard, hash: hash, limit: &limit,
		learned: saved.Learned,
	}
	state, shift := saved.State, time.Duration(0)
	if limit.Algorithm != rule.Calendar {
		shift = -offset
		if seen := state.Seen.Add(shift); seen > now.mono {
			shift -= seen.Sub(now.mono)
		}
		state = state.Shift(shift)
	}
	if c.learned > 0 {
		c.Resize(c.time(now), c.learned, limit.Period)
	}
	c.Restore(state)
	e.fillGap(c, now)
	set := shardSet(1) << shard
	e.lock(set, now)
	defer e.unlock(set)
	if c.idle(now) {
		c.gone = true
		e.touch(c)
		return
	}
	e.keys.Add(1)
	e.insert(c)
	loaded[c.Place] = loadedCounter{c, shift}
}

func (e *Engine) loadCharge(saved SavedCharge, now moment, offset time.Duration, loaded map[engine.Place]loadedCounter) {
	r := &record{
		Charge: saved.Charge, id: saved.ID, sum: saved.Sum, granted: saved.Granted, ends: saved.Ends.Add(-offset),
		reserved: saved.Reserved, saved: true,
	}
	for _, l := range saved.Lines {
		if c, ok := loaded[l.Place]; ok {
			r.lines = append(r.lines, charge{c.counter, l.Receipt.Shift(c.shift)})
			r.set.add(c.shard)
		}
	}
	if saved.Committed {
		r.state.Store(committed)
	}
	r.set.add(r.home())
	if r.id != "" {
		r.idShard = e.shardOfID(r.id)
		r.set.add(r.idShard)
	}
	e.lock(r.set, now)
	defer e.unlock(r.set)
	e.put(r)
}

// fillGap charges a counter that is new to the engine what may have been granted unsaved.
func (e *Engine) fillGap(c *counter, now moment) {
	gap := e.gap.Load()
	if gap == nil {
		return
	}
	at := gap.Until
	if c.limit.Algorithm != rule.Calendar {
		at = min(now.mono.Add(gap.Until.Sub(now.wall)), now.mono)
		if now.mono.Sub(at) > 2*c.limit.Period { // long over
			return
		}
	}
	if most := min(gap.Charge(c.Place, c.limit), c.Room(at)); most > 0 {
		c.Charge(at, most)
	}
}
