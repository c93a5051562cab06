package quota

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
)

const (
	// defaultTTL is how long a reservation lasts when the caller does not say.
	defaultTTL = 30 * time.Second
	// unlimitedFor is how long a caller may rely on it that no limit counts a call: a limit that is made meanwhile counts
	// it after this time.
	unlimitedFor = 10 * time.Second
	// entryKey is what callers call their own name for a reservation.
	entryKey = "key"
)

// Reserve charges entries for a short time.
func (s *Service) Reserve(ctx context.Context, req *ratelimitv1.ReserveRequest) (*ratelimitv1.ReserveResponse, error) {
	if err := s.gate.enter(); err != nil {
		return nil, err
	}
	defer s.gate.inside.Done()
	ttl := defaultTTL
	if req.GetTtl() != nil {
		ttl = req.GetTtl().AsDuration()
	}
	w := s.desk.take()
	defer s.desk.back(w)
	rules, now := s.rules(), s.clock()
	for _, e := range req.GetEntries() {
		w.needs = append(w.needs, needOf(rules, now, &w.scratch, e, e.GetKey(), ttl))
	}
	if err := s.decide(ctx, w); err != nil {
		return nil, err
	}
	reply := &ratelimitv1.ReserveResponse{Results: make([]*ratelimitv1.ReserveResult, len(w.needs))}
	for i := range w.needs {
		reply.Results[i] = resultOf(&w.needs[i], &w.outcomes[i])
	}
	return reply, nil
}

// resultOf is an outcome as the API shows it.
func resultOf(need *engine.Need, o *engine.Outcome) *ratelimitv1.ReserveResult {
	result := &ratelimitv1.ReserveResult{DryRunRefusals: tell(o.DryRun), Degraded: o.Degraded}
	switch o.Verdict {
	case engine.Proceed:
		granted := &ratelimitv1.Reservation{Reservation: o.Charge.String(), GrantedCost: number(o.Granted)}
		switch {
		case len(need.Lines) == 0:
			granted.UnlimitedDuration = durationpb.New(unlimitedFor)
		case o.Charge != (engine.Charge{}):
			granted.RemainingDuration = durationpb.New(o.Life)
		}
		result.Outcome = &ratelimitv1.ReserveResult_Granted{Granted: granted}
	case engine.Reject:
		why := refusal{o, need, entryKey}
		result.Outcome = &ratelimitv1.ReserveResult_Rejected{
			Rejected: &ratelimitv1.Rejection{Reason: why.reason(), Message: why.message()},
		}
	default: // Retry too: it has a time, and no limits
		result.Outcome = &ratelimitv1.ReserveResult_Deferred{
			Deferred: &ratelimitv1.Deferral{RetryDuration: durationpb.New(o.Wait), Limits: tell(o.Limits)},
		}
	}
	return result
}
