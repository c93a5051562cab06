package scheduler

import (
	"context"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// connectedMost is how many connected sheets a project may have: each is looked at twice a minute.
const connectedMost = 100

// CreateConnectedSheet implements schedulerv1.ConnectedSheetServiceServer.
func (s *Service) CreateConnectedSheet(ctx context.Context, in *schedulerv1.CreateConnectedSheetRequest) (*schedulerv1.ConnectedSheet, error) {
	project, err := store.ParseProject(in.GetParent())
	if err != nil {
		return nil, err
	}
	job := in.GetConnectedSheet().GetBulkJob()
	if err := s.checkConnected(job); err != nil {
		return nil, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	now := s.now()
	c := store.Connected{ConnectedKey: store.ConnectedKey{Project: project, ID: id.String()}, Due: now, Sheet: &schedulerv1.ConnectedSheet{
		BulkJob: withDefaults(job), State: schedulerv1.ConnectedSheet_ACTIVE, CreateTime: stamp(now), UpdateTime: stamp(now),
	}}
	stored, err := s.store.CreateConnected(ctx, request("CreateConnectedSheet", in), c, connectedMost, now)
	if err != nil {
		return nil, answer(kindConnectedSheet, in.GetParent(), err)
	}
	return connectedSheet(stored), nil
}

// checkConnected refuses what cannot be made again and again.
func (s *Service) checkConnected(job *schedulerv1.BulkJob) error {
	const field = "connected_sheet.bulk_job."
	switch {
	case job.GetSource().GetGoogleSheet() == nil:
		return errs.Invalid(errs.Violation{Field: field + "source", Description: "must be a Google sheet: only those are watched"})
	case !incremental(job.GetSource()):
		return errs.Invalid(errs.Violation{Field: field + "source.options.repeated_rows", Description: "cannot be ALL: each edit would make every video again"})
	case job.GetNotBeforeTime() != nil, job.GetDueTime() != nil, job.GetDeadlineTime() != nil:
		return errs.Invalid(errs.Violation{Field: field + "not_before_time", Description: "a connected sheet makes bulk jobs for as long as it is watched, so it has no times of its own; give them to the rows"})
	}
	return s.checkLimit(field+"budget", job.GetBudget())
}

// GetConnectedSheet implements schedulerv1.ConnectedSheetServiceServer.
func (s *Service) GetConnectedSheet(ctx context.Context, in *schedulerv1.GetConnectedSheetRequest) (*schedulerv1.ConnectedSheet, error) {
	k, err := store.ParseConnected(in.GetName())
	if err != nil {
		return nil, err
	}
	c, err := s.store.Connected(ctx, k)
	if err != nil {
		return nil, answer(kindConnectedSheet, in.GetName(), err)
	}
	return connectedSheet(c), nil
}

// ListConnectedSheets implements schedulerv1.ConnectedSheetServiceServer.
func (s *Service) ListConnectedSheets(ctx context.Context, in *schedulerv1.ListConnectedSheetsRequest) (*schedulerv1.ListConnectedSheetsResponse, error) {
	project, err := store.ParseProject(in.GetParent())
	if err != nil {
		return nil, err
	}
	p, before, err := readPage[string](in, in.GetParent(), "connectedSheets")
	if err != nil {
		return nil, err
	}
	all, err := s.store.ListConnected(ctx, project, before, p.size+1)
	if err != nil {
		return nil, answer(kindConnectedSheet, in.GetParent(), err)
	}
	out := &schedulerv1.ListConnectedSheetsResponse{}
	all, out.NextPageToken, err = cut(p, all, func(c store.Connected) string { return c.ID })
	if err != nil {
		return nil, err
	}
	for _, c := range all {
		out.ConnectedSheets = append(out.ConnectedSheets, connectedSheet(c))
	}
	return out, nil
}

// PauseConnectedSheet implements schedulerv1.ConnectedSheetServiceServer.
func (s *Service) PauseConnectedSheet(ctx context.Context, in *schedulerv1.PauseConnectedSheetRequest) (*schedulerv1.ConnectedSheet, error) {
	return s.changeConnected(ctx, request("PauseConnectedSheet", in), in.GetName(), func(c *store.Connected, _ time.Time) {
		c.Sheet.State = schedulerv1.ConnectedSheet_PAUSED
	})
}

// ResumeConnectedSheet implements schedulerv1.ConnectedSheetServiceServer.
func (s *Service) ResumeConnectedSheet(ctx context.Context, in *schedulerv1.ResumeConnectedSheetRequest) (*schedulerv1.ConnectedSheet, error) {
	return s.changeConnected(ctx, request("ResumeConnectedSheet", in), in.GetName(), func(c *store.Connected, now time.Time) {
		c.Sheet.State, c.Due = schedulerv1.ConnectedSheet_ACTIVE, now
	})
}

func (s *Service) changeConnected(ctx context.Context, r store.Request, name string, change func(*store.Connected, time.Time)) (*schedulerv1.ConnectedSheet, error) {
	k, err := store.ParseConnected(name)
	if err != nil {
		return nil, err
	}
	now := s.now()
	c, err := s.store.ChangeConnected(ctx, r, k, func(c *store.Connected) {
		change(c, now)
		c.Sheet.UpdateTime = stamp(now)
	}, now)
	if err != nil {
		return nil, answer(kindConnectedSheet, name, err)
	}
	return connectedSheet(c), nil
}

// DeleteConnectedSheet implements schedulerv1.ConnectedSheetServiceServer.
func (s *Service) DeleteConnectedSheet(ctx context.Context, in *schedulerv1.DeleteConnectedSheetRequest) (*emptypb.Empty, error) {
	k, err := store.ParseConnected(in.GetName())
	if err != nil {
		return nil, err
	}
	if err := s.store.DeleteConnected(ctx, request("DeleteConnectedSheet", in), k, s.now()); err != nil {
		return nil, answer(kindConnectedSheet, in.GetName(), err)
	}
	return &emptypb.Empty{}, nil
}

// connectedSheet is a stored connected sheet as the API shows it.
func connectedSheet(c store.Connected) *schedulerv1.ConnectedSheet {
	out := proto.CloneOf(c.Sheet)
	out.Name = c.Name()
	if c.Active() {
		out.NextPollTime = stamp(c.Due)
	}
	return out
}
