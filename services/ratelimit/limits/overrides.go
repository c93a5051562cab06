package limits

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/types/known/emptypb"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/ratelimit/book"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

// CreateLimitOverride gives other numbers to some.
func (s *Service) CreateLimitOverride(ctx context.Context, in *ratelimitv1.CreateLimitOverrideRequest) (*ratelimitv1.LimitOverride, error) {
	target := book.Target{Limit: targetOf(in.GetParent()).Limit, Override: in.GetOverrideId()}
	return s.editOverride(ctx, "CreateLimitOverride", in, target, func(state *book.State) (o rule.Override, err error) {
		if _, ok := findOverride(state, target); ok {
			return o, exists(overrideName(target))
		}
		o.Name = target.Override
		if err := setOverride(&o, in.GetOverride(), nil); err != nil {
			return o, err
		}
		if o.Expired(s.now()) {
			return o, errs.Invalid(errs.Violation{Field: "override.expire_time", Description: "must be in the future"})
		}
		return o, nil
	})
}

// UpdateLimitOverride changes an override. That of a file stays there, below the changed one.
func (s *Service) UpdateLimitOverride(ctx context.Context, in *ratelimitv1.UpdateLimitOverrideRequest) (*ratelimitv1.LimitOverride, error) {
	name := in.GetOverride().GetName()
	target := targetOf(name)
	if target.Override == "" {
		return nil, errs.Invalid(errs.Violation{Field: "override.name", Description: "must be limits/{limit}/overrides/{override}"})
	}
	return s.editOverride(ctx, "UpdateLimitOverride", in, target, func(state *book.State) (rule.Override, error) {
		o, ok := findOverride(state, target)
		if !ok {
			return o, errs.NotFound(kindOverride, name)
		}
		if err := checkEtag(in.GetOverride().GetEtag(), etagOf(o.Origin, o), name); err != nil {
			return o, err
		}
		return o, setOverride(&o, in.GetOverride(), in.GetUpdateMask().GetPaths())
	})
}

// editOverride puts what edit makes of an override in force.
func (s *Service) editOverride(ctx context.Context, method string, in mutation, target book.Target, edit func(*book.State) (rule.Override, error)) (*ratelimitv1.LimitOverride, error) {
	req, err := request(method, in)
	if err != nil {
		return nil, err
	}
	var before rule.Override
	result, err := s.book.Change(ctx, req, func(state *book.State) (string, []book.Change, error) {
		r, ok := state.Set.Rule(target.Limit)
		if !ok {
			return "", nil, errs.NotFound(kindLimit, limitName(target.Limit))
		}
		before, _ = findOverride(state, target)
		o, err := edit(state)
		if err != nil {
			return "", nil, err
		}
		o.Origin = ""
		if err := r.CheckOverride(o); err != nil {
			return "", nil, err
		}
		words := fmt.Sprintf("set limit %s for %s to %v", r.Name, o.Key(r), o.Limit(r))
		return words, []book.Change{{Target: target, Before: state.Made(target), After: &book.Item{Override: &o}}}, nil
	})
	if err != nil {
		return nil, refused(err, target, "override")
	}
	o := *result.Version.Changes[0].After.Override
	o.Origin = rule.API
	out := showOverride(target.Limit, o, s.stateOf(o))
	out.Effect = s.effect(ctx, result, target, []rule.Override{before, o})
	return out, nil
}

// setOverride sets fields of an override: those of a mask, or all.
func setOverride(o *rule.Override, in *ratelimitv1.LimitOverride, mask []string) error {
	all := []string{"values", "capacity", "period", "expire_time", "reason"}
	if len(mask) == 0 {
		mask = all
	}
	for _, path := range mask {
		switch path {
		case "values":
			o.Values = in.GetValues()
		case "capacity":
			o.Capacity = int64(in.GetCapacity())
		case "period":
			o.Period = in.GetPeriod().AsDuration()
		case "expire_time":
			o.Expires = rule.Override{}.Expires
			if in.GetExpireTime() != nil {
				o.Expires = in.GetExpireTime().AsTime()
			}
		case "reason":
			o.Reason = in.GetReason()
		case "name", "origin", "state", "etag", "effect":
			// They are there when a client sends the resource back, and are what they are.
		default:
			return unknownField(path, all)
		}
	}
	return nil
}

// DeleteLimitOverride deletes what the API made of an override.
func (s *Service) DeleteLimitOverride(ctx context.Context, in *ratelimitv1.DeleteLimitOverrideRequest) (*emptypb.Empty, error) {
	target := targetOf(in.GetName())
	return s.drop(ctx, "DeleteLimitOverride", in, func(state *book.State) ([]book.Target, error) {
		o, ok := findOverride(state, target)
		switch {
		case !ok:
			return nil, errs.NotFound(kindOverride, in.GetName())
		case state.Made(target) == nil:
			return nil, notDeletable(in.GetName(), o.Origin)
		}
		return []book.Target{target}, checkEtag(in.GetEtag(), etagOf(o.Origin, o), in.GetName())
	})
}
