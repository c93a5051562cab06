package render

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/render/provider"
)

// Why an attempt ends before its time.
var (
	errLost      = errors.New("the lease is lost")
	errCancelled = fmt.Errorf("the video job was cancelled: %w", provider.ErrUnwanted)
	errFenced    = errors.New("the scheduler did not answer for two thirds of the lease")
	errDrain     = errors.New("the worker is told to stop")
	errTimedOut  = errors.New("the render took too long")
)

// defaultLease is used when the scheduler names no length.
const defaultLease = 30 * time.Second

// lease is the right to one attempt, as this worker sees it. It has two contexts: ctx ends when the right does, and
// its child render also when only the rendering shall stop.
type lease struct {
	*schedulerv1.Lease
	ctx        context.Context
	cancel     context.CancelCauseFunc
	render     context.Context
	stopRender context.CancelCauseFunc
	fence      *time.Timer

	mu         sync.Mutex
	progress   *schedulerv1.RenderProgress
	completing bool
}

// newLease starts the clock of a lease that has just come. The answer that brought it may have been asked for long
// ago, so the first heartbeat, sent at once, is what makes the clock exact.
func newLease(ctx context.Context, m *schedulerv1.Lease) *lease {
	l := &lease{Lease: m, progress: &schedulerv1.RenderProgress{Stage: "plan"}}
	l.ctx, l.cancel = context.WithCancelCause(ctx)
	l.render, l.stopRender = context.WithCancelCause(l.ctx)
	l.fence = time.AfterFunc(safe(m.GetLeaseDuration()), func() { l.cancel(errFenced) })
	return l
}

// safe is how long a worker may trust a lease without an answer: two thirds of it, by its own monotonic clock. The
// last third is for stopping, and for clocks that run at different speeds.
func safe(d *durationpb.Duration) time.Duration {
	length := d.AsDuration()
	if length <= 0 {
		length = defaultLease
	}
	return length * 2 / 3
}

// end gives up everything that the lease holds.
func (l *lease) end() {
	l.fence.Stop()
	l.cancel(context.Canceled)
}

// heed does what the scheduler says in answer to a heartbeat that was sent at a time. Once the worker has asked to
// complete the attempt, only the answer to that counts: a lease that has just been completed looks lost.
func (l *lease) heed(s *schedulerv1.LeaseStatus, sent time.Time) {
	l.mu.Lock()
	completing := l.completing
	l.mu.Unlock()
	switch s.GetVerdict() {
	case schedulerv1.LeaseStatus_OK:
		l.fence.Reset(time.Until(sent.Add(safe(s.GetLeaseDuration()))))
	case schedulerv1.LeaseStatus_CANCEL:
		if !completing {
			l.cancel(errCancelled)
		}
	case schedulerv1.LeaseStatus_LOST:
		if !completing {
			l.cancel(errLost)
		}
	}
}

// complete marks that the worker now asks to publish the video.
func (l *lease) complete() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.completing = true
}

// advance notes progress. It never runs backwards.
func (l *lease) advance(p provider.Progress) {
	if !(p.Percent > 0) { // not a number neither
		p.Percent = 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	next := &schedulerv1.RenderProgress{Stage: p.Stage, Percent: max(l.progress.GetPercent(), min(p.Percent, 100))}
	if p.ETA > 0 {
		next.Eta = durationpb.New(p.ETA)
	}
	l.progress = next
}

// report is what the next heartbeat says about this lease.
func (l *lease) report() *schedulerv1.LeaseReport {
	l.mu.Lock()
	defer l.mu.Unlock()
	return &schedulerv1.LeaseReport{LeaseToken: l.GetLeaseToken(), Progress: l.progress}
}

// folder is where this attempt's files go in the blob store. It has the lease in its name, hashed, because the token
// is a secret: no other attempt can write there, so a late worker cannot replace a finished video.
func (l *lease) folder() string {
	sum := sha256.Sum256([]byte(l.GetLeaseToken()))
	return l.GetVideoJob().GetName() + "/" + hex.EncodeToString(sum[:16])
}

// held are the leases of a worker.
type held struct {
	mu     sync.Mutex
	leases map[string]*lease
}

func (h *held) add(l *lease) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.leases == nil {
		h.leases = map[string]*lease{}
	}
	h.leases[l.GetLeaseToken()] = l
}

func (h *held) remove(l *lease) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.leases, l.GetLeaseToken())
}

func (h *held) get(token string) *lease {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.leases[token]
}

func (h *held) all() []*lease {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := make([]*lease, 0, len(h.leases))
	for _, l := range h.leases {
		out = append(out, l)
	}
	return out
}
