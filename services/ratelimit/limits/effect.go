package limits

import (
	"context"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/services/ratelimit/book"
	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

const (
	// effectKeys is how many keys in use are looked at for the effect of a change.
	effectKeys = 10_000
	// effectNamed is how many of those that are over are named.
	effectNamed = 10
)

// effect tells what a change means for the keys in use of a limit; of those that only an override concerns, when there are
// some. It is incomplete when the engine does not answer: the change is made all the same.
func (s *Service) effect(ctx context.Context, result book.Result, target book.Target, concerned []rule.Override) *ratelimitv1.LimitEffect {
	out := &ratelimitv1.LimitEffect{}
	set := result.After.Set
	r, ok := set.Rule(target.Limit)
	if !ok {
		return out
	}
	now := s.now()
	err := s.counters(ctx, r, func(u engine.Usage) bool {
		if out.KeyCount == effectKeys {
			out.Incomplete = true
			return false
		}
		values := rule.ParseKey(u.Key)
		limit := set.Limit(r.Name, values, now)
		if limit == nil || concerned != nil && !concerns(concerned, values) {
			return true // of keys that the limit had before, or of others
		}
		out.KeyCount++
		if u.Used > limit.Capacity && !limit.DryRun {
			out.OverKeyCount++
			if len(out.OverKeys) < effectNamed {
				out.OverKeys = append(out.OverKeys, u.Key)
			}
		}
		return true
	})
	if err != nil {
		out.Incomplete = true
	}
	return out
}

func concerns(overrides []rule.Override, values map[string]string) bool {
	for _, o := range overrides {
		all := len(o.Values) > 0
		for name, value := range o.Values {
			all = all && values[name] == value
		}
		if all {
			return true
		}
	}
	return false
}

// counters gives the counters of a rule that are in use to each, until that is false.
func (s *Service) counters(ctx context.Context, r rule.Rule, each func(engine.Usage) bool) error {
	if len(r.Keys) == 0 { // the only one has an empty key, and no place comes before it
		u, err := s.single(ctx, r)
		if err == nil && u.Used > 0 {
			each(u)
		}
		return err
	}
	after := engine.Place{Rule: r.Name}
	for {
		all, err := s.engine.Usage(ctx, "", after, effectKeys)
		if err != nil {
			return err
		}
		for _, u := range all {
			if u.Rule != r.Name || !each(u) {
				return nil
			}
			after = u.Place
		}
		if len(all) < effectKeys {
			return nil
		}
	}
}

// single is the usage of a rule that counts all together.
func (s *Service) single(ctx context.Context, r rule.Rule) (engine.Usage, error) {
	limit := s.book.Set().Limit(r.Name, nil, s.now())
	if limit == nil { // it is not in force yet, so nothing is counted
		return engine.Usage{}, nil
	}
	statuses, err := s.engine.Peek(ctx, []engine.Line{{Limit: limit}}, 1)
	if err != nil || len(statuses) == 0 {
		return engine.Usage{}, err
	}
	status := statuses[0]
	return engine.Usage{
		Place: engine.Place{Rule: r.Name}, Used: status.Capacity - status.Left, Capacity: status.Capacity, Reset: status.Reset,
	}, nil
}
