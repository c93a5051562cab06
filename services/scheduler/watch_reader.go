package scheduler

import (
	"context"
	"sync"

	lru "github.com/hashicorp/golang-lru/v2"
)

// sharedSteps is how many steps a reader remembers. Each has a message of some hundred events at most, so this bounds
// the memory for however many watches.
const sharedSteps = 64

// reader reads for many watches at once: those that wait for the same change and are at the same place share one
// reading and one message. A step holds as long as the channel under which it was read is not closed: what is
// committed later closes it.
type reader[P comparable, M any] struct {
	mu    sync.Mutex
	steps *lru.Cache[stepKey[P], *reading[P, M]]
}

type stepKey[P comparable] struct {
	topic string
	after P
}

// reading is a step that is being read, or was.
type reading[P comparable, M any] struct {
	changed <-chan struct{}
	done    chan struct{} // closed when what follows is set
	step    step[P, M]
	err     error
}

func newReader[P comparable, M any]() *reader[P, M] {
	steps, err := lru.New[stepKey[P], *reading[P, M]](sharedSteps)
	if err != nil {
		panic(err) // only for a size that is not positive
	}
	return &reader[P, M]{steps: steps}
}

// step gives what follows after a place of a topic. changed is the topic's channel, taken before this call.
func (r *reader[P, M]) step(ctx context.Context, topic string, after P, changed <-chan struct{}, read func(context.Context, P) (step[P, M], error)) (step[P, M], error) {
	key := stepKey[P]{topic, after}
	for {
		shared, mine := r.join(key, changed)
		if mine {
			shared.step, shared.err = read(ctx, after)
			if shared.err != nil {
				r.leave(key, shared)
			}
			close(shared.done)
			return shared.step, shared.err
		}
		select {
		case <-shared.done:
		case <-ctx.Done():
			return step[P, M]{}, ctx.Err()
		}
		if shared.err == nil {
			return shared.step, nil
		}
		// It was the other one's trouble, perhaps only that it went away.
	}
}

// join finds a reading that holds, or begins one, which is mine then.
func (r *reader[P, M]) join(key stepKey[P], changed <-chan struct{}) (shared *reading[P, M], mine bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if shared, ok := r.steps.Get(key); ok && shared.changed == changed {
		return shared, false
	}
	shared = &reading[P, M]{changed: changed, done: make(chan struct{})}
	r.steps.Add(key, shared)
	return shared, true
}

// leave forgets a reading that failed.
func (r *reader[P, M]) leave(key stepKey[P], failed *reading[P, M]) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if current, ok := r.steps.Peek(key); ok && current == failed {
		r.steps.Remove(key)
	}
}
