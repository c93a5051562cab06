package limits

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/services/ratelimit/book"
	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/match"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

// ExplainQuota tells of every limit whether it counts a call and by which numbers, and what would be answered now.
func (s *Service) ExplainQuota(ctx context.Context, in *ratelimitv1.ExplainQuotaRequest) (*ratelimitv1.ExplainQuotaResponse, error) {
	set := s.book.Set()
	cost := int64(max(in.GetCost(), 1))
	found := set.Explain(in.GetDescriptors(), s.now())
	var lines []engine.Line
	for _, f := range found {
		if f.Why == "" {
			lines = append(lines, f.Line)
		}
	}
	var left []engine.Status
	if len(lines) > 0 {
		var err error
		if left, err = s.engine.Peek(ctx, lines, cost); err != nil {
			return nil, trouble(ctx, err)
		}
	}
	byRule := map[string]engine.Status{}
	for _, status := range left {
		byRule[status.Limit.Rule] = status
	}
	out := &ratelimitv1.ExplainQuotaResponse{Revision: revisionName(set.Version())}
	for _, f := range found {
		status, ok := byRule[f.Rule.Name]
		out.Findings = append(out.Findings, showFinding(f, status, ok))
	}
	judge(out, left, cost)
	return out, nil
}

// judge says what would be answered: never, not yet, or now.
func judge(out *ratelimitv1.ExplainQuotaResponse, left []engine.Status, cost int64) {
	out.Verdict, out.Message = ratelimitv1.Decision_PROCEED, "it would be granted now"
	if len(left) == 0 {
		out.Message = "no limit counts such a call"
	}
	var longest time.Duration
	for _, status := range left {
		switch {
		case status.Limit.DryRun:
		case cost > status.Capacity:
			out.Verdict, out.RetryDuration = ratelimitv1.Decision_REJECT, nil
			out.Message = fmt.Sprintf("the cost %d is above the capacity %d of limit %s", cost, status.Capacity, status.Limit.Rule)
			return
		case status.Wait > longest:
			longest = status.Wait
			out.Verdict, out.RetryDuration = ratelimitv1.Decision_DEFER, durationpb.New(longest)
			out.Message = fmt.Sprintf("limit %s allows %v: %d left, it would be granted in %v", status.Limit.Rule, status.Limit, status.Left, longest)
		}
	}
}

func showFinding(f match.Finding, status engine.Status, counted bool) *ratelimitv1.LimitFinding {
	out := &ratelimitv1.LimitFinding{
		Limit: limitName(f.Rule.Name), Matches: f.Why == "", Reason: f.Why, Origin: showOrigin(f.Rule.Origin), Rate: f.Rule.String(), DryRun: f.Rule.DryRun,
	}
	if f.Won != nil {
		out.Override = overrideName(book.Target{Limit: f.Rule.Name, Override: f.Won.Name})
		out.OverrideOrigin = showOrigin(f.Won.Origin)
	}
	for _, l := range f.Lost {
		out.LostOverrides = append(out.LostOverrides, &ratelimitv1.LostOverride{
			Override: overrideName(book.Target{Limit: f.Rule.Name, Override: l.Override.Name}), Reason: l.Why,
		})
	}
	if !counted {
		return out
	}
	out.Rate = f.Line.Limit.String()
	out.Used = number(status.Capacity - status.Left)
	out.Status = &ratelimitv1.LimitStatus{
		Limit: f.Rule.Name, Key: string(f.Line.Key), Remaining: number(status.Left), Capacity: number(status.Capacity),
		ResetDuration: durationpb.New(status.Reset), Descriptors: f.Line.Limit.Descriptors,
	}
	if out.Status.Concurrent = f.Line.Limit.Algorithm == rule.Concurrency; !out.Status.GetConcurrent() {
		out.Status.WindowDuration = span(f.Line.Limit.Period)
	}
	if status.Wait > 0 {
		out.Status.WaitDuration = durationpb.New(status.Wait)
	}
	return out
}
