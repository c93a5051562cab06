package durable

import (
	"context"
	"time"
)

const (
	// writeTimeout bounds a write.
	writeTimeout = 30 * time.Second
	// largest is how many bytes of states a write should have at most.
	largest = 4 << 20
)

// flush writes all that has changed, and tells those who wait for it.
func (k *Keeper) flush(ctx context.Context) error {
	r := k.begin()
	err := k.drain(ctx)
	if r != nil {
		r.err = err
		close(r.done)
	}
	return err
}

// drain writes all that has changed, or a sign of life when it is time. What could not be written comes first the next
// time; until then the engine is not asked for more, so that no more than one batch is held.
func (k *Keeper) drain(ctx context.Context) error {
	for {
		more := true
		if k.unwritten == nil {
			c := &collector{}
			more = k.Dirty(k.most, c.counter, c.charge)
			if len(c.rows) == 0 && k.clock().Sub(k.Health().Written) < k.beat() {
				return nil
			}
			k.unwritten = c
		}
		if err := k.write(ctx, k.unwritten.batch(k.clock())); err != nil {
			return err
		}
		k.adapt(k.unwritten.bytes)
		k.unwritten = nil
		if !more {
			return nil
		}
	}
}

// beat is how long there may be nothing to write before an empty write shows that this process is alive, and how far a
// crash can be from the last write.
func (k *Keeper) beat() time.Duration {
	if k.alone {
		return k.cfg.Unsaved / 3
	}
	return min(k.cfg.Unsaved, k.cfg.Lease) / 3
}

func (k *Keeper) write(ctx context.Context, b Batch) error {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	began := time.Now()
	err := k.store.Write(ctx, k.fence, b)
	k.gauges.wrote(ctx, time.Since(began), len(b.Rows)+len(b.Gone), err)
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.health = Health{Written: b.Written}
	return nil
}

// adapt asks for fewer counters at a time while they are large.
func (k *Keeper) adapt(bytes int) {
	if bytes > largest {
		k.most = max(k.most/2, 1)
	} else {
		k.most = min(k.most*2, k.cfg.Batch)
	}
}
