package scheduler

import (
	"context"
	"errors"
	"sync"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/grpckit"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// handBackTimeout bounds how long a call goes on after its caller went away.
const handBackTimeout = 5 * time.Second

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
		now := s.now()
		leased, err := s.dispatch.lease(ctx, in.GetWorker(), int(in.GetMaxCount()), now, in.GetProviders()...)
		if err != nil {
			return nil, err
		}
		if err := ctx.Err(); err != nil {
			s.handBack(ctx, leased)
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
		due, err := s.nextDue(ctx, now)
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

// handBack releases the leases of a call that nobody waits for any more, so that their video jobs do not wait for the
// leases' ends and lose no worker.
func (s *Service) handBack(ctx context.Context, leased []store.Leased) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), handBackTimeout)
	defer cancel()
	var calls sync.WaitGroup // the store writes them together
	for _, l := range leased {
		calls.Go(func() {
			if err := s.store.Release(ctx, l.Lease, s.now()); err != nil && !errors.Is(err, store.ErrLeaseLost) {
				s.log.WarnContext(ctx, "hand back a lease that nobody took", "video_job", l.Video.Name(), "error", err)
			}
		})
	}
	calls.Wait()
}

// nextDue fires when the next job becomes due that was not at a time; never, if there is none. Asked for the time of
// the last look, it fires at once for what has become due since.
func (s *Service) nextDue(ctx context.Context, looked time.Time) (<-chan time.Time, error) {
	at, ok, err := s.store.NextDue(ctx, looked)
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

// ReleaseVideoJob implements schedulerv1.LeaseServiceServer.
func (s *Service) ReleaseVideoJob(ctx context.Context, in *schedulerv1.ReleaseVideoJobRequest) (*schedulerv1.ReleaseVideoJobResponse, error) {
	if err := s.store.Release(ctx, in.GetLeaseToken(), s.now()); err != nil {
		return nil, answer(kindVideoJob, "lease", err)
	}
	return &schedulerv1.ReleaseVideoJobResponse{}, nil
}
