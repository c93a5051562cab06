package memory

import (
	"context"
	"strings"

	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
)

// Commit implements [engine.Engine]. A charge that was committed already is committed. It frees the slots in flight.
func (e *Engine) Commit(_ context.Context, charges []engine.Settlement) ([]string, error) {
	now := e.now()
	var not []string
	for _, one := range charges {
		if !e.commit(one, now) {
			not = append(not, one.ID)
		}
	}
	return not, nil
}

// Cancel implements [engine.Engine].
func (e *Engine) Cancel(_ context.Context, ids []string) ([]string, error) {
	now := e.now()
	var not []string
	for _, id := range ids {
		if !e.cancel(id, now) {
			not = append(not, id)
		}
	}
	return not, nil
}

// parse reads the name of a charge, of this series or of one that was loaded.
func parse(id string) (engine.Charge, bool) {
	hyphen := strings.LastIndexByte(id, '-')
	if hyphen < 0 {
		return engine.Charge{}, false
	}
	return engine.ParseCharge(id, id[:hyphen])
}

// claim calls f with a charge and its shards locked: a record, or a permit. It returns false when there is none.
func (e *Engine) claim(id string, now moment, record func(*record) bool, permit func(*shard, *permit) bool) bool {
	name, ok := parse(id)
	if !ok {
		return false
	}
	home := uint8(name.Number % shardCount)
	var set shardSet
	set.add(home)
	for {
		e.lock(set, now)
		needs := e.shardsOf(name, home, now)
		if needs|set == set {
			break
		}
		e.unlock(set) // the lower ones must be locked first; then it is looked for again
		set |= needs
	}
	defer e.unlock(set)
	s := &e.shards[home]
	if name.Number&recordBit != 0 {
		r := s.known[name]
		return r != nil && !r.over() && record(r)
	}
	if name.Series != e.series {
		return false
	}
	p := s.permits.find(name.Number>>numberShift, now.mono)
	return p != nil && permit(s, p)
}

// shardsOf are the shards that a charge touches. Its home is locked.
func (e *Engine) shardsOf(name engine.Charge, home uint8, now moment) shardSet {
	s := &e.shards[home]
	if name.Number&recordBit != 0 {
		if r := s.known[name]; r != nil {
			return r.set
		}
		return 0
	}
	var set shardSet
	if p := s.permits.find(name.Number>>numberShift, now.mono); p != nil && name.Series == e.series {
		s.permits.of(p, func(c charge) { set.add(c.counter.shard) })
	}
	return set
}

func (e *Engine) commit(one engine.Settlement, now moment) bool {
	used := func(c charge) int64 {
		if one.Used <= 0 {
			return c.receipt.Cost
		}
		return min(one.Used, c.receipt.Cost)
	}
	return e.claim(one.ID, now, func(r *record) bool {
		if r.state.Load() == committed {
			return true
		}
		for _, c := range r.lines {
			e.settle(c, used(c), now)
		}
		r.lines = nil
		r.state.Store(committed)
		e.touchRecord(r)
		return true
	}, func(s *shard, p *permit) bool {
		if p.state == open {
			p.state = committed
			s.permits.of(p, func(c charge) { e.settle(c, used(c), now) })
		}
		return true
	})
}

func (e *Engine) cancel(id string, now moment) bool {
	return e.claim(id, now, func(r *record) bool {
		if r.state.Load() == committed {
			return false
		}
		for _, c := range r.lines {
			e.refund(c, now)
		}
		r.state.Store(ended)
		r.lines = nil
		e.forget(r)
		return true
	}, func(s *shard, p *permit) bool {
		if p.state == committed {
			return false
		}
		p.state = ended
		s.permits.of(p, func(c charge) { e.refund(c, now) })
		return true
	})
}
