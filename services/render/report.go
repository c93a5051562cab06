package render

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/kit/retry"
)

var (
	// errRefused: the scheduler has said that the attempt is not ours any more.
	errRefused = errors.New("the scheduler refused the video")
	// errHandedBack: told to stop while publishing, the worker has given the video job back.
	errHandedBack = errors.New("handed back while publishing")
	// errUnknown: the video may have been published.
	errUnknown = errors.New("no answer whether the video was published")
)

const (
	reportTimeout  = 5 * time.Second // of one call
	reportPatience = 2 * time.Minute // of all calls of a report
	releaseTimeout = 4 * time.Second // of handing back, when the lease itself is given up
)

func reportBackoff() retry.Policy {
	return retry.Policy{Initial: 100 * time.Millisecond, Multiplier: 2, Max: 2 * time.Second}
}

// publish asks the scheduler to complete the attempt, again and again while the lease may be alive. The request may
// be repeated because the lease token makes it one and the same.
func (w *worker) publish(l *lease, up *upload, done made) error {
	if cause := context.Cause(l.ctx); cause != nil {
		return cause
	}
	l.complete()
	err := w.report(l.ctx, func(ctx context.Context) error {
		_, err := w.Leases.CompleteVideoJob(ctx, &schedulerv1.CompleteVideoJobRequest{
			LeaseToken: l.GetLeaseToken(), Artifacts: up.artifacts, VideoDuration: durationpb.New(done.length), Usage: done.usage,
		})
		return err
	})
	switch {
	case err == nil:
		return nil
	case errs.ReasonOf(err) == errorsv1.ErrorReason_LEASE_LOST, status.Code(err) == codes.FailedPrecondition, status.Code(err) == codes.NotFound:
		return fmt.Errorf("%w: %w", errRefused, err)
	case l.ctx.Err() == nil && status.Code(err) == codes.InvalidArgument:
		return system(err) // refused before anything was done
	case errors.Is(context.Cause(l.ctx), errDrain) && w.release(l) == nil:
		return errHandedBack // so it was not published
	}
	return fmt.Errorf("%w: %w", errUnknown, err)
}

// reportFailure ends the attempt with an error.
func (w *worker) reportFailure(l *lease, st *spb.Status, class schedulerv1.FailureClass) error {
	return w.report(l.ctx, func(ctx context.Context) error {
		_, err := w.Leases.FailVideoJob(ctx, &schedulerv1.FailVideoJobRequest{LeaseToken: l.GetLeaseToken(), Error: st, FailureClass: class})
		return err
	})
}

// release hands the video job back. It has a little time of its own, because the lease's context may have ended.
func (w *worker) release(l *lease) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(l.ctx), releaseTimeout)
	defer cancel()
	return w.report(ctx, func(ctx context.Context) error {
		_, err := w.Leases.ReleaseVideoJob(ctx, &schedulerv1.ReleaseVideoJobRequest{LeaseToken: l.GetLeaseToken()})
		return err
	})
}

// report calls until there is an answer, ctx ends, or patience does.
func (w *worker) report(ctx context.Context, call func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, reportPatience)
	defer cancel()
	for try := 1; ; try++ {
		one, cancel := context.WithTimeout(ctx, reportTimeout)
		err := call(one)
		cancel()
		switch status.Code(err) {
		case codes.Unavailable, codes.DeadlineExceeded, codes.Aborted:
		default:
			return err
		}
		pause(ctx, reportBackoff().Wait(try, rand.Float64))
		if ctx.Err() != nil {
			return fmt.Errorf("%w: %w", context.Cause(ctx), err)
		}
	}
}
