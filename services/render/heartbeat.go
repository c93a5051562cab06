package render

import (
	"context"
	"time"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

const (
	beatEvery   = time.Second
	beatTimeout = 5 * time.Second
)

// heartbeats reports on all leases each second, and at once when there is a new one, until ctx ends. A heartbeat
// that fails is not repeated: the next one follows soon, and the leases' own clocks stop what gets no answer.
func (w *worker) heartbeats(ctx context.Context) {
	ticker := time.NewTicker(beatEvery)
	defer ticker.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.wake:
		case <-ticker.C:
		}
		err := w.beat(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			w.Log.Warn("the scheduler does not answer heartbeats; trying on", "error", err)
		}
		failing = err != nil
	}
}

// beat sends one heartbeat, if there is a lease to report on.
func (w *worker) beat(ctx context.Context) error {
	request := &schedulerv1.HeartbeatRequest{Worker: w.cfg.WorkerName}
	for _, l := range w.held.all() {
		request.Leases = append(request.Leases, l.report())
	}
	if len(request.GetLeases()) == 0 {
		w.draining.Store(false)
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, beatTimeout)
	defer cancel()
	sent := time.Now()
	answer, err := w.Leases.Heartbeat(ctx, request)
	if err != nil {
		return err
	}
	w.draining.Store(answer.GetDrain())
	for _, s := range answer.GetLeases() {
		if l := w.held.get(s.GetLeaseToken()); l != nil {
			l.heed(s, sent)
		}
	}
	return nil
}
