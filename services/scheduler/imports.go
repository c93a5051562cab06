package scheduler

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/durationpb"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/kit/grpckit"
	"github.com/sheetreel/sheetreel/services/scheduler/order"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// LeaseImport implements schedulerv1.ImportServiceServer.
func (s *Service) LeaseImport(ctx context.Context, in *schedulerv1.LeaseImportRequest) (*schedulerv1.LeaseImportResponse, error) {
	wait := time.NewTimer(in.GetWaitDuration().AsDuration())
	defer wait.Stop()
	// An import whose reader died becomes free by time alone, which wakes nobody.
	recheck := time.NewTicker(max(s.config.LeaseDuration/3, time.Second))
	defer recheck.Stop()
	for {
		changed := s.store.Wake().Wait(store.TopicImports)
		now := s.now()
		lease := store.NewLease{ID: newLease(), Worker: in.GetWorker(), Until: now.Add(s.config.LeaseDuration)}
		b, err := s.store.LeaseImport(ctx, lease, now)
		if err == nil {
			job, err := s.wholeBulkJob(b)
			if err != nil {
				return nil, err
			}
			return &schedulerv1.LeaseImportResponse{LeaseToken: lease.ID, BulkJob: job, LeaseDuration: durationpb.New(s.config.LeaseDuration)}, nil
		}
		if !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		select {
		case <-changed:
		case <-recheck.C:
		case <-wait.C:
			return &schedulerv1.LeaseImportResponse{}, nil
		case <-grpckit.Draining(ctx):
			return &schedulerv1.LeaseImportResponse{}, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// RenewImport implements schedulerv1.ImportServiceServer.
func (s *Service) RenewImport(ctx context.Context, in *schedulerv1.RenewImportRequest) (*schedulerv1.RenewImportResponse, error) {
	now := s.now()
	if err := s.store.RenewImport(ctx, in.GetLeaseToken(), now.Add(s.config.LeaseDuration), now); err != nil {
		return nil, answer(kindBulkJob, "import lease", err)
	}
	return &schedulerv1.RenewImportResponse{LeaseDuration: durationpb.New(s.config.LeaseDuration)}, nil
}

// AppendVideoJobs implements schedulerv1.ImportServiceServer.
func (s *Service) AppendVideoJobs(ctx context.Context, in *schedulerv1.AppendVideoJobsRequest) (*schedulerv1.AppendVideoJobsResponse, error) {
	var jobs []store.NewVideo
	for i, v := range in.GetVideoJobs() {
		if v.GetIdea().GetRowKey() == "" {
			return nil, errs.Invalid(errs.Violation{Field: fmt.Sprintf("video_jobs[%d].idea.row_key", i), Description: "is required"})
		}
		id, err := uuid.NewV7()
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, store.NewVideo{ID: id.String(), Idea: v.GetIdea(), Skip: v.GetSkipReason()})
	}
	if in.GetMemory() != nil {
		return s.appendRemembered(ctx, in, jobs)
	}
	n, err := s.store.AppendVideoJobs(ctx, in.GetLeaseToken(), jobs, s.place, s.now())
	if err != nil {
		return nil, answer(kindBulkJob, "import lease", err)
	}
	return &schedulerv1.AppendVideoJobsResponse{AppendedCount: int32(n)}, nil
}

// place gives a new video job what its bulk job decides: priority, place in the order, times, attempts.
func (s *Service) place(b store.Bulk, v *store.NewVideo, queued time.Time) {
	v.Priority = v.Idea.GetPriority()
	if v.Priority == ingestv1.Priority_PRIORITY_UNSPECIFIED {
		v.Priority = b.Spec.GetPriority()
	}
	v.SortKey = s.config.Key(queued, v.Priority)
	v.NotBefore, v.Wanted = order.NotBefore(b.Spec, v.Idea), order.Wanted(b.Spec, v.Idea)
	v.MaxAttempts = b.Spec.GetRetryPolicy().GetMaxAttempts()
}

// CompleteImport implements schedulerv1.ImportServiceServer.
func (s *Service) CompleteImport(ctx context.Context, in *schedulerv1.CompleteImportRequest) (*schedulerv1.CompleteImportResponse, error) {
	if len(in.GetSourceKey()) > 0 {
		return s.completeRemembered(ctx, in)
	}
	if err := s.store.CompleteImport(ctx, in.GetLeaseToken(), in.GetReport(), s.now()); err != nil {
		return nil, answer(kindBulkJob, "import lease", err)
	}
	return &schedulerv1.CompleteImportResponse{}, nil
}

// FailImport implements schedulerv1.ImportServiceServer.
func (s *Service) FailImport(ctx context.Context, in *schedulerv1.FailImportRequest) (*schedulerv1.FailImportResponse, error) {
	if err := s.store.FailImport(ctx, in.GetLeaseToken(), in.GetReport(), in.GetError(), s.now()); err != nil {
		return nil, answer(kindBulkJob, "import lease", err)
	}
	return &schedulerv1.FailImportResponse{}, nil
}
