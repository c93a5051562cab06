package memory

import (
	"context"
	"time"
)

// sweepEvery is how often memory that is no longer needed is given back.
const sweepEvery = 10 * time.Second

// Run implements [engine.Engine]: it gives memory back.
func (e *Engine) Run(ctx context.Context) error {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			e.runOnce()
		}
	}
}

// runOnce refunds ended reservations, forgets late places, idle keys and permits whose life has ended. It does so a
// shard at a time, so that no call waits long.
func (e *Engine) runOnce() {
	for i := range e.shards {
		e.sweep(uint8(i))
	}
}

func (e *Engine) sweep(shard uint8) {
	now := e.now()
	set := shardSet(1) << shard
	e.lock(set, now)
	defer e.unlock(set)
	s := &e.shards[shard]
	for _, first := range s.counters {
		for c := first; c != nil; {
			next := c.next
			e.dropLate(c, now)
			if c.idle(now) {
				e.remove(c)
				e.keys.Add(-1)
			} else {
				c.Trim()
			}
			c = next
		}
	}
	e.expirePermits(s, now.mono)
	e.permits.Add(-1) // none is to come
	s.permits.queue.Trim()
	s.permits.charges.Trim()
}
