package studio

import (
	"context"
	"slices"
	"sync"
)

// gate shares the cores among the renders of a process: so many chunks are encoded at the same time, whichever videos
// they belong to. A free slot goes to the render that has the fewest, so a render alone gets all, and none waits
// while another has two.
type gate struct {
	mu      sync.Mutex
	free    int
	waiting []*waiter
}

// share is how many slots a render has.
type share struct{ held int }

type waiter struct {
	share *share
	ready chan struct{}
}

func newGate(slots int) *gate { return &gate{free: slots} }

// acquire waits for a slot. Whoever gets one releases it.
func (g *gate) acquire(ctx context.Context, s *share) error {
	w := &waiter{share: s, ready: make(chan struct{})}
	g.mu.Lock()
	g.waiting = append(g.waiting, w)
	g.hand()
	g.mu.Unlock()
	select {
	case <-w.ready:
		return nil
	case <-ctx.Done():
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if i := slices.Index(g.waiting, w); i >= 0 {
		g.waiting = slices.Delete(g.waiting, i, i+1)
		return ctx.Err()
	}
	g.put(s) // it came at the same moment
	return ctx.Err()
}

func (g *gate) release(s *share) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.put(s)
}

func (g *gate) put(s *share) {
	s.held--
	g.free++
	g.hand()
}

// hand gives free slots to those who wait.
func (g *gate) hand() {
	for g.free > 0 && len(g.waiting) > 0 {
		next := 0
		for i, w := range g.waiting {
			if w.share.held < g.waiting[next].share.held {
				next = i
			}
		}
		w := g.waiting[next]
		g.waiting = slices.Delete(g.waiting, next, next+1)
		g.free--
		w.share.held++
		close(w.ready)
	}
}
