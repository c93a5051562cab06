package render

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/durationpb"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/render/provider"
)

func directly(_ *testing.T, f *fakeScheduler) schedulerv1.LeaseServiceClient { return direct{f} }

// TestFencesItself: a worker whose heartbeats get no answer stops its renders after two thirds of the lease, counted
// from when the last answered heartbeat was sent, and reports nothing.
func TestFencesItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{}, directly, untilStopped)
		r.add("v1", tea)
		ctx := <-r.provider.started
		time.Sleep(10*time.Second + time.Millisecond)
		if ctx.Err() != nil {
			t.Fatalf("stopped while heartbeats are answered: %v", context.Cause(ctx))
		}
		r.set(func() { r.unanswered = true }) // the last answered heartbeat was sent a millisecond ago
		last := time.Now()
		<-ctx.Done()
		if got := context.Cause(ctx); !errors.Is(got, errFenced) {
			t.Errorf("stopped because %v", got)
		}
		if d := time.Since(last); d != 20*time.Second-time.Millisecond {
			t.Errorf("stopped after %v, want 20 s after the last answered heartbeat", d)
		}
		r.stop()
		if n := len(r.completed) + len(r.failed) + len(r.released); n > 0 {
			t.Errorf("%d reports", n)
		}
		if keys := r.blobs(t); len(keys) > 0 {
			t.Errorf("blobs %v", keys)
		}
	})
}

// TestUnknownEndKeepsTheFiles: when nobody answers whether the video was published, its files must stay.
func TestUnknownEndKeepsTheFiles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r *rig
		r = newRig(t, Config{}, func(_ *testing.T, f *fakeScheduler) schedulerv1.LeaseServiceClient {
			return away{direct{f}}
		}, func(context.Context, provider.Request) error {
			r.set(func() { r.unanswered = true })
			return nil
		})
		r.add("v1", tea)
		<-r.provider.started
		time.Sleep(time.Minute)
		r.stop()
		if keys := r.blobs(t); len(keys) != 5 {
			t.Errorf("blobs %v", keys)
		}
	})
}

// away never answers a completion.
type away struct{ direct }

func (away) CompleteVideoJob(context.Context, *schedulerv1.CompleteVideoJobRequest, ...grpc.CallOption) (*schedulerv1.CompleteVideoJobResponse, error) {
	return nil, busy()
}

// TestCompletedLeaseLooksLost: the heartbeat that crosses a completion says LOST, and that must not undo it.
func TestCompletedLeaseLooksLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLease(t.Context(), &schedulerv1.Lease{LeaseToken: "a"})
		defer l.end()
		l.complete()
		for _, v := range []schedulerv1.LeaseStatus_Verdict{schedulerv1.LeaseStatus_LOST, schedulerv1.LeaseStatus_CANCEL} {
			l.heed(&schedulerv1.LeaseStatus{Verdict: v}, time.Now())
		}
		if l.ctx.Err() != nil {
			t.Errorf("stopped: %v", context.Cause(l.ctx))
		}
	})
}

// TestSlowPublishingIsHandedBack: what still publishes at the end of the drain time is handed back.
func TestSlowPublishingIsHandedBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{DrainTimeout: 3 * time.Second}, func(_ *testing.T, f *fakeScheduler) schedulerv1.LeaseServiceClient {
			return away{direct{f}}
		}, nil)
		token := r.add("v1", tea)
		<-r.provider.started
		synctest.Wait() // publishing by now
		start := time.Now()
		r.stop()
		if d := time.Since(start); d != 3*time.Second {
			t.Errorf("stopped after %v", d)
		}
		if got := (<-r.released).GetLeaseToken(); got != token {
			t.Errorf("handed back %s", got)
		}
		if keys := r.blobs(t); len(keys) > 0 {
			t.Errorf("blobs %v", keys)
		}
	})
}

// TestLateAnswerDoesNotExtend: the clock of a lease starts when the heartbeat was sent, not when its answer came.
func TestLateAnswerDoesNotExtend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLease(t.Context(), &schedulerv1.Lease{LeaseToken: "a", LeaseDuration: durationpb.New(30 * time.Second)})
		defer l.end()
		sent := time.Now()
		time.Sleep(15 * time.Second)
		l.heed(&schedulerv1.LeaseStatus{Verdict: schedulerv1.LeaseStatus_OK, LeaseDuration: durationpb.New(30 * time.Second)}, sent)
		<-l.ctx.Done()
		if d := time.Since(sent); d != 20*time.Second {
			t.Errorf("stopped after %v", d)
		}
	})
}
