package scheduler_test

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/durationpb"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
)

// Reserve grants everybody but the users that are refused.
func (q *quota) Reserve(_ context.Context, in *ratelimitv1.ReserveRequest, _ ...grpc.CallOption) (*ratelimitv1.ReserveResponse, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	out := &ratelimitv1.ReserveResponse{}
	for _, entry := range in.GetEntries() {
		result := &ratelimitv1.ReserveResult{}
		if wait, ok := q.refuse[entry.GetDescriptors()["user"]]; ok {
			result.Outcome = &ratelimitv1.ReserveResult_Deferred{Deferred: &ratelimitv1.Deferral{
				RetryDuration: durationpb.New(wait),
				Limits:        []*ratelimitv1.LimitStatus{{Limit: "test", Descriptors: []string{"project", "user"}}},
			}}
		} else {
			q.granted++
			result.Outcome = &ratelimitv1.ReserveResult_Granted{Granted: &ratelimitv1.Reservation{Reservation: entry.GetKey()}}
		}
		out.Results = append(out.Results, result)
	}
	return out, nil
}

// Commit keeps what was granted.
func (q *quota) Commit(context.Context, *ratelimitv1.CommitRequest, ...grpc.CallOption) (*ratelimitv1.CommitResponse, error) {
	return &ratelimitv1.CommitResponse{}, nil
}
