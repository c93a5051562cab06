package scheduler

import (
	"context"
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// CompleteVideoJob implements schedulerv1.LeaseServiceServer.
func (s *Service) CompleteVideoJob(ctx context.Context, in *schedulerv1.CompleteVideoJobRequest) (*schedulerv1.CompleteVideoJobResponse, error) {
	if err := s.store.Complete(ctx, in.GetLeaseToken(), resultOf(in), s.now()); err != nil {
		return nil, answer(kindVideoJob, "lease", err)
	}
	return &schedulerv1.CompleteVideoJobResponse{}, nil
}

// CompleteVideoJobs implements schedulerv1.LeaseServiceServer.
func (s *Service) CompleteVideoJobs(ctx context.Context, in *schedulerv1.CompleteVideoJobsRequest) (*schedulerv1.CompleteVideoJobsResponse, error) {
	all := make([]store.Completion, len(in.GetRequests()))
	for i, r := range in.GetRequests() {
		all[i] = store.Completion{Lease: r.GetLeaseToken(), Result: resultOf(r)}
	}
	out := &schedulerv1.CompleteVideoJobsResponse{}
	for i, err := range s.store.CompleteAll(ctx, all, s.now()) {
		public := status.Convert(errs.Public(answer(kindVideoJob, fmt.Sprintf("requests[%d]", i), err)))
		// What the answers cannot tell would be lost: the call as such has gone well.
		if code := public.Code(); code == codes.Internal || code == codes.Unavailable || code == codes.ResourceExhausted {
			s.log.WarnContext(ctx, "complete video job", "error", err)
		}
		out.Statuses = append(out.Statuses, public.Proto())
	}
	return out, nil
}

func resultOf(in *schedulerv1.CompleteVideoJobRequest) store.Result {
	return store.Result{Artifacts: in.GetArtifacts(), VideoDuration: in.GetVideoDuration().AsDuration(), Usage: used(in.GetUsage())}
}
