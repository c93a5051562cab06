package scheduler

import (
	"context"
	"strconv"
	"strings"

	"go.einride.tech/aip/resourcename"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// replayDefault is how many dead letters ReplayDeadLetters takes when nobody says.
const replayDefault = 1000

// GetDeadLetter implements schedulerv1.SchedulerServiceServer.
func (s *Service) GetDeadLetter(ctx context.Context, in *schedulerv1.GetDeadLetterRequest) (*schedulerv1.DeadLetter, error) {
	d, err := s.findDeadLetter(ctx, in.GetName())
	if err != nil {
		return nil, err
	}
	return s.deadLetter(d), nil
}

func (s *Service) findDeadLetter(ctx context.Context, name string) (store.DeadLetter, error) {
	project, id, err := parseDeadLetter(name)
	if err != nil {
		return store.DeadLetter{}, err
	}
	d, err := s.store.DeadLetter(ctx, project, id)
	return d, answer(kindDeadLetter, name, err)
}

func parseDeadLetter(name string) (project, id string, err error) {
	err = resourcename.Sscan(name, "projects/{project}/deadLetters/{dead_letter}", &project, &id)
	return project, id, err
}

// letterChoice is what requests about many dead letters have in common.
type letterChoice interface {
	GetParent() string
	GetFailureClass() schedulerv1.FailureClass
	GetBulkJob() string
}

// letterFilter reads which dead letters a request is about.
func letterFilter(in letterChoice) (store.LetterFilter, error) {
	project, err := store.ParseProject(in.GetParent())
	f := store.LetterFilter{Project: project, Class: in.GetFailureClass()}
	if err != nil || in.GetBulkJob() == "" {
		return f, err
	}
	k, err := store.ParseBulk(in.GetBulkJob())
	if err == nil && k.Project != project {
		err = errs.Invalid(errs.Violation{Field: "bulk_job", Description: "must be of the project in parent, " + in.GetParent()})
	}
	f.BulkJob = k.ID
	return f, err
}

// ListDeadLetters implements schedulerv1.SchedulerServiceServer.
func (s *Service) ListDeadLetters(ctx context.Context, in *schedulerv1.ListDeadLettersRequest) (*schedulerv1.ListDeadLettersResponse, error) {
	f, err := letterFilter(in)
	if err != nil {
		return nil, err
	}
	p, before, err := readPage[store.LetterPlace](in, in.GetParent(), "deadLetters", strconv.Itoa(int(f.Class)), f.BulkJob)
	if err != nil {
		return nil, err
	}
	all, err := s.store.ListDeadLetters(ctx, f, before, p.size+1)
	if err != nil {
		return nil, answer(kindDeadLetter, in.GetParent(), err)
	}
	out := &schedulerv1.ListDeadLettersResponse{}
	all, out.NextPageToken, err = cut(p, all, store.DeadLetter.Place)
	if err != nil {
		return nil, err
	}
	for _, d := range all {
		out.DeadLetters = append(out.DeadLetters, s.deadLetter(d))
	}
	return out, nil
}

// ReplayDeadLetter implements schedulerv1.SchedulerServiceServer.
func (s *Service) ReplayDeadLetter(ctx context.Context, in *schedulerv1.ReplayDeadLetterRequest) (*schedulerv1.VideoJob, error) {
	project, id, err := parseDeadLetter(in.GetName())
	if err != nil {
		return nil, err
	}
	idea := in.GetIdea()
	if idea != nil {
		if idea, err = s.editedIdea(ctx, in); err != nil {
			return nil, err
		}
	}
	v, err := s.store.ReplayDeadLetter(ctx, request("ReplayDeadLetter", in), project, id, idea, s.now())
	if err != nil {
		return nil, answer(kindDeadLetter, in.GetName(), err)
	}
	return videoJob(v), nil
}

// editedIdea is the idea that a dead letter is replayed with.
func (s *Service) editedIdea(ctx context.Context, in *schedulerv1.ReplayDeadLetterRequest) (*ingestv1.Idea, error) {
	d, err := s.findDeadLetter(ctx, in.GetName())
	switch {
	case err == nil:
		return edit(d.Video.Idea, in.GetIdea())
	case in.GetRequestId() != "":
		// The letter may be gone because this request was done before, which the store knows.
		idea := in.GetIdea()
		return edit(&ingestv1.Idea{Priority: idea.GetPriority(), NotBeforeTime: idea.GetNotBeforeTime(), DueTime: idea.GetDueTime()}, idea)
	}
	return nil, err
}

// ReplayDeadLetters implements schedulerv1.SchedulerServiceServer.
func (s *Service) ReplayDeadLetters(ctx context.Context, in *schedulerv1.ReplayDeadLettersRequest) (*schedulerv1.ReplayDeadLettersResponse, error) {
	f, err := letterFilter(in)
	if err != nil {
		return nil, err
	}
	limit := int(in.GetMaxCount())
	if limit == 0 {
		limit = replayDefault
	}
	n, err := s.store.ReplayDeadLetters(ctx, request("ReplayDeadLetters", in), f, limit, s.now())
	if err != nil {
		return nil, answer(kindDeadLetter, in.GetParent(), err)
	}
	return &schedulerv1.ReplayDeadLettersResponse{ReplayedCount: int32(n)}, nil
}

// PurgeDeadLetters implements schedulerv1.SchedulerServiceServer.
func (s *Service) PurgeDeadLetters(ctx context.Context, in *schedulerv1.PurgeDeadLettersRequest) (*schedulerv1.PurgeDeadLettersResponse, error) {
	f, err := letterFilter(in)
	if err != nil {
		return nil, err
	}
	if in.GetBeforeTime() != nil {
		if err := in.GetBeforeTime().CheckValid(); err != nil {
			return nil, errs.Invalid(errs.Violation{Field: "before_time", Description: strings.TrimPrefix(err.Error(), "proto: ")})
		}
		f.Before = in.GetBeforeTime().AsTime()
	}
	n, err := s.store.PurgeDeadLetters(ctx, request("PurgeDeadLetters", in), f, s.now())
	if err != nil {
		return nil, answer(kindDeadLetter, in.GetParent(), err)
	}
	return &schedulerv1.PurgeDeadLettersResponse{PurgedCount: int32(n)}, nil
}

// deadLetter is a stored dead letter as the API shows it.
func (s *Service) deadLetter(d store.DeadLetter) *schedulerv1.DeadLetter {
	v := d.Video
	out := &schedulerv1.DeadLetter{
		Name: store.ProjectName(v.Project) + "/deadLetters/" + v.Video, VideoJob: v.Name(), Idea: v.Idea,
		FailureClass: d.Class, Error: v.Error, Attempts: v.Attempts, CreateTime: stamp(d.Created),
	}
	if keep := s.config.KeepDeadLetters; keep > 0 {
		out.ExpireTime = stamp(d.Created.Add(keep))
	}
	return out
}
