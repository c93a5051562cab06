package limits

import (
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/kit/token"
	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/match"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

const (
	// usageBatch is how many counters the engine is asked for at once.
	usageBatch = 1000
	// usageBatches bounds how many are looked at for a page, when few of them are asked for.
	usageBatches = 10
)

// ListUsage returns a page of what is used, by limit and key.
func (s *Service) ListUsage(ctx context.Context, in *ratelimitv1.ListUsageRequest) (*ratelimitv1.ListUsageResponse, error) {
	scope := []string{"usage", in.GetProject(), in.GetUser(), in.GetLimit()}
	limit := targetOf(in.GetLimit()).Limit
	set := s.book.Set()
	if _, ok := set.Rule(limit); limit != "" && !ok {
		return nil, errs.NotFound(kindLimit, in.GetLimit())
	}
	after := engine.Place{Rule: limit}
	if err := position(in, &after, scope...); err != nil {
		return nil, err
	}
	out := &ratelimitv1.ListUsageResponse{}
	if in.GetPageToken() == "" && in.GetProject() == "" && in.GetUser() == "" && limit != "" {
		if err := s.usageOfAll(ctx, set, limit, out); err != nil {
			return nil, err
		}
	}
	prefix := prefixOf(set, in.GetProject())
	for range usageBatches {
		batch, err := s.engine.Usage(ctx, prefix, after, usageBatch)
		if err != nil {
			return nil, trouble(ctx, err)
		}
		for _, u := range batch {
			if limit != "" && u.Rule != limit {
				return out, nil
			}
			after = u.Place
			if !asked(in, u) {
				continue
			}
			out.Usage = append(out.Usage, showUsage(u))
			if len(out.Usage) == sizeOf(in) {
				out.NextPageToken, err = token.Encode(after, scope...)
				return out, err
			}
		}
		if len(batch) < usageBatch {
			return out, nil
		}
	}
	var err error
	out.NextPageToken, err = token.Encode(after, scope...)
	return out, err
}

// usageOfAll adds the usage of a limit that has no keys: no place comes before its only counter.
func (s *Service) usageOfAll(ctx context.Context, set *match.Set, limit string, out *ratelimitv1.ListUsageResponse) error {
	r, ok := set.Rule(limit)
	if !ok || len(r.Keys) > 0 {
		return nil
	}
	u, err := s.single(ctx, r)
	if err != nil {
		return trouble(ctx, err)
	}
	if u.Used > 0 {
		out.Usage = append(out.Usage, showUsage(u))
	}
	return nil
}

// prefixOf is what all keys with a project begin with; empty when a limit names the project later in its keys.
func prefixOf(set *match.Set, project string) string {
	if project == "" {
		return ""
	}
	for _, r := range set.Rules() {
		if slices.Index(r.Keys, "project") > 0 {
			return ""
		}
	}
	return string(rule.AppendPart(nil, "project", project))
}

// asked tells whether a key is of the project and user that were asked for.
func asked(in *ratelimitv1.ListUsageRequest, u engine.Usage) bool {
	values := rule.ParseKey(u.Key)
	return (in.GetProject() == "" || values["project"] == in.GetProject()) && (in.GetUser() == "" || values["user"] == in.GetUser())
}

func showUsage(u engine.Usage) *ratelimitv1.Usage {
	return &ratelimitv1.Usage{
		Limit: limitName(u.Rule), Key: u.Key, Values: rule.ParseKey(u.Key), Used: number(u.Used), Capacity: number(u.Capacity),
		ResetDuration: durationpb.New(u.Reset),
	}
}

// number is a count as the API has it.
func number(n int64) int32 { return int32(min(max(n, 0), math.MaxInt32)) }

// trouble is the engine's as a caller sees it.
func trouble(ctx context.Context, err error) error {
	if ctx.Err() != nil || !errors.Is(err, engine.ErrUnreachable) {
		return err
	}
	return errs.Unavailable(errorsv1.ErrorReason_STORE_UNAVAILABLE, "the counters cannot be reached", time.Second)
}
