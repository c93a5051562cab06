package fakescheduler

import (
	"context"

	"google.golang.org/protobuf/proto"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

// SummarizeCosts gives the prepared answer.
func (s *Scheduler) SummarizeCosts(_ context.Context, r *schedulerv1.SummarizeCostsRequest) (*schedulerv1.SummarizeCostsResponse, error) {
	s.note(r)
	return s.Costs, nil
}

// GetBudget gives the budget.
func (s *Scheduler) GetBudget(context.Context, *schedulerv1.GetBudgetRequest) (*schedulerv1.Budget, error) {
	return s.Budget, nil
}

// UpdateBudget gives the budget with the new limit.
func (s *Scheduler) UpdateBudget(_ context.Context, r *schedulerv1.UpdateBudgetRequest) (*schedulerv1.Budget, error) {
	s.note(r)
	b := proto.CloneOf(s.Budget)
	b.Limit = proto.CloneOf(r.GetBudget().GetLimit())
	if b.Limit != nil {
		b.Limit.CurrencyCode = b.GetSpent().GetCurrencyCode()
	}
	return b, nil
}
