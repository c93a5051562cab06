package scheduler

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/grpckit"
	"github.com/sheetreel/sheetreel/kit/retry"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// LeaseVideoJobs implements schedulerv1.LeaseServiceServer.
func (s *Service) LeaseVideoJobs(ctx context.Context, in *schedulerv1.LeaseVideoJobsRequest) (*schedulerv1.LeaseVideoJobsResponse, error) {
	out := &schedulerv1.LeaseVideoJobsResponse{}
	wait := time.NewTimer(in.GetWaitDuration().AsDuration())
	defer wait.Stop()
	for {
		if err := ctx.Err(); err != nil {
			return nil, err // nobody is left to take a lease
		}
		changed := s.store.Wake().Wait(store.TopicQueue)
		leased, err := s.dispatch.lease(ctx, in.GetWorker(), int(in.GetMaxCount()), s.now(), in.GetProviders()...)
		if err != nil {
			return nil, err
		}
		for _, l := range leased {
			out.Leases = append(out.Leases, &schedulerv1.Lease{
				LeaseToken: l.Lease, VideoJob: videoJob(l.Video), RenderOptions: l.RenderOptions,
				LeaseDuration: durationpb.New(s.config.LeaseDuration),
			})
		}
		if len(leased) > 0 {
			return out, nil
		}
		due, err := s.nextDue(ctx)
		if err != nil {
			return nil, err
		}
		select {
		case <-changed:
		case <-due:
		case <-wait.C:
			return out, nil
		case <-grpckit.Draining(ctx):
			return out, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// nextDue fires when the next job that waits for a time becomes due; never, if there is none.
func (s *Service) nextDue(ctx context.Context) (<-chan time.Time, error) {
	at, ok, err := s.store.NextDue(ctx, s.now())
	if err != nil || !ok {
		return nil, err
	}
	return time.After(at.Sub(s.now())), nil
}

// Heartbeat implements schedulerv1.LeaseServiceServer.
func (s *Service) Heartbeat(ctx context.Context, in *schedulerv1.HeartbeatRequest) (*schedulerv1.HeartbeatResponse, error) {
	now := s.now()
	renewals := make([]store.Renewal, len(in.GetLeases()))
	for i, l := range in.GetLeases() {
		renewals[i] = store.Renewal{Lease: l.GetLeaseToken(), Progress: l.GetProgress()}
	}
	out := &schedulerv1.HeartbeatResponse{}
	select {
	case <-grpckit.Draining(ctx):
		out.Drain = true
	default:
	}
	if len(renewals) == 0 {
		return out, nil
	}
	verdicts, err := s.store.Renew(ctx, renewals, now.Add(s.config.LeaseDuration), now)
	if err != nil {
		return nil, err
	}
	for i, v := range verdicts {
		status := &schedulerv1.LeaseStatus{LeaseToken: renewals[i].Lease, Verdict: v}
		if v == schedulerv1.LeaseStatus_OK {
			status.LeaseDuration = durationpb.New(s.config.LeaseDuration)
		}
		out.Leases = append(out.Leases, status)
	}
	return out, nil
}

// CompleteVideoJob implements schedulerv1.LeaseServiceServer.
func (s *Service) CompleteVideoJob(ctx context.Context, in *schedulerv1.CompleteVideoJobRequest) (*schedulerv1.CompleteVideoJobResponse, error) {
	result := store.Result{Artifacts: in.GetArtifacts(), VideoDuration: in.GetVideoDuration().AsDuration(), Usage: used(in.GetUsage())}
	if err := s.store.Complete(ctx, in.GetLeaseToken(), result, s.now()); err != nil {
		return nil, answer(kindVideoJob, "lease", err)
	}
	return &schedulerv1.CompleteVideoJobResponse{}, nil
}

// FailVideoJob implements schedulerv1.LeaseServiceServer.
func (s *Service) FailVideoJob(ctx context.Context, in *schedulerv1.FailVideoJobRequest) (*schedulerv1.FailVideoJobResponse, error) {
	now := s.now()
	failure := store.Failure{Class: in.GetFailureClass(), Error: in.GetError(), Usage: used(in.GetUsage())}
	decide := func(v store.Video, policy *schedulerv1.RetryPolicy, failures int) (time.Time, bool) {
		if !retriable(failure.Class) || failures >= int(v.MaxAttempts) {
			return time.Time{}, false
		}
		return now.Add(backoff(policy).Wait(failures, s.random)), true
	}
	to, err := s.store.Fail(ctx, in.GetLeaseToken(), failure, decide, now)
	if err != nil {
		return nil, answer(kindVideoJob, "lease", err)
	}
	return &schedulerv1.FailVideoJobResponse{State: to}, nil
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

// ReleaseVideoJob implements schedulerv1.LeaseServiceServer.
func (s *Service) ReleaseVideoJob(ctx context.Context, in *schedulerv1.ReleaseVideoJobRequest) (*schedulerv1.ReleaseVideoJobResponse, error) {
	if err := s.store.Release(ctx, in.GetLeaseToken(), s.now()); err != nil {
		return nil, answer(kindVideoJob, "lease", err)
	}
	return &schedulerv1.ReleaseVideoJobResponse{}, nil
}
