package fakescheduler

import (
	"context"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
)

// matching gives the dead letters of a class; of every one when that is unset.
func (s *Scheduler) matching(class schedulerv1.FailureClass) []*schedulerv1.DeadLetter {
	var found []*schedulerv1.DeadLetter
	for _, d := range s.Letters {
		if class == 0 || d.GetFailureClass() == class {
			found = append(found, d)
		}
	}
	return found
}

// ListDeadLetters gives pages of dead letters.
func (s *Scheduler) ListDeadLetters(_ context.Context, r *schedulerv1.ListDeadLettersRequest) (*schedulerv1.ListDeadLettersResponse, error) {
	s.note(r)
	letters := s.matching(r.GetFailureClass())
	from, to, next, err := window(r.GetPageToken(), r.GetPageSize(), len(letters))
	if err != nil {
		return nil, err
	}
	return &schedulerv1.ListDeadLettersResponse{DeadLetters: letters[from:to], NextPageToken: next}, nil
}

// GetDeadLetter gives a dead letter.
func (s *Scheduler) GetDeadLetter(_ context.Context, r *schedulerv1.GetDeadLetterRequest) (*schedulerv1.DeadLetter, error) {
	for _, d := range s.Letters {
		if d.GetName() == r.GetName() {
			return d, nil
		}
	}
	return nil, errs.NotFound("sheetreel/DeadLetter", r.GetName())
}

// ReplayDeadLetter notes the request.
func (s *Scheduler) ReplayDeadLetter(ctx context.Context, r *schedulerv1.ReplayDeadLetterRequest) (*schedulerv1.VideoJob, error) {
	s.note(r)
	d, err := s.GetDeadLetter(ctx, &schedulerv1.GetDeadLetterRequest{Name: r.GetName()})
	if err != nil {
		return nil, err
	}
	return &schedulerv1.VideoJob{Name: d.GetVideoJob(), Idea: d.GetIdea(), State: schedulerv1.VideoJob_QUEUED}, nil
}

// ReplayDeadLetters notes the request.
func (s *Scheduler) ReplayDeadLetters(_ context.Context, r *schedulerv1.ReplayDeadLettersRequest) (*schedulerv1.ReplayDeadLettersResponse, error) {
	s.note(r)
	return &schedulerv1.ReplayDeadLettersResponse{ReplayedCount: int32(len(s.matching(r.GetFailureClass())))}, nil
}

// PurgeDeadLetters notes the request.
func (s *Scheduler) PurgeDeadLetters(_ context.Context, r *schedulerv1.PurgeDeadLettersRequest) (*schedulerv1.PurgeDeadLettersResponse, error) {
	s.note(r)
	return &schedulerv1.PurgeDeadLettersResponse{PurgedCount: int32(len(s.matching(r.GetFailureClass())))}, nil
}
