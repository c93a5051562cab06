package quota

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/kit/grpckit"
	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/match"
	"github.com/sheetreel/sheetreel/services/ratelimit/wait"
)

// maxMargin is how long before the caller's deadline a wait ends at most, so that its answer still arrives.
const maxMargin = 100 * time.Millisecond

// noDeadline is how long a call waits that has no deadline.
const noDeadline = time.Minute

// Wait charges the limits that count a call, as soon as it is its turn.
func (s *Service) Wait(ctx context.Context, req *ratelimitv1.WaitRequest) (*ratelimitv1.WaitResponse, error) {
	if err := s.gate.enter(); err != nil {
		return nil, err
	}
	defer s.gate.inside.Done()
	began := time.Now()
	acquire := req.GetRequest()
	id := acquire.GetRequestId()
	if id == "" {
		id = rand.Text() // by it the engine knows the one that comes back
	}
	need := func() engine.Need {
		return needOf(s.rules(), s.clock(), &match.Scratch{}, acquire, id, 0)
	}
	outcome, err := s.waiting.Wait(ctx, wait.Call{
		Lane: laneOf(acquire.GetDescriptors()), Need: need, Until: until(ctx, began), Break: grpckit.Draining(ctx),
	})
	last := need()
	switch {
	case errors.Is(err, wait.ErrClosed):
		return nil, errs.Unavailable(errorsv1.ErrorReason_SHUTTING_DOWN, "this limiter is about to stop", shutRetry)
	case errors.Is(err, wait.ErrFull), err == nil && outcome.Verdict == 0:
		return nil, s.behindOthers(ctx, &last)
	case err != nil:
		return nil, trouble(ctx, err)
	}
	s.metrics.Decided(&outcome)
	if outcome.Verdict == engine.Proceed && ctx.Err() != nil {
		s.forget(outcome.Charge)
		return nil, context.Cause(ctx)
	}
	acquired, err := answer(acquire, &last, &outcome)
	if err != nil {
		return nil, err
	}
	return &ratelimitv1.WaitResponse{Acquired: acquired, WaitedDuration: durationpb.New(time.Since(began))}, nil
}

// until is when to answer a caller that waits.
func until(ctx context.Context, now time.Time) time.Time {
	deadline, ok := ctx.Deadline()
	if !ok {
		return now.Add(noDeadline)
	}
	return deadline.Add(-min(deadline.Sub(now)/10, maxMargin))
}

// laneOf names the user of a call.
func laneOf(descriptors map[string]string) string {
	return descriptors["project"] + "\x00" + descriptors["user"]
}

// behindOthers is the answer to a call that was not asked about, as others were before it. The time is the one at which it
// would be granted if they were not there.
func (s *Service) behindOthers(ctx context.Context, need *engine.Need) error {
	limits, err := s.engine.Peek(ctx, need.Lines, need.Least)
	if err != nil {
		return trouble(ctx, err)
	}
	outcome := engine.Outcome{Verdict: engine.Defer, Limits: refusing(limits), Wait: behindRetry}
	if never := neverGranting(limits, need.Least); len(never) > 0 {
		outcome = engine.Outcome{Verdict: engine.Reject, Limits: never, Err: engine.ErrCost}
	}
	for i := range outcome.Limits {
		outcome.Wait = max(outcome.Wait, outcome.Limits[i].Wait)
	}
	s.metrics.Decided(&outcome)
	return refusal{&outcome, need, requestID}.err()
}

// behindRetry is the least time after which a call that others were before may be tried again.
const behindRetry = 100 * time.Millisecond

// forget gives back what was granted to a caller that has left.
func (s *Service) forget(c engine.Charge) {
	if c == (engine.Charge{}) {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), forgetTimeout)
	defer cancel()
	if _, err := s.engine.Cancel(ctx, []string{c.String()}); err == nil { // else it stays charged, which harms nobody else
		s.waiting.Refunded()
	}
}

// forgetTimeout bounds giving back.
const forgetTimeout = time.Second
