package former

import (
	"context"
	"time"
)

// sweepEvery is how often memory that is no longer needed is given back.
const sweepEvery = 10 * time.Second

// Run gives memory back until ctx ends, then returns nil.
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

// runOnce refunds expired reservations, forgets idle keys, a shard at a time so that no call waits long, and permits
// whose life has ended.
func (e *Engine) runOnce() {
	e.refundExpired()
	for i := range e.shards {
		e.sweepShard(&e.shards[i])
	}
	e.permits.sweep(e.now())
}

func (e *Engine) sweepShard(s *shard) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := e.now()
	gone := 0
	for key, counter := range s.counters {
		if counter.Idle(now) {
			delete(s.counters, key)
			gone++
		}
	}
	e.keys.Add(int64(-gone))
}
