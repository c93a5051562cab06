package ingest

import (
	"context"
	"math/rand/v2"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/kit/retry"
)

// callTimeout bounds one call to the scheduler.
const callTimeout = 30 * time.Second

// backoff spreads calls to a part of Sheetreel that does not answer.
func backoff() retry.Policy {
	return retry.Policy{Initial: 200 * time.Millisecond, Multiplier: 2, Max: 10 * time.Second}
}

// call persists with a deadline for each call.
func call(ctx context.Context, fn func(context.Context) error) error {
	return persist(ctx, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, callTimeout)
		defer cancel()
		return fn(ctx)
	})
}

// persist calls fn until it ends with something else than a passing trouble of Sheetreel's own parts. fn must be
// safe to repeat. A wait that cannot end before ctx's deadline is not begun.
func persist(ctx context.Context, fn func(context.Context) error) error {
	for attempt := 1; ; attempt++ {
		err := fn(ctx)
		if err == nil || ctx.Err() != nil || !passing(err) {
			return err
		}
		pause := backoff().Wait(attempt, rand.Float64)
		if named, ok := errs.RetryDelay(err); ok {
			pause = max(pause, named)
		}
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= pause {
			return err
		}
		wait(ctx, pause)
	}
}

// passing tells whether the same call may well succeed soon. When Google does not answer, package upstream has
// tried again already.
func passing(err error) bool {
	switch status.Code(err) {
	case codes.Unavailable:
		return errs.ReasonOf(err) != errorsv1.ErrorReason_SHEET_UNAVAILABLE
	case codes.DeadlineExceeded, codes.ResourceExhausted, codes.Aborted:
		return true
	}
	return false
}

// notOurs tells whether the import belongs to somebody else by now, or to nobody.
func notOurs(err error) bool {
	switch errs.ReasonOf(err) {
	case errorsv1.ErrorReason_LEASE_LOST, errorsv1.ErrorReason_STATE_CONFLICT, errorsv1.ErrorReason_RESOURCE_NOT_FOUND:
		return true
	}
	return false
}

func wait(ctx context.Context, pause time.Duration) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
