package quota

import (
	"cmp"
	"context"
	"slices"
	"time"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/match"
)

// reportedFor is how long nothing is left of a limit without a period when nobody says.
const reportedFor = time.Minute

// Report drains the limits that stand for an upstream's.
func (s *Service) Report(ctx context.Context, req *ratelimitv1.ReportRequest) (*ratelimitv1.ReportResponse, error) {
	if err := s.gate.enter(); err != nil {
		return nil, err
	}
	defer s.gate.inside.Done()
	lines := slices.DeleteFunc(s.rules().Match(req.GetDescriptors(), s.clock(), &match.Scratch{}), func(l engine.Line) bool {
		return !concerns(req, l)
	})
	for _, l := range lines {
		until := cmp.Or(req.GetRetryDuration().AsDuration(), l.Limit.Period, reportedFor)
		if err := s.engine.Report(ctx, l, until, int64(req.GetTrueCapacity())); err != nil {
			return nil, trouble(ctx, err)
		}
	}
	limits, err := s.engine.Peek(ctx, lines, 1)
	if err != nil {
		return nil, trouble(ctx, err)
	}
	return &ratelimitv1.ReportResponse{Limits: tell(limits)}, nil
}

// concerns tells whether a report is about a limit.
func concerns(req *ratelimitv1.ReportRequest, l engine.Line) bool {
	switch {
	case req.GetLimit() != "":
		return l.Limit.Rule == req.GetLimit()
	case len(req.GetDimensions()) > 0:
		return slices.Equal(slices.Sorted(slices.Values(req.GetDimensions())), slices.Sorted(slices.Values(l.Limit.Keys)))
	}
	return true
}
