package scheduler

import (
	"context"
	"time"

	"google.golang.org/grpc/status"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/kit/retry"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// longestDelay bounds what an upstream may ask for; no policy waits longer either.
const longestDelay = 24 * time.Hour

// FailVideoJob implements schedulerv1.LeaseServiceServer.
func (s *Service) FailVideoJob(ctx context.Context, in *schedulerv1.FailVideoJobRequest) (*schedulerv1.FailVideoJobResponse, error) {
	now := s.now()
	failure := store.Failure{Class: in.GetFailureClass(), Error: in.GetError(), Usage: used(in.GetUsage())}
	if failure.Class == schedulerv1.FailureClass_FAILURE_CLASS_UNSPECIFIED {
		failure.Class = schedulerv1.FailureClass_TRANSIENT
	}
	to, err := s.store.Fail(ctx, in.GetLeaseToken(), failure, retryAfter(failure, now, s.random), now)
	if err != nil {
		return nil, answer(kindVideoJob, "lease", err)
	}
	return &schedulerv1.FailVideoJobResponse{State: to}, nil
}

// retryAfter decides when a video job is tried again that failed now: by its policy, and not before the time that the
// error asks for in a RetryInfo. random gives numbers in [0, 1).
func retryAfter(f store.Failure, now time.Time, random func() float64) store.Retry {
	asked, _ := errs.RetryDelay(status.ErrorProto(f.Error))
	asked = min(asked, longestDelay)
	return func(v store.Video, policy *schedulerv1.RetryPolicy, failures int) (time.Time, bool) {
		if !retriable(f.Class) || failures >= int(v.MaxAttempts) {
			return time.Time{}, false
		}
		wait := max(asked, backoff(policy).Wait(failures, random))
		return now.Add(wait + time.Millisecond - 1).Truncate(time.Millisecond), true // as it is stored, and not earlier
	}
}

// retriable tells whether an attempt that failed so may be tried again.
func retriable(c schedulerv1.FailureClass) bool {
	switch c {
	case schedulerv1.FailureClass_PERMANENT, schedulerv1.FailureClass_INVALID_IDEA,
		schedulerv1.FailureClass_AUTHENTICATION, schedulerv1.FailureClass_POISON:
		return false
	}
	return true
}

func backoff(p *schedulerv1.RetryPolicy) retry.Policy {
	return retry.Policy{
		Initial: p.GetInitialBackoff().AsDuration(), Multiplier: p.GetMultiplier(),
		Max: p.GetMaxBackoff().AsDuration(), MaxAttempts: int(p.GetMaxAttempts()),
	}
}
