package quota

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"math"
	mathrand "math/rand/v2"
	"strconv"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/kit/retry"
)

// Config says how patient a client is. Zero values take the defaults.
type Config struct {
	// Jitter bounds what is added to the limiter's time. Default: 50 ms, doubled each time, at most 1 s; a place in the
	// limiter's queue is kept for longer.
	Jitter retry.Policy
	// Trouble is the waits while the limiter does not answer. Default: 100 ms, doubled each time, at most 10 s, 6 tries.
	Trouble retry.Policy
	// Budget is how many tries more the client makes in trouble; ten successes bring one back. Default 20.
	Budget int
	// Random gives numbers in [0, 1); math/rand/v2.Float64 when nil.
	Random func() float64
}

// Call is what is about to happen.
type Call struct {
	// Descriptors say what is limited, see AcquireRequest.
	Descriptors map[string]string
	// Cost is how much it counts, 1 when zero. Least is how much of it is enough; all of it when zero.
	Cost, Least int
}

// Permit allows what was asked for.
type Permit struct {
	// ID names it for Cancel and Commit; empty when no limit counted the call.
	ID string
	// Granted is how much may happen.
	Granted int
}

// decider asks once. Its error is a status as Acquire's.
type decider interface {
	decide(ctx context.Context, req *ratelimitv1.AcquireRequest) (Permit, error)
}

// Client asks for permits. It is safe for concurrent use.
type Client struct {
	cfg     Config
	service ratelimitv1.QuotaServiceClient
	decider decider
	budget  *budget
	series  string // makes ids that no other process uses
	last    atomic.Uint64
}

// New makes a client that makes one call for each try.
func New(service ratelimitv1.QuotaServiceClient, cfg Config) *Client {
	if cfg.Jitter == (retry.Policy{}) {
		cfg.Jitter = retry.Policy{Initial: 50 * time.Millisecond, Multiplier: 2, Max: time.Second}
	}
	if cfg.Trouble == (retry.Policy{}) {
		cfg.Trouble = retry.Policy{Initial: 100 * time.Millisecond, Multiplier: 2, Max: 10 * time.Second, MaxAttempts: 6}
	}
	cfg.Budget = cmp.Or(cfg.Budget, 20)
	if cfg.Random == nil {
		cfg.Random = mathrand.Float64
	}
	return &Client{
		cfg: cfg, service: service, decider: unary{service}, budget: newBudget(cfg.Budget), series: rand.Text(),
	}
}

// Acquire waits until the call is granted. It fails with the limiter's refusal when ctx would end before that, or when it is
// never granted; with the last trouble when that does not pass; and with ctx's end. What the limiter answered comes as it is, so
// that it can be told to a caller's caller.
func (c *Client) Acquire(ctx context.Context, call Call) (Permit, error) {
	req := &ratelimitv1.AcquireRequest{
		Descriptors: call.Descriptors, Cost: number(call.Cost), MinCost: number(call.Least),
		RequestId: c.series + "-" + strconv.FormatUint(c.last.Add(1), 36), Queue: true, OmitLimits: true,
	}
	deferred, troubled := 0, 0
	for {
		permit, err := c.decider.decide(ctx, req)
		if err == nil {
			c.budget.success()
			return permit, nil
		}
		if ctx.Err() != nil {
			return Permit{}, context.Cause(ctx)
		}
		wait, named := errs.RetryDelay(err)
		switch code := status.Code(err); {
		case code == codes.ResourceExhausted && named:
			deferred++
			troubled = 0
			wait += c.cfg.Jitter.Wait(deferred, c.cfg.Random)
		case code == codes.Unavailable || code == codes.DeadlineExceeded || code == codes.Canceled:
			troubled++
			if troubled >= c.cfg.Trouble.MaxAttempts || !c.budget.spend() {
				return Permit{}, err
			}
			wait += c.cfg.Trouble.Wait(troubled, c.cfg.Random)
		default:
			return Permit{}, err
		}
		if err := pause(ctx, wait, err); err != nil {
			return Permit{}, err
		}
	}
}

// number is a count as the API has it. One that is out of its bounds stays so, for the limiter to refuse.
func number(n int) int32 { return int32(min(max(n, math.MinInt32), math.MaxInt32)) }

// pause waits, unless ctx would end before; then it returns why it would have waited.
func pause(ctx context.Context, wait time.Duration, why error) error {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= wait {
		return why
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Cancel gives a permit back that was not used. It is of no harm when it fails: the permit stays charged.
func (c *Client) Cancel(ctx context.Context, p Permit) error {
	if p.ID == "" {
		return nil
	}
	if _, err := c.service.Cancel(ctx, &ratelimitv1.CancelRequest{Permit: p.ID}); err != nil {
		return fmt.Errorf("give quota back: %w", err)
	}
	return nil
}

// Commit says that less than the permit was used, at least 1; the rest is given back.
func (c *Client) Commit(ctx context.Context, p Permit, used int) error {
	if p.ID == "" || used >= p.Granted {
		return nil
	}
	_, err := c.service.Commit(ctx, &ratelimitv1.CommitRequest{
		Settlements: []*ratelimitv1.Settlement{{Reservation: p.ID, UsedCost: number(used)}},
	})
	if err != nil {
		return fmt.Errorf("settle quota: %w", err)
	}
	return nil
}

// unary makes a call for each try.
type unary struct {
	service ratelimitv1.QuotaServiceClient
}

func (u unary) decide(ctx context.Context, req *ratelimitv1.AcquireRequest) (Permit, error) {
	reply, err := u.service.Acquire(ctx, req)
	if err != nil {
		return Permit{}, err
	}
	return Permit{ID: reply.GetPermit(), Granted: int(reply.GetGrantedCost())}, nil
}
