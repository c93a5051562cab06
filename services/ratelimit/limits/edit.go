package limits

import (
	"context"
	"fmt"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/emptypb"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/ratelimit/book"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

// CreateLimit makes a limit.
func (s *Service) CreateLimit(ctx context.Context, in *ratelimitv1.CreateLimitRequest) (*ratelimitv1.Limit, error) {
	target := book.Target{Limit: in.GetLimitId()}
	return s.editLimit(ctx, "CreateLimit", in, target, func(state *book.State) (rule.Rule, error) {
		if _, ok := state.Set.Rule(target.Limit); ok {
			return rule.Rule{}, exists(limitName(target.Limit))
		}
		r := rule.Rule{Name: target.Limit}
		return r, setLimit(&r, in.GetLimit(), nil)
	})
}

// UpdateLimit changes a limit. That of a file stays there, below the changed one.
func (s *Service) UpdateLimit(ctx context.Context, in *ratelimitv1.UpdateLimitRequest) (*ratelimitv1.Limit, error) {
	name := in.GetLimit().GetName()
	target := targetOf(name)
	if target.Limit == "" || target.Override != "" {
		return nil, errs.Invalid(errs.Violation{Field: "limit.name", Description: "must be limits/{limit}"})
	}
	return s.editLimit(ctx, "UpdateLimit", in, target, func(state *book.State) (rule.Rule, error) {
		r, ok := state.Set.Rule(target.Limit)
		if !ok {
			return r, errs.NotFound(kindLimit, name)
		}
		if err := checkEtag(in.GetLimit().GetEtag(), etagOf(r.Origin, r), name); err != nil {
			return r, err
		}
		return r, setLimit(&r, in.GetLimit(), in.GetUpdateMask().GetPaths())
	})
}

// editLimit puts what edit makes of a limit in force.
func (s *Service) editLimit(ctx context.Context, method string, in mutation, target book.Target, edit func(*book.State) (rule.Rule, error)) (*ratelimitv1.Limit, error) {
	req, err := request(method, in)
	if err != nil {
		return nil, err
	}
	result, err := s.book.Change(ctx, req, func(state *book.State) (string, []book.Change, error) {
		r, err := edit(state)
		if err != nil {
			return "", nil, err
		}
		r.Overrides, r.Origin = nil, ""
		if err := r.Check(); err != nil {
			return "", nil, err
		}
		words := fmt.Sprintf("set limit %s to %v", r.Name, r)
		return words, []book.Change{{Target: target, Before: state.Made(target), After: &book.Item{Rule: &r}}}, nil
	})
	if err != nil {
		return nil, refused(err, target, "limit")
	}
	// What is told is what the change made, also when it was made by the same request earlier.
	r := *result.Version.Changes[0].After.Rule
	if now, ok := result.After.Set.Rule(target.Limit); ok {
		r.Overrides = now.Overrides
	}
	r.Origin = rule.API
	out := showLimit(r)
	out.Effect = s.effect(ctx, result, target, nil)
	return out, nil
}

// setLimit sets fields of a rule: those of a mask, or all.
func setLimit(r *rule.Rule, in *ratelimitv1.Limit, mask []string) error {
	all := []string{"match", "keys", "algorithm", "capacity", "period", "unit", "time_zone", "dry_run", "outage", "upstream"}
	if len(mask) == 0 {
		mask = all
	}
	for _, path := range mask {
		switch path {
		case "match":
			r.Match = in.GetMatch()
		case "keys":
			r.Keys = in.GetKeys()
		case "algorithm":
			r.Algorithm = algorithmOf(in.GetAlgorithm())
		case "capacity":
			r.Capacity = int64(in.GetCapacity())
		case "period":
			r.Period = in.GetPeriod().AsDuration()
		case "unit":
			r.Unit = unitOf(in.GetUnit())
		case "time_zone":
			r.Zone = in.GetTimeZone()
		case "dry_run":
			r.DryRun = in.GetDryRun()
		case "outage":
			r.Outage = outageOf(in.GetOutage())
		case "upstream":
			r.Upstream = rule.Upstream{Capacity: int64(in.GetUpstream().GetCapacity()), Period: in.GetUpstream().GetPeriod().AsDuration()}
		case "upstream.capacity":
			r.Upstream.Capacity = int64(in.GetUpstream().GetCapacity())
		case "upstream.period":
			r.Upstream.Period = in.GetUpstream().GetPeriod().AsDuration()
		case "name", "etag", "origin", "override_count", "effect":
			// They are there when a client sends the resource back, and are what they are.
		default:
			if strings.HasPrefix(path, "effect.") {
				continue
			}
			return unknownField(path, all)
		}
	}
	if r.Algorithm == rule.Calendar && r.Zone == "" {
		r.Zone = "UTC"
	}
	return nil
}

func unknownField(path string, all []string) error {
	return errs.Invalid(errs.Violation{
		Field: "update_mask", Description: fmt.Sprintf("%s cannot be changed; %s can", path, strings.Join(all, ", ")),
	})
}

// DeleteLimit deletes what the API made of a limit, with its overrides.
func (s *Service) DeleteLimit(ctx context.Context, in *ratelimitv1.DeleteLimitRequest) (*emptypb.Empty, error) {
	target := targetOf(in.GetName())
	return s.drop(ctx, "DeleteLimit", in, func(state *book.State) ([]book.Target, error) {
		r, ok := state.Set.Rule(target.Limit)
		switch {
		case !ok:
			return nil, errs.NotFound(kindLimit, in.GetName())
		case state.Made(target) == nil:
			return nil, notDeletable(in.GetName(), r.Origin)
		}
		return append(state.MadeOf(target.Limit), target), checkEtag(in.GetEtag(), etagOf(r.Origin, r), in.GetName())
	})
}

func notDeletable(name string, origin rule.Origin) error {
	where := "is of the file of limits"
	if origin == rule.BuiltIn {
		where = "is built in"
	}
	return errs.New(codes.FailedPrecondition, errorsv1.ErrorReason_LIMIT_NOT_DELETABLE, name+" "+where+", and was not changed over the API")
}

// drop deletes what find names.
func (s *Service) drop(ctx context.Context, method string, in mutation, find func(*book.State) ([]book.Target, error)) (*emptypb.Empty, error) {
	req, err := request(method, in)
	if err != nil {
		return nil, err
	}
	var first book.Target
	_, err = s.book.Change(ctx, req, func(state *book.State) (string, []book.Change, error) {
		targets, err := find(state)
		if err != nil {
			return "", nil, err
		}
		var changes []book.Change
		for _, target := range targets {
			changes = append(changes, book.Change{Target: target, Before: state.Made(target)})
		}
		first = targets[len(targets)-1]
		return "deleted " + nameOf(first), changes, nil
	})
	if err != nil {
		return nil, refused(err, first, "name")
	}
	return &emptypb.Empty{}, nil
}
