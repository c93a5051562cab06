package fake

import (
	"context"
	"slices"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/emptypb"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/kit/grpckit"
	"github.com/sheetreel/sheetreel/kit/token"
)

// WatchProject streams the events of all bulk jobs of a project after the resume token, which counts them; without
// one, from now on.
func (s *Scheduler) WatchProject(r *schedulerv1.WatchProjectRequest, stream grpc.ServerStreamingServer[schedulerv1.WatchProjectResponse]) error {
	ctx := stream.Context()
	seen := -1
	if t := r.GetResumeToken(); t != "" && token.Decode(t, &seen, "watch", r.GetParent()) != nil {
		return errs.New(codes.InvalidArgument, errorsv1.ErrorReason_RESUME_TOKEN_INVALID, "resume_token: not one of this watch")
	}
	for first := true; ; first = false {
		s.mu.Lock()
		if first {
			if _, err := s.enter(ctx, "WatchProject", r, ""); err != nil {
				s.mu.Unlock()
				return err
			}
		}
		var all []*schedulerv1.JobEvent
		for _, e := range s.log {
			if strings.HasPrefix(e.GetBulkJob(), r.GetParent()+"/") {
				all = append(all, e)
			}
		}
		changed := s.changed
		s.mu.Unlock()
		if seen < 0 {
			seen = len(all)
		}
		events := slices.Clone(all[seen:])
		seen = len(all)
		if first || len(events) > 0 {
			if err := stream.Send(&schedulerv1.WatchProjectResponse{Events: events, ResumeToken: Token(r.GetParent(), seen)}); err != nil {
				return err
			}
		}
		select {
		case <-changed:
		case <-grpckit.Draining(ctx):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// DeleteBulkJob removes a finished bulk job.
func (s *Scheduler) DeleteBulkJob(ctx context.Context, r *schedulerv1.DeleteBulkJobRequest) (*emptypb.Empty, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j, err := s.enter(ctx, "DeleteBulkJob", r, r.GetName())
	if err != nil {
		return nil, err
	}
	if !j.finished() {
		return nil, errs.StateConflict(r.GetName(), j.bulk.GetState().String(), "only a finished bulk job can be deleted; cancel it first")
	}
	delete(s.jobs, r.GetName())
	s.order = slices.DeleteFunc(s.order, func(name string) bool { return name == r.GetName() })
	s.notify()
	return &emptypb.Empty{}, nil
}
