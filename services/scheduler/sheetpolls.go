package scheduler

import (
	"context"
	"errors"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/grpckit"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

const (
	// pollLease is how long a look at a connected sheet may take, comparing all its rows included. It is not renewed: when
	// whoever looks is lost, the next look comes so much later.
	pollLease = 5 * time.Minute
	// connectedRecheck is how often a long poll looks: nobody says when a look becomes due.
	connectedRecheck = time.Second
)

// LeaseConnectedSheet implements schedulerv1.SheetPollServiceServer.
func (s *Service) LeaseConnectedSheet(ctx context.Context, in *schedulerv1.LeaseConnectedSheetRequest) (*schedulerv1.LeaseConnectedSheetResponse, error) {
	wait := time.NewTimer(in.GetWaitDuration().AsDuration())
	defer wait.Stop()
	recheck := time.NewTicker(connectedRecheck)
	defer recheck.Stop()
	for {
		now := s.now()
		lease := store.NewLease{ID: newLease(), Worker: in.GetWorker(), Until: now.Add(pollLease)}
		c, err := s.store.LeaseConnected(ctx, lease, now)
		if err == nil {
			return &schedulerv1.LeaseConnectedSheetResponse{
				LeaseToken: lease.ID, ConnectedSheet: connectedSheet(c), LeaseDuration: durationpb.New(pollLease),
			}, nil
		}
		if !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		select {
		case <-recheck.C:
		case <-wait.C:
			return &schedulerv1.LeaseConnectedSheetResponse{}, nil
		case <-grpckit.Draining(ctx):
			return &schedulerv1.LeaseConnectedSheetResponse{}, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// SettleConnectedSheet implements schedulerv1.SheetPollServiceServer.
func (s *Service) SettleConnectedSheet(ctx context.Context, in *schedulerv1.SettleConnectedSheetRequest) (*schedulerv1.SettleConnectedSheetResponse, error) {
	now, seen := s.now(), in.GetConnectedSheet()
	err := s.store.SettleConnected(ctx, in.GetLeaseToken(), func(c *store.Connected) {
		to := c.Sheet
		to.Version, to.PendingVersion, to.PendingTime = seen.GetVersion(), seen.GetPendingVersion(), seen.GetPendingTime()
		to.ModifyTime, to.PollTime = seen.GetModifyTime(), stamp(now)
		to.Error, to.FailureCount = seen.GetError(), seen.GetFailureCount()
		to.LastBulkJob, to.LastBulkJobTime = seen.GetLastBulkJob(), seen.GetLastBulkJobTime()
		c.Due = now.Add(in.GetPauseDuration().AsDuration())
	}, now)
	return &schedulerv1.SettleConnectedSheetResponse{}, answer(kindConnectedSheet, "lease", err)
}
