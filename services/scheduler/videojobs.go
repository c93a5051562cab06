package scheduler

import (
	"context"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// GetVideoJob implements schedulerv1.SchedulerServiceServer.
func (s *Service) GetVideoJob(ctx context.Context, in *schedulerv1.GetVideoJobRequest) (*schedulerv1.VideoJob, error) {
	k, err := store.ParseVideo(in.GetName())
	if err != nil {
		return nil, err
	}
	v, err := s.store.VideoJob(ctx, k)
	if err != nil {
		return nil, answer(kindVideoJob, in.GetName(), err)
	}
	return videoJob(v), nil
}

// ListVideoJobs implements schedulerv1.SchedulerServiceServer.
func (s *Service) ListVideoJobs(ctx context.Context, in *schedulerv1.ListVideoJobsRequest) (*schedulerv1.ListVideoJobsResponse, error) {
	k, err := store.ParseBulk(in.GetParent())
	if err != nil {
		return nil, err
	}
	p, after, err := readPage[int64](in, in.GetParent(), "videoJobs")
	if err != nil {
		return nil, err
	}
	all, sequence, err := s.store.ListVideoJobs(ctx, k, after, p.size+1)
	if err != nil {
		return nil, answer(kindBulkJob, in.GetParent(), err)
	}
	out := &schedulerv1.ListVideoJobsResponse{}
	all, out.NextPageToken, err = cut(p, all, func(v store.Video) int64 { return v.Position })
	if err != nil {
		return nil, err
	}
	for _, v := range all {
		out.VideoJobs = append(out.VideoJobs, videoJob(v))
	}
	out.ResumeToken, err = resumeToken(k, sequence)
	return out, err
}

// CancelVideoJob implements schedulerv1.SchedulerServiceServer.
func (s *Service) CancelVideoJob(ctx context.Context, in *schedulerv1.CancelVideoJobRequest) (*schedulerv1.VideoJob, error) {
	return s.steerVideo(in.GetName(), func(k store.VideoKey) (store.Video, error) {
		return s.store.CancelVideoJob(ctx, request("CancelVideoJob", in), k, s.now())
	})
}

// RetryVideoJob implements schedulerv1.SchedulerServiceServer.
func (s *Service) RetryVideoJob(ctx context.Context, in *schedulerv1.RetryVideoJobRequest) (*schedulerv1.VideoJob, error) {
	return s.steerVideo(in.GetName(), func(k store.VideoKey) (store.Video, error) {
		return s.store.RetryVideoJob(ctx, request("RetryVideoJob", in), k, s.now())
	})
}

func (s *Service) steerVideo(name string, change func(store.VideoKey) (store.Video, error)) (*schedulerv1.VideoJob, error) {
	k, err := store.ParseVideo(name)
	if err != nil {
		return nil, err
	}
	v, err := change(k)
	if err != nil {
		return nil, answer(kindVideoJob, name, err)
	}
	return videoJob(v), nil
}
