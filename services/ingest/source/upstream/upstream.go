// Package upstream is the one way in which ingest calls somebody else's service.
//
// A call first takes quota, then tries with a deadline of its own, and is tried again after a jittered wait when
// the failure may pass. When the upstream's own limit refuses, the quota service is told, so that all stop. A breaker per upstream keeps everybody from calling while the upstream is down. A wait
// that cannot end before the caller's deadline is not begun: the caller gets the reason at once.
package upstream

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/kit/quota"
	"github.com/sheetreel/sheetreel/kit/retry"
)

// Config says how patient calls are. Zero values mean the defaults.
type Config struct {
	TryTimeout      time.Duration // of one try; 60 s
	Patience        time.Duration // of one call with all its waits, when the caller sets no deadline; 15 min
	Retry           retry.Policy  // of one call; retry.TemplateA
	BreakerFailures int           // failures in a row that open the breaker; 10
	BreakerWait     time.Duration // until an open breaker lets one try through; 30 s
}

// Class is what became of a try.
type Class int

// The classes of a try's end.
const (
	Answered    Class = iota // a success, or a refusal that trying again cannot change
	Throttled                // refused for going too fast; the upstream is well
	Unavailable              // no useful answer; trying again may help
)

// Verdict judges an error of a try.
type Verdict struct {
	Class Class
	After time.Duration // the upstream asks to wait at least so long
	// Refused says that a limit of the upstream has refused, although the quota service had granted the call: it is told, so
	// that nobody else runs into the same limit.
	Refused *Refused
}

// Refused is what an upstream tells of its limit.
type Refused struct {
	// Dimensions are the descriptors by which it counts, for example project and user; none when it does not say.
	Dimensions []string
	// Capacity is what it allows in the period of our own limit; 0 when it does not say. It needs Dimensions.
	Capacity int
}

// Deps are what an Upstream works with.
type Deps struct {
	// Quota grants the calls.
	Quota ratelimitv1.QuotaServiceClient
	// Classify judges a try's error; it never sees nil.
	Classify func(error) Verdict
	// Random gives numbers in [0, 1); rand.Float64 when nil.
	Random func() float64
}

// Upstream is one service that is called. It is safe for concurrent use.
type Upstream struct {
	cfg     Config
	deps    Deps
	quota   *quota.Client
	breaker *breaker
}

// New makes an Upstream.
func New(cfg Config, deps Deps) (*Upstream, error) {
	if deps.Quota == nil || deps.Classify == nil {
		return nil, errors.New("upstream: quota client and classifier are required")
	}
	if deps.Random == nil {
		deps.Random = rand.Float64
	}
	if cfg.Retry == (retry.Policy{}) {
		cfg.Retry = retry.TemplateA()
	}
	cfg.TryTimeout = orDefault(cfg.TryTimeout, time.Minute)
	cfg.Patience = orDefault(cfg.Patience, 15*time.Minute)
	cfg.BreakerWait = orDefault(cfg.BreakerWait, 30*time.Second)
	cfg.BreakerFailures = orDefault(cfg.BreakerFailures, 10)
	return &Upstream{
		cfg: cfg, deps: deps, breaker: newBreaker(cfg.BreakerFailures, cfg.BreakerWait),
		quota: quota.New(deps.Quota, quota.Config{Trouble: cfg.Retry, Random: deps.Random}),
	}, nil
}

func orDefault[T time.Duration | int](value, standard T) T {
	if value <= 0 {
		return standard
	}
	return value
}

// GaveUp is the error of a call whose tries all failed, or for which no time was left.
type GaveUp struct {
	Last  error         // of the last try; nil when the breaker let none through
	Class Class         // Throttled or Unavailable
	After time.Duration // when a new call may make sense
}

func (e *GaveUp) Error() string {
	if e.Last == nil {
		return "not called: it failed too often just now"
	}
	return fmt.Sprintf("gave up: %v", e.Last)
}

func (e *GaveUp) Unwrap() error { return e.Last }

// Do calls fn until it is answered. fn must be safe to repeat. The error is fn's own, a *GaveUp, the quota
// service's status, or the context's end.
func (u *Upstream) Do(ctx context.Context, descriptors map[string]string, fn func(ctx context.Context) error) error {
	return u.do(ctx, descriptors, u.cfg.Retry.MaxAttempts, fn)
}

// Once is Do for what must not be repeated: fn is called at most once.
func (u *Upstream) Once(ctx context.Context, descriptors map[string]string, fn func(ctx context.Context) error) error {
	return u.do(ctx, descriptors, 1, fn)
}

func (u *Upstream) do(ctx context.Context, descriptors map[string]string, attempts int, fn func(ctx context.Context) error) error {
	ctx, cancel := withPatience(ctx, u.cfg.Patience)
	defer cancel()
	c := &call{Upstream: u, start: time.Now(), gaveUp: GaveUp{Class: Unavailable}}
	for attempt := 1; ; attempt++ {
		pass, err := c.enter(ctx, descriptors)
		if err != nil {
			return err
		}
		err = u.try(ctx, fn)
		if err == nil {
			u.breaker.leave(pass, well)
			return nil
		}
		if ctx.Err() != nil {
			u.breaker.leave(pass, unknown) // the caller's time is over; that says nothing about the upstream
			return context.Cause(ctx)
		}
		verdict := u.deps.Classify(err)
		if verdict.Class == Unavailable {
			u.breaker.leave(pass, ill)
		} else {
			u.breaker.leave(pass, well)
		}
		if verdict.Class == Answered {
			return err
		}
		if verdict.Refused != nil {
			u.report(ctx, descriptors, verdict)
		}
		wait := max(u.cfg.Retry.Wait(attempt, u.deps.Random), verdict.After)
		c.gaveUp = GaveUp{Last: err, Class: verdict.Class, After: max(wait, time.Second)}
		if attempt >= attempts || !c.mayWait(wait) {
			return c.giveUp()
		}
		if err := pause(ctx, wait, nil, c.giveUp()); err != nil {
			return err
		}
	}
}

// try calls fn once with a deadline of its own.
func (u *Upstream) try(ctx context.Context, fn func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, u.cfg.TryTimeout)
	defer cancel()
	return fn(ctx)
}
