package ratelimit

import (
	"context"
	"errors"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	memory "github.com/sheetreel/sheetreel/services/ratelimit/former"
)

const (
	// defaultTTL is how long a reservation lasts when the caller does not say.
	defaultTTL = 30 * time.Second
	// unlimitedFor is how long a caller may rely on it that no limit counts a call. Rules change only when this
	// process is started again with others; callers know of those after this time.
	unlimitedFor = 10 * time.Second
)

// Reserve charges entries for a short time.
func (q *quotaService) Reserve(_ context.Context, req *ratelimitv1.ReserveRequest) (*ratelimitv1.ReserveResponse, error) {
	entries := make([]memory.Entry, len(req.GetEntries()))
	for i, e := range req.GetEntries() {
		entries[i] = memory.Entry{Key: e.GetKey(), Descriptors: e.GetDescriptors(), Cost: int64(max(e.GetCost(), 1))}
	}
	ttl := defaultTTL
	if req.GetTtl() != nil {
		ttl = req.GetTtl().AsDuration()
	}
	reply := &ratelimitv1.ReserveResponse{Results: make([]*ratelimitv1.ReserveResult, len(entries))}
	for i, outcome := range q.engine.Reserve(entries, ttl) {
		result, err := resultOf(outcome)
		if err != nil {
			return nil, err
		}
		reply.Results[i] = result
	}
	return reply, nil
}

// Commit makes reservations stay charged.
func (q *quotaService) Commit(_ context.Context, req *ratelimitv1.CommitRequest) (*ratelimitv1.CommitResponse, error) {
	return &ratelimitv1.CommitResponse{NotCommitted: q.engine.Commit(req.GetReservations())}, nil
}

// resultOf is an outcome as the API shows it.
func resultOf(o memory.Outcome) (*ratelimitv1.ReserveResult, error) {
	if o.Err == nil {
		granted := &ratelimitv1.Reservation{Reservation: o.ID}
		if o.ID == "" {
			granted.UnlimitedDuration = durationpb.New(unlimitedFor)
		} else {
			granted.RemainingDuration = durationpb.New(o.Life)
		}
		return &ratelimitv1.ReserveResult{Outcome: &ratelimitv1.ReserveResult_Granted{Granted: granted}}, nil
	}
	if exhausted, ok := errors.AsType[*memory.ExhaustedError](o.Err); ok {
		deferral := &ratelimitv1.Deferral{RetryDuration: durationpb.New(exhausted.Retry)}
		for _, l := range exhausted.Limits {
			deferral.Limits = append(deferral.Limits, statusOf(l))
		}
		return deferred(deferral), nil
	}
	if errors.Is(o.Err, memory.ErrFull) {
		return deferred(&ratelimitv1.Deferral{RetryDuration: durationpb.New(fullRetry)}), nil
	}
	if _, ok := errors.AsType[*memory.CostError](o.Err); ok {
		return rejected(errorsv1.ErrorReason_COST_ABOVE_CAPACITY, o.Err), nil
	}
	if _, ok := errors.AsType[*memory.KeyReusedError](o.Err); ok {
		return rejected(errorsv1.ErrorReason_REQUEST_ID_REUSED, o.Err), nil
	}
	return nil, o.Err
}

func deferred(d *ratelimitv1.Deferral) *ratelimitv1.ReserveResult {
	return &ratelimitv1.ReserveResult{Outcome: &ratelimitv1.ReserveResult_Deferred{Deferred: d}}
}

func rejected(reason errorsv1.ErrorReason, why error) *ratelimitv1.ReserveResult {
	return &ratelimitv1.ReserveResult{Outcome: &ratelimitv1.ReserveResult_Rejected{
		Rejected: &ratelimitv1.Rejection{Reason: reason, Message: why.Error()},
	}}
}
