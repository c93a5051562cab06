package quota

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"google.golang.org/grpc/codes"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

// refusal is why a need is not granted.
type refusal struct {
	*engine.Outcome
	need *engine.Need
	// field is how the caller's own name for the call is called.
	field string
}

// reason is the one that the API gives.
func (r refusal) reason() errorsv1.ErrorReason {
	switch {
	case r.Verdict == engine.Defer:
		return errorsv1.ErrorReason_RATE_LIMITED
	case r.Verdict == engine.Retry:
		return errorsv1.ErrorReason_STORE_UNAVAILABLE
	case errors.Is(r.Err, engine.ErrReused):
		return errorsv1.ErrorReason_REQUEST_ID_REUSED
	}
	return errorsv1.ErrorReason_COST_ABOVE_CAPACITY
}

// message says it in plain words.
func (r refusal) message() string {
	switch r.reason() {
	case errorsv1.ErrorReason_RATE_LIMITED:
		if len(r.Limits) == 0 {
			return fmt.Sprintf("not now; free in %v", shown(r.Wait))
		}
		l := r.longest()
		return fmt.Sprintf("limit %s is exhausted for %s; free in %v", l.Limit.Rule, forWhom(l.Key), shown(r.Wait))
	case errorsv1.ErrorReason_REQUEST_ID_REUSED:
		return fmt.Sprintf("%s %s: another call was decided under it", r.field, r.need.ID)
	case errorsv1.ErrorReason_COST_ABOVE_CAPACITY:
		l := r.smallest()
		return fmt.Sprintf("cost %d is above the capacity %d of limit %s", r.need.Least, l.Capacity, l.Limit.Rule)
	}
	if errors.Is(r.Err, engine.ErrFull) {
		return "the limiter counts as many keys as it may"
	}
	return "the limiter cannot reach its counters"
}

// err is the answer to a call that is decided alone.
func (r refusal) err() error {
	switch reason := r.reason(); reason {
	case errorsv1.ErrorReason_RATE_LIMITED:
		limits := make([]errs.Exhausted, len(r.Limits))
		for i := range r.Limits {
			limits[i] = exhausted(&r.Limits[i], r.need)
		}
		return errs.RateLimited(r.Wait, r.message(), limits...)
	case errorsv1.ErrorReason_REQUEST_ID_REUSED:
		return errs.New(codes.AlreadyExists, reason, r.message(), "request_id", r.need.ID)
	case errorsv1.ErrorReason_COST_ABOVE_CAPACITY:
		l := r.smallest()
		return errs.New(codes.InvalidArgument, reason, r.message(),
			"limit", l.Limit.Rule, "capacity", fmt.Sprint(l.Capacity), "cost", fmt.Sprint(r.need.Least))
	default:
		return errs.Unavailable(reason, r.message(), r.Wait)
	}
}

// longest is the limit that has to be waited for longest.
func (r refusal) longest() engine.Status {
	l := r.Limits[0]
	for _, other := range r.Limits[1:] {
		if other.Wait > l.Wait {
			l = other
		}
	}
	return l
}

// smallest is the limit that allows least.
func (r refusal) smallest() engine.Status {
	if len(r.Limits) == 0 {
		return engine.Status{Limit: &rule.Limit{}}
	}
	l := r.Limits[0]
	for _, other := range r.Limits[1:] {
		if other.Capacity < l.Capacity {
			l = other
		}
	}
	return l
}

// exhausted is a limit as an error names it.
func exhausted(s *engine.Status, need *engine.Need) errs.Exhausted {
	inForce := *s.Limit
	inForce.Capacity = s.Capacity // an upstream may have told a lower one
	return errs.Exhausted{
		Limit: inForce.Rule, Subject: s.Key, Dimensions: rule.ParseKey(s.Key),
		Description: fmt.Sprintf("allows %v; %d asked, %d left, free in %v", inForce, need.Cost, max(s.Left, 0), shown(s.Wait)),
		Capacity:    s.Capacity, Window: inForce.Period, Concurrent: inForce.Algorithm == rule.Concurrency,
		Left: max(s.Left, 0), Reset: s.Reset,
	}
}

// shown is a time for people, who need no nanoseconds; never an earlier one. The exact one is in RetryInfo.
func shown(d time.Duration) time.Duration {
	if short := d.Truncate(time.Millisecond); short < d {
		return short + time.Millisecond
	}
	return d
}

func forWhom(key string) string {
	if key == "" {
		return "everybody"
	}
	return strings.ReplaceAll(key, ",", ", ")
}
