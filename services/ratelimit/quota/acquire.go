package quota

import (
	"context"

	"google.golang.org/protobuf/types/known/durationpb"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
)

// requestID is what callers call their own name for a decision.
const requestID = "request_id"

// Acquire charges the limits that count a call.
func (s *Service) Acquire(ctx context.Context, req *ratelimitv1.AcquireRequest) (*ratelimitv1.AcquireResponse, error) {
	if err := s.gate.enter(); err != nil {
		return nil, err
	}
	defer s.gate.inside.Done()
	w := s.desk.take()
	defer s.desk.back(w)
	w.needs = append(w.needs, needOf(s.rules(), s.clock(), &w.scratch, req, req.GetRequestId(), 0))
	if err := s.decide(ctx, w); err != nil {
		return nil, err
	}
	return answer(req, &w.needs[0], &w.outcomes[0])
}

// answer is what the caller of one decision gets.
func answer(req *ratelimitv1.AcquireRequest, need *engine.Need, o *engine.Outcome) (*ratelimitv1.AcquireResponse, error) {
	if o.Verdict != engine.Proceed {
		return nil, refusal{o, need, requestID}.err()
	}
	reply := &ratelimitv1.AcquireResponse{
		Permit: o.Charge.String(), GrantedCost: number(o.Granted), Degraded: o.Degraded, DryRunRefusals: tell(o.DryRun),
	}
	if !req.GetOmitLimits() {
		reply.Limits = tell(o.Limits)
	}
	return reply, nil
}

// AcquireBatch decides many calls.
func (s *Service) AcquireBatch(ctx context.Context, req *ratelimitv1.AcquireBatchRequest) (*ratelimitv1.AcquireBatchResponse, error) {
	if err := s.gate.enter(); err != nil {
		return nil, err
	}
	defer s.gate.inside.Done()
	decisions, err := s.batch(ctx, req.GetRequests())
	if err != nil {
		return nil, err
	}
	return &ratelimitv1.AcquireBatchResponse{Decisions: decisions}, nil
}

// batch decides calls in their order.
func (s *Service) batch(ctx context.Context, calls []*ratelimitv1.AcquireRequest) ([]*ratelimitv1.Decision, error) {
	w := s.desk.take()
	defer s.desk.back(w)
	rules, now := s.rules(), s.clock()
	for _, c := range calls {
		w.needs = append(w.needs, needOf(rules, now, &w.scratch, c, c.GetRequestId(), 0))
	}
	if err := s.decide(ctx, w); err != nil {
		return nil, err
	}
	all := make([]ratelimitv1.Decision, len(calls))
	list := make([]*ratelimitv1.Decision, len(calls))
	for i, c := range calls {
		fill(&all[i], c, &w.needs[i], &w.outcomes[i])
		list[i] = &all[i]
	}
	return list, nil
}

// verdicts are those of the engine in the words of the API.
var verdicts = [...]ratelimitv1.Decision_Verdict{
	engine.Proceed: ratelimitv1.Decision_PROCEED,
	engine.Defer:   ratelimitv1.Decision_DEFER,
	engine.Retry:   ratelimitv1.Decision_RETRY,
	engine.Reject:  ratelimitv1.Decision_REJECT,
}

// fill writes an outcome into a decision.
func fill(d *ratelimitv1.Decision, c *ratelimitv1.AcquireRequest, need *engine.Need, o *engine.Outcome) {
	d.Verdict, d.Degraded, d.DryRunRefusals = verdicts[o.Verdict], o.Degraded, tell(o.DryRun)
	if o.Verdict == engine.Proceed {
		d.Permit, d.GrantedCost = o.Charge.String(), number(o.Granted)
		if !c.GetOmitLimits() {
			d.Limits = tell(o.Limits)
		}
		return
	}
	why := refusal{o, need, requestID}
	d.Reason, d.Message, d.Limits = why.reason(), why.message(), tell(o.Limits)
	if o.Verdict != engine.Reject {
		d.RetryDuration = durationpb.New(o.Wait)
	}
}
