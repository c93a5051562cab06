package fakescheduler

import (
	"context"
	"fmt"
	"strconv"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/kit/grpckit"
)

// DeleteBulkJob notes the request; one that is not finished refuses.
func (s *Scheduler) DeleteBulkJob(_ context.Context, r *schedulerv1.DeleteBulkJobRequest) (*emptypb.Empty, error) {
	job, err := s.job(r.GetName())
	if err != nil {
		return nil, err
	}
	if state := job.GetState(); state == schedulerv1.BulkJob_RUNNING || state == schedulerv1.BulkJob_PAUSED {
		return nil, errs.StateConflict(r.GetName(), state.String(), "only a finished bulk job can be deleted; cancel it first")
	}
	s.note(r)
	return &emptypb.Empty{}, nil
}

// WatchProject sends the events of the newest bulk job one at a time, breaks as Cuts say, and then waits for the
// caller to go; a token is a position.
func (s *Scheduler) WatchProject(r *schedulerv1.WatchProjectRequest, stream schedulerv1.SchedulerService_WatchProjectServer) error {
	events := s.Events[s.Jobs[0].GetName()]
	position := 0
	if r.GetResumeToken() != "" {
		var err error
		if position, err = strconv.Atoi(r.GetResumeToken()); err != nil {
			return errs.New(3, errorsv1.ErrorReason_RESUME_TOKEN_INVALID, "not a resume token of this project")
		}
	}
	left := s.cut()
	if err := stream.Send(&schedulerv1.WatchProjectResponse{ResumeToken: fmt.Sprint(position)}); err != nil {
		return err
	}
	for ; position < len(events); position++ {
		if left--; left < 0 {
			return errs.Unavailable(errorsv1.ErrorReason_SHUTTING_DOWN, "this server is draining", 0)
		}
		event := proto.CloneOf(events[position])
		event.BulkJob = s.Jobs[0].GetName()
		if err := stream.Send(&schedulerv1.WatchProjectResponse{Events: []*schedulerv1.JobEvent{event}, ResumeToken: fmt.Sprint(position + 1)}); err != nil {
			return err
		}
	}
	if s.Seen != nil {
		s.Seen <- struct{}{}
	}
	select {
	case <-stream.Context().Done():
	case <-grpckit.Draining(stream.Context()):
	}
	return nil
}
