package scheduler

import (
	"context"

	"google.golang.org/grpc/codes"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/kit/token"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// ListJobEvents implements schedulerv1.SchedulerServiceServer.
func (s *Service) ListJobEvents(ctx context.Context, in *schedulerv1.ListJobEventsRequest) (*schedulerv1.ListJobEventsResponse, error) {
	k, err := store.ParseBulk(in.GetParent())
	if err != nil {
		return nil, err
	}
	p, after, err := readPage[int64](in, in.GetParent(), "events")
	if err != nil {
		return nil, err
	}
	if _, err := s.store.BulkJob(ctx, k); err != nil {
		return nil, answer(kindBulkJob, in.GetParent(), err)
	}
	all, err := s.store.Events(ctx, k, after, p.size+1)
	if err != nil {
		return nil, err
	}
	out := &schedulerv1.ListJobEventsResponse{}
	out.Events, out.NextPageToken, err = cut(p, all, (*schedulerv1.JobEvent).GetSequence)
	return out, err
}

// resumeToken names a place in a bulk job's history: after the event with this sequence number.
func resumeToken(k store.BulkKey, sequence int64) (string, error) {
	return token.Encode(sequence, "watch", k.Name())
}

// readResumeToken reads the place of a token; an empty one is the beginning.
func readResumeToken(k store.BulkKey, text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	var sequence int64
	if err := token.Decode(text, &sequence, "watch", k.Name()); err != nil || sequence < 0 {
		return 0, errs.New(codes.InvalidArgument, errorsv1.ErrorReason_RESUME_TOKEN_INVALID,
			"resume_token: not a token of this bulk job; list its video jobs and watch from the token of the list")
	}
	return sequence, nil
}
