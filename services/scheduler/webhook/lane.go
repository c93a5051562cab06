package webhook

import (
	"sync"
	"time"

	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

const (
	// laneMost is how many requests an endpoint gets at the same time.
	laneMost = 4
	// breakAfter failures in a row an endpoint is left alone for breakFirst, then probed by one request; each failed
	// probe doubles the time, up to breakMost.
	breakAfter = 5
	breakFirst = 30 * time.Second
	breakMost  = 10 * time.Minute
	// askedMost is how long an endpoint as a whole is left alone because it asked for it.
	askedMost = time.Hour
	// laneMemory is how long a lane is kept that nothing was sent on.
	laneMemory = time.Hour
)

// lanes know how each endpoint does, as far as this sender has seen. They hold only endpoints that are busy or broken.
type lanes struct {
	mu  sync.Mutex
	all map[store.EndpointKey]*lane
}

// lane is an endpoint's breaker and how many requests it has.
type lane struct {
	busy     int
	failures int       // in a row
	until    time.Time // left alone until then; after that, one at a time
	pause    time.Duration
	last     time.Time // when its last request ended
}

func newLanes() *lanes { return &lanes{all: map[store.EndpointKey]*lane{}} }

// room is how many more requests an endpoint may get now.
func (l *lanes) room(k store.EndpointKey, now time.Time) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	e, ok := l.all[k]
	switch {
	case !ok:
		return laneMost
	case now.Before(e.until):
		return 0
	case e.pause > 0: // a probe
		return max(1-e.busy, 0)
	}
	return max(laneMost-e.busy, 0)
}

// start counts a request.
func (l *lanes) start(k store.EndpointKey) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e, ok := l.all[k]
	if !ok {
		e = &lane{}
		l.all[k] = e
	}
	e.busy++
}

// verdict is what a request says of its endpoint.
type verdict int

const (
	unknown verdict = iota // nothing, because we broke it off
	healthy
	failing
)

// end counts a request out. after is how long the endpoint asked to be left alone.
func (l *lanes) end(k store.EndpointKey, v verdict, after time.Duration, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.all[k]
	e.busy--
	e.last = now
	switch v {
	case healthy:
		e.failures, e.pause, e.until = 0, 0, time.Time{}
	case failing:
		e.failures++
		if e.failures >= breakAfter && !now.Before(e.until) { // once for all that were under way
			e.pause = min(max(2*e.pause, breakFirst), breakMost)
			e.until = now.Add(e.pause)
		}
		if asked := now.Add(min(after, askedMost)); after > 0 && asked.After(e.until) {
			e.until = asked
		}
	}
	if e.idle(now) {
		delete(l.all, k)
	}
}

func (e *lane) idle(now time.Time) bool {
	return e.busy == 0 && e.failures == 0 && !now.Before(e.until)
}

// forget drops lanes whose endpoints were left alone long ago, and so have nothing that is due.
func (l *lanes) forget(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for k, e := range l.all {
		if e.busy == 0 && now.Sub(e.until) > laneMemory && now.Sub(e.last) > laneMemory {
			delete(l.all, k)
		}
	}
}
