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

// usageBatch is how many counters are looked at for a page when only some of them are asked for.
const usageBatch = 10_000

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
	batch := sizeOf(in)
	if in.GetProject() != "" || in.GetUser() != "" {
		batch = usageBatch
	}
	found, err := s.engine.Usage(ctx, prefixOf(set, in.GetProject()), after, batch)
	if err != nil {
		return nil, trouble(ctx, err)
	}
	var page []engine.Usage
	for i, u := range found {
		if limit != "" && u.Rule != limit {
			break
		}
		if asked(in, u) {
			page = append(page, u)
		}
		if len(out.Usage)+len(page) == sizeOf(in) || i == batch-1 {
			if out.NextPageToken, err = token.Encode(u.Place, scope...); err != nil {
				return nil, err
			}
			break
		}
	}
	if err := s.bringUp(ctx, set, page); err != nil {
		return nil, trouble(ctx, err)
	}
	for _, u := range page {
		out.Usage = append(out.Usage, showUsage(u))
	}
	return out, nil
}

// bringUp looks at counters by the limits in force: an engine knows those by which it was last asked.
func (s *Service) bringUp(ctx context.Context, set *match.Set, page []engine.Usage) error {
	var lines []engine.Line
	var of []*engine.Usage
	for i := range page {
		u := &page[i]
		values := rule.ParseKey(u.Key)
		limit := set.Limit(u.Rule, values, s.now())
		if limit == nil || len(values) != len(limit.Keys) {
			continue // of a limit, or of keys, that there are no more
		}
		l := engine.Line{Limit: limit, Key: []byte(u.Key)}
		if slices.Contains(limit.Keys, "project") {
			l.Tag = values["project"]
		}
		lines, of = append(lines, l), append(of, u)
	}
	if len(lines) == 0 {
		return nil
	}
	statuses, err := s.engine.Peek(ctx, lines, 1)
	if err != nil {
		return err
	}
	for i, status := range statuses {
		of[i].Used, of[i].Capacity, of[i].Reset = status.Capacity-status.Left, status.Capacity, status.Reset
	}
	return nil
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
