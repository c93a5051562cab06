package quota

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/match"
)

// Peek tells what Acquire would answer.
func (s *Service) Peek(ctx context.Context, req *ratelimitv1.PeekRequest) (*ratelimitv1.PeekResponse, error) {
	if err := s.gate.enter(); err != nil {
		return nil, err
	}
	defer s.gate.inside.Done()
	cost := costOf(req.GetCost())
	lines := s.rules().Match(req.GetDescriptors(), s.clock(), &match.Scratch{})
	limits, err := s.engine.Peek(ctx, lines, cost)
	if err != nil {
		return nil, trouble(ctx, err)
	}
	reply := &ratelimitv1.PeekResponse{Verdict: ratelimitv1.Decision_PROCEED, Limits: tell(limits)}
	var longest time.Duration
	for i := range limits {
		switch l := &limits[i]; {
		case l.Limit.DryRun:
		case l.Capacity < cost:
			reply.Verdict = ratelimitv1.Decision_REJECT
		default:
			longest = max(longest, l.Wait)
		}
	}
	if longest > 0 && reply.GetVerdict() == ratelimitv1.Decision_PROCEED {
		reply.Verdict, reply.RetryDuration = ratelimitv1.Decision_DEFER, durationpb.New(longest)
	}
	return reply, nil
}

// refusing are the limits that have to be waited for.
func refusing(limits []engine.Status) []engine.Status {
	var list []engine.Status
	for _, l := range limits {
		if l.Wait > 0 && !l.Limit.DryRun {
			list = append(list, l)
		}
	}
	return list
}

// neverGranting are the limits that allow less than a cost.
func neverGranting(limits []engine.Status, cost int64) []engine.Status {
	var list []engine.Status
	for _, l := range limits {
		if l.Capacity < cost && !l.Limit.DryRun {
			list = append(list, l)
		}
	}
	return list
}
