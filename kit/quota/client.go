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
	a := &asking{Client: c, call: call, id: c.series + "-" + strconv.FormatUint(c.last.Add(1), 36)}
	permit, err := a.wait(ctx)
	if err != nil && a.placed {
		a.giveUp(ctx)
	}
	return permit, err
}

// asking is a call until it is granted.
type asking struct {
	*Client
	call   Call
	id     string
	placed bool // it has a place in the limiter's queue
}

// decide asks once.
func (a *asking) decide(ctx context.Context) (Permit, error) {
	return a.decider.decide(ctx, &ratelimitv1.AcquireRequest{
		Descriptors: a.call.Descriptors, Cost: number(a.call.Cost), MinCost: number(a.call.Least),
		RequestId: a.id, Queue: a.placed, OmitLimits: true,
	})
}

// wait asks until the call is granted, or there is no use in asking.
func (a *asking) wait(ctx context.Context) (Permit, error) {
	deferred, troubled := 0, 0
	for {
		permit, err := a.decide(ctx)
		if err == nil {
			a.budget.success()
			return permit, nil
		}
		if ctx.Err() != nil {
			return Permit{}, context.Cause(ctx)
		}
		wait, named := errs.RetryDelay(err)
		switch code := status.Code(err); {
		case code == codes.ResourceExhausted && named && !a.placed && inTime(ctx, wait):
			a.placed = true // only who will come back takes a place
			continue
		case code == codes.ResourceExhausted && named:
			deferred++
			troubled = 0
			wait += a.cfg.Jitter.Wait(deferred, a.cfg.Random)
		case code == codes.Unavailable || code == codes.DeadlineExceeded || code == codes.Canceled:
			troubled++
			if troubled >= a.cfg.Trouble.MaxAttempts || !a.budget.spend() {
				return Permit{}, err
			}
			wait += a.cfg.Trouble.Wait(troubled, a.cfg.Random)
		default:
			return Permit{}, err
		}
		if err := pause(ctx, wait, err); err != nil {
			return Permit{}, err
		}
	}
}

// giveUpTimeout bounds giving a place up. When it fails, the limiter drops the place some time after it was due.
const giveUpTimeout = time.Second

// giveUp gives the place up, because one that nobody takes up holds up the others: to ask without a place does so. What is
// granted in that moment is given back.
func (a *asking) giveUp(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), giveUpTimeout)
	defer cancel()
	a.placed = false
	if permit, err := a.decide(ctx); err == nil {
		_ = a.Cancel(ctx, permit) // else it stays charged
	}
}

// number is a count as the API has it. One that is out of its bounds stays so, for the limiter to refuse.
func number(n int) int32 { return int32(min(max(n, math.MinInt32), math.MaxInt32)) }

// inTime tells that a wait ends before ctx.
func inTime(ctx context.Context, wait time.Duration) bool {
	deadline, ok := ctx.Deadline()
	return !ok || time.Until(deadline) > wait
}

// pause waits, unless ctx would end before; then it returns why it would have waited.
func pause(ctx context.Context, wait time.Duration, why error) error {
	if !inTime(ctx, wait) {
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
