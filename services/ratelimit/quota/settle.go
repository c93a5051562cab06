package quota

import (
	"context"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
)

// Commit makes charges stay, whole or in part.
func (s *Service) Commit(ctx context.Context, req *ratelimitv1.CommitRequest) (*ratelimitv1.CommitResponse, error) {
	if err := s.gate.enter(); err != nil {
		return nil, err
	}
	defer s.gate.inside.Done()
	charges := make([]engine.Settlement, 0, len(req.GetReservations())+len(req.GetSettlements()))
	for _, id := range req.GetReservations() {
		charges = append(charges, engine.Settlement{ID: id})
	}
	for _, part := range req.GetSettlements() {
		charges = append(charges, engine.Settlement{ID: part.GetReservation(), Used: int64(part.GetUsedCost())})
	}
	missing, err := s.engine.Commit(ctx, charges)
	if err != nil {
		return nil, trouble(ctx, err)
	}
	if len(req.GetSettlements()) > 0 {
		s.waiting.Refunded()
	}
	return &ratelimitv1.CommitResponse{NotCommitted: missing}, nil
}

// Cancel gives an unused permit, or reservations, back. A permit with nothing to give back is not told of.
func (s *Service) Cancel(ctx context.Context, req *ratelimitv1.CancelRequest) (*ratelimitv1.CancelResponse, error) {
	if err := s.gate.enter(); err != nil {
		return nil, err
	}
	defer s.gate.inside.Done()
	if permit := req.GetPermit(); permit != "" {
		if _, err := s.engine.Cancel(ctx, []string{permit}); err != nil {
			return nil, trouble(ctx, err)
		}
	}
	reply := &ratelimitv1.CancelResponse{}
	if ids := req.GetReservations(); len(ids) > 0 {
		missing, err := s.engine.Cancel(ctx, ids)
		if err != nil {
			return nil, trouble(ctx, err)
		}
		reply.NotCancelled = missing
	}
	s.waiting.Refunded()
	return reply, nil
}
