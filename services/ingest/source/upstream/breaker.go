package upstream

import (
	"sync"
	"time"
)

// health is what a try says about the upstream.
type health int

const (
	unknown health = iota
	well
	ill
)

// breaker is closed (everybody may call), open (nobody may, until a time), or half open (one may try). It is ours
// because callers wait for it: they need the time when it lets the next try through.
type breaker struct {
	failures int           // in a row, that open it
	wait     time.Duration // from opening to the next try

	mu        sync.Mutex
	inARow    int
	openUntil time.Time // zero when closed
	probing   bool      // half open and a try is under way
	changed   chan struct{}
}

func newBreaker(failures int, wait time.Duration) *breaker {
	return &breaker{failures: failures, wait: wait, changed: make(chan struct{})}
}

// pass is the right to one try.
type pass struct {
	probe bool // the one try of a half-open breaker
}

// look tells whether a try would be let in now. If not, it gives the time until that may change (zero while
// another's try is under way) and a channel that closes when the state changes.
func (b *breaker) look(now time.Time) (wait time.Duration, changed <-chan struct{}, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.openUntil.IsZero():
		return 0, nil, true
	case b.probing:
		return 0, b.changed, false
	case now.Before(b.openUntil):
		return b.openUntil.Sub(now), b.changed, false
	}
	return 0, nil, true
}

// enter lets a try in, or not. Whoever was let in must leave.
func (b *breaker) enter(now time.Time) (pass, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.openUntil.IsZero() {
		return pass{}, true
	}
	if b.probing || now.Before(b.openUntil) {
		return pass{}, false
	}
	b.probing = true
	return pass{probe: true}, true
}

// leave tells what became of a try.
func (b *breaker) leave(p pass, h health) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p.probe {
		b.probing = false
	}
	switch h {
	case well:
		b.inARow = 0
		b.openUntil = time.Time{}
	case ill:
		b.inARow++
		if b.inARow >= b.failures {
			b.openUntil = time.Now().Add(b.wait)
		}
	}
	close(b.changed)
	b.changed = make(chan struct{})
}
