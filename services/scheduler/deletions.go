package scheduler

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/emptypb"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/grpckit"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

const (
	// blobLease is how long somebody has to delete files before others are asked to.
	blobLease = time.Minute
	// blobLook is how often a waiting call looks for files whose lease is over.
	blobLook = 10 * time.Second
)

// DeleteBulkJob implements schedulerv1.SchedulerServiceServer.
func (s *Service) DeleteBulkJob(ctx context.Context, in *schedulerv1.DeleteBulkJobRequest) (*emptypb.Empty, error) {
	k, err := store.ParseBulk(in.GetName())
	if err != nil {
		return nil, err
	}
	if err := s.store.DeleteBulkJob(ctx, request("DeleteBulkJob", in), k, s.now()); err != nil {
		return nil, answer(kindBulkJob, in.GetName(), err)
	}
	return &emptypb.Empty{}, nil
}

// LeaseBlobDeletions implements schedulerv1.CleanupServiceServer.
func (s *Service) LeaseBlobDeletions(ctx context.Context, in *schedulerv1.LeaseBlobDeletionsRequest) (*schedulerv1.LeaseBlobDeletionsResponse, error) {
	wait := time.NewTimer(in.GetWaitDuration().AsDuration())
	defer wait.Stop()
	look := time.NewTicker(blobLook)
	defer look.Stop()
	for {
		changed := s.store.Wake().Wait(store.TopicBlobs)
		now := s.now()
		keys, err := s.store.LeaseBlobs(ctx, int(in.GetMaxCount()), now.Add(blobLease), now)
		if err != nil || len(keys) > 0 {
			return &schedulerv1.LeaseBlobDeletionsResponse{BlobKeys: keys}, err
		}
		select {
		case <-changed:
		case <-look.C:
		case <-wait.C:
			return &schedulerv1.LeaseBlobDeletionsResponse{}, nil
		case <-grpckit.Draining(ctx):
			return &schedulerv1.LeaseBlobDeletionsResponse{}, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// ConfirmBlobDeletions implements schedulerv1.CleanupServiceServer.
func (s *Service) ConfirmBlobDeletions(ctx context.Context, in *schedulerv1.ConfirmBlobDeletionsRequest) (*schedulerv1.ConfirmBlobDeletionsResponse, error) {
	return &schedulerv1.ConfirmBlobDeletionsResponse{}, s.store.ConfirmBlobs(ctx, in.GetBlobKeys())
}
