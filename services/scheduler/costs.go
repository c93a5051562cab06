package scheduler

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/scheduler/cost"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

const (
	// summaryDays is the longest time that SummarizeCosts looks at.
	summaryDays = 400
	// summaryEntries bounds its answer.
	summaryEntries = 20_000
)

// amount is an amount as the API shows it.
func (s *Service) amount(micros int64) *schedulerv1.Amount {
	return &schedulerv1.Amount{Micros: micros, CurrencyCode: s.store.Rates().Currency()}
}

// checkLimit refuses an amount that cannot be a limit. None at all is fine.
func (s *Service) checkLimit(field string, a *schedulerv1.Amount) error {
	currency := s.store.Rates().Currency()
	switch {
	case a == nil:
		return nil
	case a.GetMicros() == 0:
		return errs.Invalid(errs.Violation{Field: field + ".micros", Description: "must be above 0; leave " + field + " out for no limit"})
	case a.GetCurrencyCode() != "" && a.GetCurrencyCode() != currency:
		return errs.Invalid(errs.Violation{Field: field + ".currency_code", Description: "must be " + currency + ", in which all costs are, or empty"})
	}
	return nil
}

// used is what a worker reports, as the store takes it.
func used(all []*schedulerv1.Usage) []cost.Usage {
	var out []cost.Usage
	for _, u := range all {
		out = append(out, cost.Usage{Type: u.GetType(), Units: u.GetUnits()})
	}
	return out
}

// ListCostItems implements schedulerv1.CostServiceServer.
func (s *Service) ListCostItems(ctx context.Context, in *schedulerv1.ListCostItemsRequest) (*schedulerv1.ListCostItemsResponse, error) {
	k, err := store.ParseBulk(in.GetParent())
	if err != nil {
		return nil, err
	}
	p, after, err := readPage[store.CostPlace](in, in.GetParent(), "costItems")
	if err != nil {
		return nil, err
	}
	all, err := s.store.CostItems(ctx, k, after, p.size+1)
	if err != nil {
		return nil, answer(kindBulkJob, in.GetParent(), err)
	}
	out := &schedulerv1.ListCostItemsResponse{}
	all, out.NextPageToken, err = cut(p, all, func(i store.PlacedCost) store.CostPlace { return i.After })
	if err != nil {
		return nil, err
	}
	for _, i := range all {
		i.Amount = s.amount(i.GetAmount().GetMicros())
		out.CostItems = append(out.CostItems, i.CostItem)
	}
	return out, nil
}

// SummarizeCosts implements schedulerv1.CostServiceServer.
func (s *Service) SummarizeCosts(ctx context.Context, in *schedulerv1.SummarizeCostsRequest) (*schedulerv1.SummarizeCostsResponse, error) {
	project, err := store.ParseProject(in.GetParent())
	if err != nil {
		return nil, err
	}
	from, before, err := s.summaryTime(in)
	if err != nil {
		return nil, err
	}
	all, err := s.store.Spending(ctx, project, from, before, summaryEntries+1)
	if err != nil {
		return nil, err
	}
	if len(all) > summaryEntries {
		return nil, errs.Invalid(errs.Violation{
			Field: "start_time", Description: fmt.Sprintf("more than %d users and days since then; ask for a shorter time", summaryEntries),
		})
	}
	out := &schedulerv1.SummarizeCostsResponse{Total: s.amount(0)}
	for _, d := range all {
		out.Days = append(out.Days, &schedulerv1.SummarizeCostsResponse_Day{Day: d.Day.String(), User: d.User, Amount: s.amount(d.Micros)})
		out.Total.Micros += d.Micros
	}
	return out, nil
}

// summaryTime gives the days that a summary is about.
func (s *Service) summaryTime(in *schedulerv1.SummarizeCostsRequest) (from, before cost.Day, err error) {
	for field, at := range map[string]*timestamppb.Timestamp{"start_time": in.GetStartTime(), "end_time": in.GetEndTime()} {
		if at != nil && at.CheckValid() != nil {
			return 0, 0, errs.Invalid(errs.Violation{Field: field, Description: "is not a valid time"})
		}
	}
	end := s.now()
	if in.GetEndTime() != nil {
		end = in.GetEndTime().AsTime()
	}
	start := cost.MonthOf(s.now()).First.Time()
	if in.GetStartTime() != nil {
		start = in.GetStartTime().AsTime()
	}
	from, before = cost.DayOf(start), cost.DayOf(end.Add(-time.Nanosecond))+1
	switch {
	case !start.Before(end):
		err = errs.Invalid(errs.Violation{Field: "start_time", Description: "must be before end_time"})
	case before-from > summaryDays:
		err = errs.Invalid(errs.Violation{Field: "start_time", Description: fmt.Sprintf("must be at most %d days before end_time", summaryDays)})
	}
	return from, before, err
}

// ListProviderRates implements schedulerv1.CostServiceServer.
func (s *Service) ListProviderRates(_ context.Context, in *schedulerv1.ListProviderRatesRequest) (*schedulerv1.ListProviderRatesResponse, error) {
	p, after, err := readPage[cost.Key](in, in.GetParent(), "providerRates")
	if err != nil {
		return nil, err
	}
	all := s.store.Rates().After(after)
	out := &schedulerv1.ListProviderRatesResponse{}
	all, out.NextPageToken, err = cut(p, all, func(r cost.Rate) cost.Key { return r.Key })
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		out.ProviderRates = append(out.ProviderRates, &schedulerv1.ProviderRate{Provider: r.Provider, Type: r.Type, Amount: s.amount(r.Micros)})
	}
	return out, nil
}

// GetBudget implements schedulerv1.CostServiceServer.
func (s *Service) GetBudget(ctx context.Context, in *schedulerv1.GetBudgetRequest) (*schedulerv1.Budget, error) {
	project, err := store.ParseBudget(in.GetName())
	if err != nil {
		return nil, err
	}
	g, err := s.store.Budget(ctx, project, s.now())
	if err != nil {
		return nil, err
	}
	return s.budget(project, g), nil
}

// UpdateBudget implements schedulerv1.CostServiceServer.
func (s *Service) UpdateBudget(ctx context.Context, in *schedulerv1.UpdateBudgetRequest) (*schedulerv1.Budget, error) {
	name, limit := in.GetBudget().GetName(), in.GetBudget().GetLimit()
	project, err := store.ParseBudget(name)
	if err != nil {
		return nil, errs.Invalid(errs.Violation{Field: "budget.name", Description: "must be projects/{project}/budget"})
	}
	if err := s.checkLimit("budget.limit", limit); err != nil {
		return nil, err
	}
	g, err := s.store.SetBudget(ctx, request("UpdateBudget", in), project, limit.GetMicros(), s.now())
	if err != nil {
		return nil, answer(kindBudget, name, err)
	}
	return s.budget(project, g), nil
}

// budget is a stored budget as the API shows it.
func (s *Service) budget(project string, g store.Budget) *schedulerv1.Budget {
	out := &schedulerv1.Budget{Name: store.BudgetName(project), Spent: s.amount(g.Spent), UpdateTime: stamp(g.Updated)}
	if g.Limit > 0 {
		out.Limit = s.amount(g.Limit)
	}
	return out
}
