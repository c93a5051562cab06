package worker

import (
	"context"
	"time"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/history"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/replicas"
)

const (
	heartbeatEvery = time.Second
	heartbeatBound = 2 * time.Second
)

// heartbeats reports on all leases every second until ctx ends.
func (w *Worker) heartbeats(ctx context.Context) error {
	ticker := time.NewTicker(heartbeatEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		if in := w.reports(time.Now()); len(in.Leases) > 0 {
			w.heartbeat(ctx, in)
		}
	}
}

// reports says how far each attempt is.
func (w *Worker) reports(now time.Time) *schedulerv1.HeartbeatRequest {
	in := &schedulerv1.HeartbeatRequest{Worker: w.config.Name}
	w.mu.Lock()
	defer w.mu.Unlock()
	for token, a := range w.held {
		in.Leases = append(in.Leases, &schedulerv1.LeaseReport{LeaseToken: token, Progress: a.progress(now)})
	}
	return in
}

// heartbeat sends reports and writes the verdicts down, and does nothing else with them: see the package.
func (w *Worker) heartbeat(ctx context.Context, in *schedulerv1.HeartbeatRequest) {
	ctx, cancel := context.WithTimeout(ctx, heartbeatBound)
	defer cancel()
	names := w.names(in)
	call := w.log.Begin(history.Renew, history.Subject{})
	out, err := w.leases.Heartbeat(ctx, in)
	end := history.End{}
	end.Result, end.Error = replicas.Outcome(err)
	for _, l := range out.GetLeases() {
		verdict := history.Refused
		if l.GetVerdict() == schedulerv1.LeaseStatus_OK {
			verdict = history.OK
		}
		end.Leases = append(end.Leases, history.Lease{Job: names[l.GetLeaseToken()], Token: l.GetLeaseToken(), Result: verdict})
	}
	call.End(end)
}

// names gives the video jobs of the leases of a heartbeat.
func (w *Worker) names(in *schedulerv1.HeartbeatRequest) map[string]string {
	w.mu.Lock()
	defer w.mu.Unlock()
	names := map[string]string{}
	for _, l := range in.GetLeases() {
		if a := w.held[l.GetLeaseToken()]; a != nil {
			names[l.GetLeaseToken()] = a.lease.GetVideoJob().GetName()
		}
	}
	return names
}
