package ratelimit

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
)

const oneAMinute = `limits:
  - {name: a, keys: [user], algorithm: sliding_log, capacity: 1, period: 60s}
  - {name: dry, keys: [user], algorithm: sliding_log, capacity: 1, period: 1h, dry_run: true}`

func waitFor(user string, cost int32) *ratelimitv1.WaitRequest {
	return &ratelimitv1.WaitRequest{Request: &ratelimitv1.AcquireRequest{Descriptors: map[string]string{"user": user}, Cost: cost}}
}

// A call for which there is no room to wait is told as truly as one that waits.
func TestWhoCannotWaitIsToldTheTruth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, Config{Limits: limitsFile(t, oneAMinute), MaxWaiting: 1}, Deps{})
		b.mustAcquire(t, waitFor("ada", 1).GetRequest())
		first := make(chan error, 1)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		go func() {
			_, err := b.quota.Wait(ctx, waitFor("ada", 1))
			first <- err
		}()
		synctest.Wait()
		_, err := b.quota.Wait(ctx, waitFor("ada", 1))
		wantCode(t, err, codes.ResourceExhausted)
		if delay, _ := errs.RetryDelay(err); delay != 2*time.Minute {
			t.Errorf("told to come back in %v, want 2m0s: one is before it, and the limit in dry run does not count", delay)
		}
		_, err = b.quota.Wait(ctx, waitFor("ada", 2))
		wantCode(t, err, codes.InvalidArgument)
		if err := <-first; err != nil {
			t.Errorf("the first: %v", err)
		}
	})
}

// A limit that is raised lets those in who wait.
func TestARaisedLimitWakesThoseWhoWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, Config{Limits: limitsFile(t, oneAMinute)}, Deps{})
		b.mustAcquire(t, waitFor("ada", 1).GetRequest())
		done := make(chan time.Duration, 1)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		go func() {
			reply, err := b.quota.Wait(ctx, waitFor("ada", 1))
			if err != nil {
				t.Error(err)
			}
			done <- reply.GetWaitedDuration().AsDuration()
		}()
		<-time.After(5 * time.Second)
		if _, err := b.limits.UpdateLimit(t.Context(), &ratelimitv1.UpdateLimitRequest{
			Limit:      &ratelimitv1.Limit{Name: "limits/a", Capacity: 5, Period: durationpb.New(time.Minute)},
			UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"capacity"}},
		}); err != nil {
			t.Fatal(err)
		}
		if waited := <-done; waited > 7*time.Second {
			t.Errorf("waited %v, want until the limit was raised after 5s", waited)
		}
	})
}

// A place in the queue is given up with the wait: what is given back later is for others.
func TestWhoLeavesLeavesNoPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, Config{Limits: limitsFile(t, `limits: [{name: slots, keys: [project], algorithm: concurrency, capacity: 1, period: 1h}]`)}, Deps{})
		call := func(user string) *ratelimitv1.WaitRequest {
			return &ratelimitv1.WaitRequest{Request: &ratelimitv1.AcquireRequest{Descriptors: map[string]string{"project": "p", "user": user}}}
		}
		held := b.mustAcquire(t, call("ada").GetRequest())
		patient, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_, err := b.quota.Wait(patient, call("bob"))
		wantCode(t, err, codes.ResourceExhausted)
		gone, leave := context.WithCancel(t.Context())
		go func() {
			<-time.After(time.Second)
			leave()
		}()
		_, err = b.quota.Wait(gone, call("eve"))
		wantCode(t, err, codes.Canceled)
		synctest.Wait()
		if _, err := b.quota.Cancel(t.Context(), &ratelimitv1.CancelRequest{Permit: held.GetPermit()}); err != nil {
			t.Fatal(err)
		}
		b.mustAcquire(t, call("ada").GetRequest())
	})
}
