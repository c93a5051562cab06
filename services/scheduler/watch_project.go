package scheduler

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/kit/token"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// projectTokenLife is how old a token may be. It is a day less than deletions are remembered, so that a watch that
// goes on has missed none.
const projectTokenLife = store.DeletionRetention - 24*time.Hour

// projectReader reads for the watches of projects.
type projectReader = reader[store.ProjectPlace, schedulerv1.WatchProjectResponse]

// projectStep is what follows after a place in the history of a project.
type projectStep = step[store.ProjectPlace, schedulerv1.WatchProjectResponse]

// WatchProject implements schedulerv1.SchedulerServiceServer.
func (s *Service) WatchProject(in *schedulerv1.WatchProjectRequest, stream grpc.ServerStreamingServer[schedulerv1.WatchProjectResponse]) error {
	ctx := stream.Context()
	project, err := store.ParseProject(in.GetParent())
	if err != nil {
		return err
	}
	after, err := s.projectStart(ctx, project, in.GetResumeToken())
	if err != nil {
		return err
	}
	out := newSender(s.stall, stream.Send)
	defer out.close()
	first, err := s.projectMessage(project, nil, after)
	if err != nil {
		return err
	}
	if err := out.send(ctx, first); err != nil {
		return err
	}
	w := &watch[store.ProjectPlace, schedulerv1.WatchProjectResponse]{
		hub: s.store.Wake(), topic: store.TopicProject(project), reader: s.projectReader, sender: out, after: after,
		read: func(ctx context.Context, after store.ProjectPlace) (projectStep, error) {
			return s.readProject(ctx, project, after)
		},
	}
	return w.run(ctx, s.lifetime())
}

// readProject reads what follows after a place in the history of a project.
func (s *Service) readProject(ctx context.Context, project string, after store.ProjectPlace) (out projectStep, err error) {
	got, err := s.store.ProjectEvents(ctx, project, after, watchBatch)
	if err != nil {
		return out, projectError(err)
	}
	out = projectStep{next: got.Next, news: len(got.Events) > 0, held: got.Held}
	out.message, err = s.projectMessage(project, got.Events, got.Next)
	return out, err
}

func (s *Service) projectMessage(project string, events []*schedulerv1.JobEvent, after store.ProjectPlace) (*schedulerv1.WatchProjectResponse, error) {
	next, err := token.Encode(projectToken{after, s.now().UnixMilli()}, "watch", store.ProjectName(project))
	return &schedulerv1.WatchProjectResponse{Events: events, ResumeToken: next}, err
}

// projectToken is the position of a token of a watch of a project.
type projectToken struct {
	store.ProjectPlace
	Made int64 `json:"at"` // milliseconds since 1970
}

// projectStart is the place of a token; without one, the end of the history.
func (s *Service) projectStart(ctx context.Context, project, text string) (store.ProjectPlace, error) {
	if text == "" {
		return s.store.ProjectEnd(ctx, project)
	}
	var t projectToken
	err := token.Decode(text, &t, "watch", store.ProjectName(project))
	if err != nil || t.Turn < 0 || t.BulkJob != "" && uuid.Validate(t.BulkJob) != nil {
		return t.ProjectPlace, errs.New(codes.InvalidArgument, errorsv1.ErrorReason_RESUME_TOKEN_INVALID,
			"resume_token: not a token of this project; list its bulk jobs and watch without one")
	}
	if s.now().Sub(time.UnixMilli(t.Made)) > projectTokenLife {
		return t.ProjectPlace, errs.New(codes.OutOfRange, errorsv1.ErrorReason_RESUME_TOKEN_EXPIRED,
			"resume_token: is older than "+projectTokenLife.String()+"; list the bulk jobs of the project and watch without one")
	}
	end, err := s.store.ProjectEnd(ctx, project)
	if err == nil && t.Turn > end.Turn {
		err = store.ErrPlaceAhead
	}
	return t.ProjectPlace, projectError(err)
}

// projectError is a store's error as a watcher sees it.
func projectError(err error) error {
	if errors.Is(err, store.ErrPlaceAhead) {
		return errs.New(codes.OutOfRange, errorsv1.ErrorReason_RESUME_TOKEN_EXPIRED,
			"resume_token: lies after the end of the history, which a restore may have cut; list the bulk jobs of the project and watch without one")
	}
	return err
}
