package scheduler

import (
	"context"

	"go.einride.tech/aip/resourcename"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// GetDeadLetter implements schedulerv1.SchedulerServiceServer.
func (s *Service) GetDeadLetter(ctx context.Context, in *schedulerv1.GetDeadLetterRequest) (*schedulerv1.DeadLetter, error) {
	var project, id string
	if err := resourcename.Sscan(in.GetName(), "projects/{project}/deadLetters/{dead_letter}", &project, &id); err != nil {
		return nil, err
	}
	d, err := s.store.DeadLetter(ctx, project, id)
	if err != nil {
		return nil, answer(kindDeadLetter, in.GetName(), err)
	}
	return deadLetter(d), nil
}

// ListDeadLetters implements schedulerv1.SchedulerServiceServer.
func (s *Service) ListDeadLetters(ctx context.Context, in *schedulerv1.ListDeadLettersRequest) (*schedulerv1.ListDeadLettersResponse, error) {
	project, err := store.ParseProject(in.GetParent())
	if err != nil {
		return nil, err
	}
	p, before, err := readPage[string](in, in.GetParent(), "deadLetters")
	if err != nil {
		return nil, err
	}
	all, err := s.store.ListDeadLetters(ctx, project, before, p.size+1)
	if err != nil {
		return nil, err
	}
	out := &schedulerv1.ListDeadLettersResponse{}
	all, out.NextPageToken, err = cut(p, all, func(d store.DeadLetter) string { return d.Video.Video })
	if err != nil {
		return nil, err
	}
	for _, d := range all {
		out.DeadLetters = append(out.DeadLetters, deadLetter(d))
	}
	return out, nil
}
