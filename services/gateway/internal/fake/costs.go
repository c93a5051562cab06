package fake

import (
	"context"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

// UpdateBudget gives the budget back.
func (s *Scheduler) UpdateBudget(ctx context.Context, r *schedulerv1.UpdateBudgetRequest) (*schedulerv1.Budget, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.enter(ctx, "UpdateBudget", r, "")
	return r.GetBudget(), err
}

// SummarizeCosts tells of one cent.
func (s *Scheduler) SummarizeCosts(ctx context.Context, r *schedulerv1.SummarizeCostsRequest) (*schedulerv1.SummarizeCostsResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.enter(ctx, "SummarizeCosts", r, "")
	return &schedulerv1.SummarizeCostsResponse{Total: &schedulerv1.Amount{Micros: 10_000, CurrencyCode: "EUR"}}, err
}
