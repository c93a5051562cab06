package wait

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
)

// Config bounds a queue. Zero values take the defaults.
type Config struct {
	// MaxWaiting is how many calls may wait at once. Default 10,000.
	MaxWaiting int
	// MaxPerLane is how many calls of one user may. Default 1,000.
	MaxPerLane int
	// Spacing is the least time between two rounds of asking again because something was given back. Default 20 ms.
	Spacing time.Duration
	// Recheck is the longest sleep while a limit of what is in flight refuses. Set it when others use the same engine: what
	// they give back is not seen here. Default: none, the sleep ends at the engine's time.
	Recheck time.Duration
}

// Decide asks the engine about one need.
type Decide func(ctx context.Context, need *engine.Need) (engine.Outcome, error)

// Call is what waits.
type Call struct {
	// Lane names the user, with the project.
	Lane string
	// Need makes what is asked for. It is called for each try, as the limits may have changed in the meantime; it must have
	// an ID, the same each time.
	Need func() engine.Need
	// Until is when waiting ends.
	Until time.Time
	// Break ends waiting when it is closed; may be nil.
	Break <-chan struct{}
}

// Why a call does not wait.
var (
	ErrFull   = errors.New("as many calls wait as may")
	ErrClosed = errors.New("nobody waits here any more")
)

// Queue is where calls wait. It is safe for concurrent use.
type Queue struct {
	cfg    Config
	decide Decide
	closed chan struct{}

	mu      sync.Mutex
	lanes   map[string]*lane
	waiting int
	refund  refund
}

// New makes a queue. It needs no more than its callers' goroutines.
func New(cfg Config, decide Decide) *Queue {
	cfg.MaxWaiting = cmp.Or(cfg.MaxWaiting, 10_000)
	cfg.MaxPerLane = cmp.Or(cfg.MaxPerLane, 1000)
	cfg.Spacing = cmp.Or(cfg.Spacing, 20*time.Millisecond)
	return &Queue{cfg: cfg, decide: decide, closed: make(chan struct{}), lanes: map[string]*lane{}}
}

// Close ends all waiting, for good. It is called once.
func (q *Queue) Close() { close(q.closed) }

// Waiting is how many calls wait now.
func (q *Queue) Waiting() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.waiting
}

// Wait returns when the call is granted or never will be, or with the refusal when Until has come or surely comes before the
// grant. Its zero value means that it was never asked about, because others of its lane were before it. A grant is returned even
// if ctx has ended meanwhile, for the caller to give back. The error is ctx's end, the engine's, ErrFull or ErrClosed.
func (q *Queue) Wait(ctx context.Context, call Call) (engine.Outcome, error) {
	w, err := q.join(call)
	if err != nil {
		return engine.Outcome{}, err
	}
	defer q.leave(w)
	out, err := q.wait(ctx, w)
	if w.placed && (errors.Is(err, ErrClosed) || ctx.Err() != nil || err == nil && out.Verdict == engine.Defer) {
		q.giveUp(ctx, w)
	}
	return out, err
}

const (
	// giveUpTimeout bounds giving a place up. If that fails, the place is dropped some time after it was told.
	giveUpTimeout = time.Second
	// tooMuch is above the capacity of every limit.
	tooMuch = 1 << 40
)

// giveUp gives a place up: one that nobody takes up would hold up the others. It asks without a place, and for so much that
// nothing is charged.
func (q *Queue) giveUp(ctx context.Context, w *waiter) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), giveUpTimeout)
	defer cancel()
	need := w.call.Need()
	need.Queue, need.Cost, need.Least = false, tooMuch, tooMuch
	_, _ = q.decide(ctx, &need) // rejected, or it fails; nobody waits for either
}

// wait waits for the turns of a waiter and asks at each.
func (q *Queue) wait(ctx context.Context, w *waiter) (engine.Outcome, error) {
	call := w.call
	patience := time.NewTimer(time.Until(call.Until))
	defer patience.Stop()
	var last engine.Outcome
	var asked time.Time
	var err error
	for {
		select {
		case <-w.turn:
		case <-patience.C:
			last.Wait = max(last.Wait-time.Since(asked), 0)
			return last, nil
		case <-ctx.Done():
			return engine.Outcome{}, context.Cause(ctx)
		case <-call.Break:
			return engine.Outcome{}, ErrClosed
		case <-q.closed:
			return engine.Outcome{}, ErrClosed
		}
		asked = time.Now()
		last, err = q.try(ctx, w)
		if err != nil || last.Verdict != engine.Defer {
			return last, err
		}
		if last.Wait > time.Until(call.Until) && !mayComeEarlier(&last) {
			return last, nil
		}
	}
}

// try asks once, and if it is not now, sets the alarm.
func (q *Queue) try(ctx context.Context, w *waiter) (engine.Outcome, error) {
	need := w.call.Need()
	need.Queue = w.placed
	out, err := q.decide(ctx, &need)
	if err != nil || out.Verdict != engine.Defer {
		return out, err
	}
	if !w.placed && (out.Wait <= time.Until(w.call.Until) || mayComeEarlier(&out)) {
		// Only who will come back takes a place: one that nobody takes up holds up the others.
		w.placed, need.Queue = true, true
		if out, err = q.decide(ctx, &need); err != nil || out.Verdict != engine.Defer {
			return out, err
		}
	}
	q.sleep(w, &need, &out)
	return out, nil
}

// mayComeEarlier tells that it is usual for what refuses to be given back before its time.
func mayComeEarlier(o *engine.Outcome) bool {
	for i := range o.Limits {
		if inFlight(&o.Limits[i]) {
			return true
		}
	}
	return false
}
