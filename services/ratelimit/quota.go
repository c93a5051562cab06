package ratelimit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	memory "github.com/sheetreel/sheetreel/services/ratelimit/former"
)

// fullRetry is when to ask again when the engine holds all the keys that it may: keys are forgotten at that pace.
const fullRetry = 10 * time.Second

// quotaService answers QuotaService.
type quotaService struct {
	ratelimitv1.UnimplementedQuotaServiceServer
	engine *memory.Engine
}

// Acquire charges the limits that count the call.
func (q *quotaService) Acquire(_ context.Context, req *ratelimitv1.AcquireRequest) (*ratelimitv1.AcquireResponse, error) {
	cost := int64(max(req.GetCost(), 1))
	grant, err := q.engine.Acquire(req.GetDescriptors(), cost)
	if err != nil {
		return nil, refusal(err, cost)
	}
	reply := &ratelimitv1.AcquireResponse{Permit: grant.Permit}
	for _, l := range grant.Limits {
		reply.Limits = append(reply.Limits, statusOf(l))
	}
	return reply, nil
}

// statusOf is a limit's status as the API shows it.
func statusOf(l memory.Status) *ratelimitv1.LimitStatus {
	return &ratelimitv1.LimitStatus{
		Limit: l.Rule.Name, Key: l.Key, Remaining: int32(l.Left), ResetDuration: durationpb.New(l.Reset),
		Descriptors: l.Rule.Descriptors(),
	}
}

// Cancel gives an unused permit, or reservations, back.
func (q *quotaService) Cancel(_ context.Context, req *ratelimitv1.CancelRequest) (*ratelimitv1.CancelResponse, error) {
	if req.GetPermit() != "" {
		q.engine.Cancel(req.GetPermit()) // an unknown permit has nothing to give back
	}
	return &ratelimitv1.CancelResponse{NotCancelled: q.engine.CancelReservations(req.GetReservations())}, nil
}

// refusal is what a caller sees of an error of the engine.
func refusal(err error, cost int64) error {
	if above, ok := errors.AsType[*memory.CostError](err); ok {
		return errs.New(codes.InvalidArgument, errorsv1.ErrorReason_COST_ABOVE_CAPACITY, above.Error(), "limit", above.Rule.Name)
	}
	if exhausted, ok := errors.AsType[*memory.ExhaustedError](err); ok {
		limits := make([]errs.Exhausted, len(exhausted.Limits))
		for i, l := range exhausted.Limits {
			limits[i] = errs.Exhausted{
				Limit: l.Rule.Name, Subject: l.Key,
				Description: fmt.Sprintf("allows %v; %d asked, %d left, free in %v", l.Rule, cost, l.Left, l.Wait),
			}
		}
		return errs.RateLimited(exhausted.Retry, exhausted.Error(), limits...)
	}
	if errors.Is(err, memory.ErrFull) {
		return errs.Unavailable(errorsv1.ErrorReason_STORE_UNAVAILABLE, "the limiter counts as many keys as it may", fullRetry)
	}
	return err
}
