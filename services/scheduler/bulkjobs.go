package scheduler

import (
	"cmp"
	"context"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/retry"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

const defaultUser = "default"

// CreateBulkJob implements schedulerv1.SchedulerServiceServer.
func (s *Service) CreateBulkJob(ctx context.Context, in *schedulerv1.CreateBulkJobRequest) (*schedulerv1.BulkJob, error) {
	project, err := store.ParseProject(in.GetParent())
	if err != nil {
		return nil, err
	}
	if err := checkSource(in.GetBulkJob().GetSource()); err != nil {
		return nil, err
	}
	if err := s.checkLimit("bulk_job.budget", in.GetBulkJob().GetBudget()); err != nil {
		return nil, err
	}
	if err := checkTimes(in.GetBulkJob(), s.now()); err != nil {
		return nil, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	spec := withDefaults(in.GetBulkJob())
	if spec.Budget != nil {
		spec.Budget = s.amount(spec.Budget.GetMicros())
	}
	r := request("CreateBulkJob", in)
	if r.ID == "" {
		// Without a request id the request names itself: the same sheet and options by the same user.
		r.ID, r.Hash, r.Derived, r.Repeats = "derived:"+hash(spec), "", true, incremental(spec.GetSource())
	}
	b := store.Bulk{BulkKey: store.BulkKey{Project: project, ID: id.String()}, User: spec.GetUser(), Spec: spec}
	stored, _, err := s.store.CreateBulkJob(ctx, r, b, s.now())
	if err != nil {
		return nil, answer(kindBulkJob, in.GetParent(), err)
	}
	return s.bulkJob(stored)
}

// withDefaults keeps the caller's fields, with what was left out filled in.
func withDefaults(in *schedulerv1.BulkJob) *schedulerv1.BulkJob {
	spec := proto.CloneOf(&schedulerv1.BulkJob{
		DisplayName: in.GetDisplayName(), Source: in.GetSource(), User: cmp.Or(in.GetUser(), defaultUser),
		Priority: in.GetPriority(), RenderOptions: in.GetRenderOptions(), RetryPolicy: in.GetRetryPolicy(),
		Budget: in.GetBudget(), NotBeforeTime: in.GetNotBeforeTime(), DueTime: in.GetDueTime(), DeadlineTime: in.GetDeadlineTime(),
	})
	if spec.Priority == ingestv1.Priority_PRIORITY_UNSPECIFIED {
		spec.Priority = ingestv1.Priority_NORMAL
	}
	if spec.RenderOptions == nil {
		spec.RenderOptions = &schedulerv1.RenderOptions{}
	}
	spec.RenderOptions.Resolution = cmp.Or(spec.RenderOptions.Resolution, 720)
	spec.RenderOptions.FrameRate = cmp.Or(spec.RenderOptions.FrameRate, 30)
	spec.RenderOptions.Provider = cmp.Or(spec.RenderOptions.Provider, builtInProvider)
	if spec.RetryPolicy == nil {
		spec.RetryPolicy = &schedulerv1.RetryPolicy{}
	}
	template, p := retry.TemplateA(), spec.RetryPolicy
	p.MaxAttempts = cmp.Or(p.MaxAttempts, int32(template.MaxAttempts))
	p.Multiplier = cmp.Or(p.Multiplier, template.Multiplier)
	if p.GetInitialBackoff().AsDuration() == 0 {
		p.InitialBackoff = durationpb.New(template.Initial)
	}
	if p.GetMaxBackoff().AsDuration() == 0 {
		p.MaxBackoff = durationpb.New(template.Max)
	}
	return spec
}

// GetBulkJob implements schedulerv1.SchedulerServiceServer.
func (s *Service) GetBulkJob(ctx context.Context, in *schedulerv1.GetBulkJobRequest) (*schedulerv1.BulkJob, error) {
	k, err := store.ParseBulk(in.GetName())
	if err != nil {
		return nil, err
	}
	b, err := s.store.BulkJob(ctx, k)
	if err != nil {
		return nil, answer(kindBulkJob, in.GetName(), err)
	}
	return s.bulkJob(b)
}

// ListBulkJobs implements schedulerv1.SchedulerServiceServer.
func (s *Service) ListBulkJobs(ctx context.Context, in *schedulerv1.ListBulkJobsRequest) (*schedulerv1.ListBulkJobsResponse, error) {
	project, err := store.ParseProject(in.GetParent())
	if err != nil {
		return nil, err
	}
	p, before, err := readPage[string](in, in.GetParent(), "bulkJobs")
	if err != nil {
		return nil, err
	}
	all, err := s.store.ListBulkJobs(ctx, project, before, p.size+1)
	if err != nil {
		return nil, err
	}
	out := &schedulerv1.ListBulkJobsResponse{}
	all, out.NextPageToken, err = cut(p, all, func(b store.Bulk) string { return b.ID })
	if err != nil {
		return nil, err
	}
	for _, b := range all {
		job, err := s.bulkJob(b)
		if err != nil {
			return nil, err
		}
		out.BulkJobs = append(out.BulkJobs, job)
	}
	return out, nil
}

// PauseBulkJob implements schedulerv1.SchedulerServiceServer.
func (s *Service) PauseBulkJob(ctx context.Context, in *schedulerv1.PauseBulkJobRequest) (*schedulerv1.BulkJob, error) {
	return s.steer(in.GetName(), func(k store.BulkKey) (store.Bulk, error) {
		return s.store.PauseBulkJob(ctx, request("PauseBulkJob", in), k, s.now())
	})
}

// ResumeBulkJob implements schedulerv1.SchedulerServiceServer.
func (s *Service) ResumeBulkJob(ctx context.Context, in *schedulerv1.ResumeBulkJobRequest) (*schedulerv1.BulkJob, error) {
	return s.steer(in.GetName(), func(k store.BulkKey) (store.Bulk, error) {
		return s.store.ResumeBulkJob(ctx, request("ResumeBulkJob", in), k, s.now())
	})
}

// CancelBulkJob implements schedulerv1.SchedulerServiceServer.
func (s *Service) CancelBulkJob(ctx context.Context, in *schedulerv1.CancelBulkJobRequest) (*schedulerv1.BulkJob, error) {
	return s.steer(in.GetName(), func(k store.BulkKey) (store.Bulk, error) {
		return s.store.CancelBulkJob(ctx, request("CancelBulkJob", in), k, s.now())
	})
}

// RetryBulkJob implements schedulerv1.SchedulerServiceServer.
func (s *Service) RetryBulkJob(ctx context.Context, in *schedulerv1.RetryBulkJobRequest) (*schedulerv1.BulkJob, error) {
	return s.steer(in.GetName(), func(k store.BulkKey) (store.Bulk, error) {
		return s.store.RetryBulkJob(ctx, request("RetryBulkJob", in), k, s.now())
	})
}

func (s *Service) steer(name string, change func(store.BulkKey) (store.Bulk, error)) (*schedulerv1.BulkJob, error) {
	k, err := store.ParseBulk(name)
	if err != nil {
		return nil, err
	}
	b, err := change(k)
	if err != nil {
		return nil, answer(kindBulkJob, name, err)
	}
	return s.bulkJob(b)
}
