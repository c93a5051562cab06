package memory

import (
	"container/heap"
	"sync/atomic"

	"github.com/sheetreel/sheetreel/services/ratelimit/decide"
	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
)

// A charge's number is a number of its shard, whether it is a record's, and the shard.
const (
	recordBit   = shardCount
	numberShift = 7
)

// record is a charge with an id or a TTL, until it ends. Its home is the shard of its number. All shards that it
// touches have it in their heaps, so that each refunds its own counters before it decides on anything later.
type record struct {
	engine.Charge
	id       string
	sum      uint64
	idShard  uint8
	set      shardSet // of its counters, its id and its home
	granted  int64
	ends     decide.Instant
	reserved bool // refunded at its end, or only forgotten
	lines    []charge
	nodes    []node // one in the heap of each shard of its set
	saved    bool   // handed over to a keeper
	changed  bool   // and in its home's list of those to hand over

	state atomic.Uint32
}

// States of a record. It is changed with the locks of its whole set, but for the last two: a shard that finds it ended
// says so to the others, which may not yet have seen so late a time.
const (
	open uint32 = iota
	committed
	ended   // each shard refunds its part
	dropped // forgotten too early: what is charged stays
)

// over tells whether there is no such record any more.
func (r *record) over() bool { return r.state.Load() >= ended }

// remember keeps what was just charged. The shards of the call are locked.
func (e *Engine) remember(r *record, c *call, granted int64) {
	home := c.set.first()
	s := &e.shards[home]
	s.numbers++
	r.Charge = engine.Charge{Series: e.series, Number: s.numbers<<numberShift | recordBit | uint64(home)}
	r.id, r.sum, r.idShard, r.set, r.granted = c.ID, c.Sum, c.idShard, c.set, granted
	r.ends, r.reserved = c.now.mono.Add(lifeOf(c.Lines)), false
	if c.TTL > 0 {
		r.ends, r.reserved = c.now.mono.Add(c.TTL), true
	}
	e.put(r)
}

// put makes a record known to its shards, which are locked.
func (e *Engine) put(r *record) {
	home := &e.shards[r.home()]
	if e.records.Load() >= int64(e.cfg.MaxReservations) {
		if first := home.soonest(); first != nil {
			first.state.Store(dropped)
			e.forgetIn(first, r.home())
			for set := first.set &^ (1 << r.home()); set != 0; set &= set - 1 {
				e.shards[set.first()].stale.Add(1)
			}
		}
	}
	for set := r.set; set != 0; set &= set - 1 {
		e.compact(set.first())
	}
	e.records.Add(1)
	home.known[r.Charge] = r
	if r.id != "" {
		e.shards[r.idShard].ids[r.id] = r
	}
	for set := r.set; set != 0; set &= set - 1 {
		r.nodes = append(r.nodes, node{record: r, shard: set.first()})
	}
	for i := range r.nodes {
		heap.Push(&e.shards[r.nodes[i].shard].ending, &r.nodes[i])
	}
	e.touchRecord(r)
}

// minStale is from how many on it is worth while to look for records that were dropped.
const minStale = 64

// compact forgets in a shard what was dropped elsewhere, once that is half of what it holds.
func (e *Engine) compact(shard uint8) {
	s := &e.shards[shard]
	stale := s.stale.Load()
	if stale < minStale || 2*stale < int64(len(s.ending)) {
		return
	}
	s.stale.Add(-stale)
	var gone []*record
	for _, n := range s.ending {
		if n.record.state.Load() == dropped {
			gone = append(gone, n.record)
		}
	}
	for _, r := range gone {
		e.forgetIn(r, shard)
	}
}

func (r *record) home() uint8 { return uint8(r.Number % shardCount) }

// soonest is the record that ends first of those whose home this is.
func (s *shard) soonest() *record {
	for _, n := range s.ending { // the first is nearly always at the top
		if n.record.home() == n.shard {
			return n.record
		}
	}
	return nil
}

// forget removes a record from all of its shards, which are locked.
func (e *Engine) forget(r *record) {
	for set := r.set; set != 0; set &= set - 1 {
		e.forgetIn(r, set.first())
	}
}

// forgetIn removes a record from one shard.
func (e *Engine) forgetIn(r *record, shard uint8) {
	s := &e.shards[shard]
	for i := range r.nodes {
		if n := &r.nodes[i]; n.shard == shard && n.place >= 0 {
			heap.Remove(&s.ending, n.place)
		}
	}
	if r.id != "" && r.idShard == shard && s.ids[r.id] == r {
		delete(s.ids, r.id)
	}
	if r.home() == shard {
		delete(s.known, r.Charge)
		e.records.Add(-1)
		e.touchRecord(r)
	}
}

// end refunds the reservations that have ended in a shard until now, the first first, each as of its end, and forgets
// them. The counters may not have seen a later time, or their answer would depend on when this is done; so it is the
// first thing with a lock.
func (e *Engine) end(shard uint8, now moment) {
	s := &e.shards[shard]
	for len(s.ending) > 0 && s.ending[0].record.ends <= now.mono {
		r := s.ending[0].record
		r.state.CompareAndSwap(open, ended)
		if r.reserved && r.state.Load() == ended {
			for _, c := range r.lines {
				if c.counter.shard == shard {
					e.refund(c, now.at(r.ends))
				}
			}
		}
		e.forgetIn(r, shard)
	}
}

// ending is a heap of a shard's records, the one that ends first on top; of those, the oldest.
type ending []*node

type node struct {
	record *record
	shard  uint8
	place  int // in the heap; -1: no longer
}

func (h ending) Len() int { return len(h) }

func (h ending) Less(i, j int) bool {
	if h[i].record.ends != h[j].record.ends {
		return h[i].record.ends < h[j].record.ends
	}
	return h[i].record.Number < h[j].record.Number
}

func (h ending) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i, j
}

// Push implements [heap.Interface].
func (h *ending) Push(x any) {
	n := x.(*node)
	n.place = len(*h)
	*h = append(*h, n)
}

// Pop implements [heap.Interface].
func (h *ending) Pop() any {
	old := *h
	n := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	n.place = -1
	return n
}
