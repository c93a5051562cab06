package render

import (
	"errors"
	"sync"
	"time"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/render/provider"
)

// resting are providers that want to be left alone for a while. Their videos are handed back, which costs no attempt, and
// none are leased until then: otherwise they would come back at once.
type resting struct {
	mu    sync.Mutex
	until map[string]time.Time
}

// restMost bounds a rest: limits may be changed.
const restMost = 10 * time.Minute

// rest notes that a provider wants to be left alone, if that is what an error says: then the video only waits.
func (w *worker) rest(name string, err error) error {
	var known *provider.Error
	if !errors.As(err, &known) || known.Class != schedulerv1.FailureClass_UPSTREAM_RATE_LIMITED || known.RetryAfter <= 0 {
		return err
	}
	w.resting.mu.Lock()
	defer w.resting.mu.Unlock()
	if w.resting.until == nil {
		w.resting.until = map[string]time.Time{}
	}
	w.resting.until[name] = time.Now().Add(min(known.RetryAfter, restMost))
	return &errThrottled{name, err}
}

// awake are the providers that videos can be leased for; when there are none, wait is how long that lasts.
func (w *worker) awake() (names []string, wait time.Duration) {
	w.resting.mu.Lock()
	defer w.resting.mu.Unlock()
	now := time.Now()
	for _, p := range w.providers {
		until, rests := w.resting.until[p.Name()]
		if !rests || !until.After(now) {
			delete(w.resting.until, p.Name())
			names = append(names, p.Name())
			continue
		}
		if left := until.Sub(now); wait == 0 || left < wait {
			wait = left
		}
	}
	return names, wait
}
