package limits

import (
	"context"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/ratelimit/book"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

// ListLimits returns a page of the limits in force, by name.
func (s *Service) ListLimits(_ context.Context, in *ratelimitv1.ListLimitsRequest) (*ratelimitv1.ListLimitsResponse, error) {
	state := s.book.State()
	rules, next, err := cut(in, state.Set.Rules(), func(r rule.Rule) string { return r.Name }, "limits")
	if err != nil {
		return nil, err
	}
	out := &ratelimitv1.ListLimitsResponse{NextPageToken: next, Revision: revisionName(state.Set.Version())}
	if state.FileError != nil {
		out.FileError = state.FileError.Error()
	}
	for _, r := range rules {
		out.Limits = append(out.Limits, showLimit(r))
	}
	return out, nil
}

// GetLimit returns a limit.
func (s *Service) GetLimit(_ context.Context, in *ratelimitv1.GetLimitRequest) (*ratelimitv1.Limit, error) {
	r, ok := s.book.Set().Rule(targetOf(in.GetName()).Limit)
	if !ok {
		return nil, errs.NotFound(kindLimit, in.GetName())
	}
	return showLimit(r), nil
}

// overridesOf are all overrides of a limit, by name: those that fit, and those that do not.
func (s *Service) overridesOf(state *book.State, limit string) []*ratelimitv1.LimitOverride {
	r, _ := state.Set.Rule(limit)
	fit, unfit := r.Overrides, state.Unfit[limit]
	all := make([]*ratelimitv1.LimitOverride, 0, len(fit)+len(unfit))
	for len(fit)+len(unfit) > 0 {
		if len(unfit) == 0 || len(fit) > 0 && fit[0].Name < unfit[0].Name {
			all = append(all, showOverride(limit, fit[0], s.stateOf(fit[0])))
			fit = fit[1:]
		} else {
			all = append(all, showOverride(limit, unfit[0], ratelimitv1.LimitOverride_UNFIT))
			unfit = unfit[1:]
		}
	}
	return all
}

func (s *Service) stateOf(o rule.Override) ratelimitv1.LimitOverride_State {
	if o.Expired(s.now()) {
		return ratelimitv1.LimitOverride_EXPIRED
	}
	return ratelimitv1.LimitOverride_ACTIVE
}

// ListLimitOverrides returns a page of the overrides of a limit, by name.
func (s *Service) ListLimitOverrides(_ context.Context, in *ratelimitv1.ListLimitOverridesRequest) (*ratelimitv1.ListLimitOverridesResponse, error) {
	state, limit := s.book.State(), targetOf(in.GetParent()).Limit
	all := s.overridesOf(state, limit)
	if _, ok := state.Set.Rule(limit); !ok && len(all) == 0 {
		return nil, errs.NotFound(kindLimit, in.GetParent())
	}
	name := func(o *ratelimitv1.LimitOverride) string { return o.GetName() }
	page, next, err := cut(in, all, name, "overrides", in.GetParent())
	if err != nil {
		return nil, err
	}
	return &ratelimitv1.ListLimitOverridesResponse{Overrides: page, NextPageToken: next}, nil
}

// GetLimitOverride returns an override.
func (s *Service) GetLimitOverride(_ context.Context, in *ratelimitv1.GetLimitOverrideRequest) (*ratelimitv1.LimitOverride, error) {
	for _, o := range s.overridesOf(s.book.State(), targetOf(in.GetName()).Limit) {
		if o.GetName() == in.GetName() {
			return o, nil
		}
	}
	return nil, errs.NotFound(kindOverride, in.GetName())
}

// findOverride finds an override, whether it fits or not.
func findOverride(state *book.State, target book.Target) (rule.Override, bool) {
	r, _ := state.Set.Rule(target.Limit)
	for _, all := range [][]rule.Override{r.Overrides, state.Unfit[target.Limit]} {
		for _, o := range all {
			if o.Name == target.Override {
				return o, true
			}
		}
	}
	return rule.Override{}, false
}
