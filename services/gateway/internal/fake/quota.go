package fake

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"google.golang.org/grpc"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
)

// Quota grants what it is told to, and remembers what it was asked. The zero value grants everything.
type Quota struct {
	ratelimitv1.UnimplementedQuotaServiceServer
	ratelimitv1.UnimplementedRateLimitServiceServer

	// Back, if set before the first call, is told of every permit that is given back.
	Back chan string

	mu     sync.Mutex
	limits map[string][]*ratelimitv1.LimitStatus // by action
	refuse map[string]error                      // by action
	asked  []map[string]string
	places []string
	given  int
}

// Register registers the service.
func (q *Quota) Register(r grpc.ServiceRegistrar) {
	ratelimitv1.RegisterQuotaServiceServer(r, q)
	ratelimitv1.RegisterRateLimitServiceServer(r, q)
}

// ListLimits gives an empty page.
func (q *Quota) ListLimits(context.Context, *ratelimitv1.ListLimitsRequest) (*ratelimitv1.ListLimitsResponse, error) {
	return &ratelimitv1.ListLimitsResponse{}, nil
}

// Tell lets every grant of an action tell what is left of limits.
func (q *Quota) Tell(action string, limits ...*ratelimitv1.LimitStatus) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.limits == nil {
		q.limits = map[string][]*ratelimitv1.LimitStatus{}
	}
	q.limits[action] = limits
}

// Refuse answers an action with an error, until it is nil.
func (q *Quota) Refuse(action string, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.refuse == nil {
		q.refuse = map[string]error{}
	}
	q.refuse[action] = err
}

// Asked gives the descriptors of all calls, oldest first, and forgets them.
func (q *Quota) Asked() []map[string]string {
	q.mu.Lock()
	defer q.mu.Unlock()
	asked := q.asked
	q.asked = nil
	return asked
}

// Places are the permits that were not given back, of the actions that tell of a limit.
func (q *Quota) Places() []string {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.Clone(q.places)
}

// Acquire answers as it was told.
func (q *Quota) Acquire(_ context.Context, r *ratelimitv1.AcquireRequest) (*ratelimitv1.AcquireResponse, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	action := r.GetDescriptors()["action"]
	q.asked = append(q.asked, maps.Clone(r.GetDescriptors()))
	if err := q.refuse[action]; err != nil {
		return nil, err
	}
	answer := &ratelimitv1.AcquireResponse{Limits: q.limits[action], GrantedCost: 1}
	if len(answer.GetLimits()) > 0 {
		q.given++
		answer.Permit = fmt.Sprint(action, "-", q.given)
		q.places = append(q.places, answer.GetPermit())
	}
	return answer, nil
}

// Cancel takes a permit back.
func (q *Quota) Cancel(_ context.Context, r *ratelimitv1.CancelRequest) (*ratelimitv1.CancelResponse, error) {
	q.mu.Lock()
	q.places = slices.DeleteFunc(q.places, func(p string) bool { return p == r.GetPermit() })
	q.mu.Unlock()
	if q.Back != nil {
		q.Back <- r.GetPermit()
	}
	return &ratelimitv1.CancelResponse{}, nil
}
