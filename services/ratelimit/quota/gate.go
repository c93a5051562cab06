package quota

import (
	"sync"
	"time"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
)

// shutRetry is when a caller may ask again, or ask another replica, when this one is about to stop.
const shutRetry = 500 * time.Millisecond

// gate lets calls in until it is shut. What is decided after the engine has written its counters for the last time would
// be forgotten.
type gate struct {
	shutting chan struct{} // closed when long calls shall end

	mu     sync.Mutex
	shut   bool
	inside sync.WaitGroup
}

// enter lets a call, or a goroutine, in. It leaves by inside.Done.
func (g *gate) enter() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut {
		return errs.Unavailable(errorsv1.ErrorReason_SHUTTING_DOWN, "this limiter is about to stop", shutRetry)
	}
	g.inside.Add(1)
	return nil
}

// close lets nobody in any more, and returns when all have left.
func (g *gate) close() {
	g.mu.Lock()
	g.shut = true
	g.mu.Unlock()
	close(g.shutting)
	g.inside.Wait()
}
