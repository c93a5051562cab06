package ledger

import (
	"context"
	"errors"
	"time"

	statuspb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// deadliner finds bulk jobs by their deadlines.
type deadliner interface {
	// NextOverdue loads the unfinished bulk job whose deadline passed first, of those that nobody else has in hand, or
	// returns ErrNotFound.
	NextOverdue(ctx context.Context, now time.Time) (*Bulk, error)
}

// overdue tells whether the bulk job's deadline has passed.
func (b *Bulk) overdue(now time.Time) bool { return !b.Deadline.IsZero() && !now.Before(b.Deadline) }

// inTime refuses what would start again only to be cancelled.
func (b *Bulk) inTime(now time.Time) error {
	if b.overdue(now) {
		return &store.StateError{State: b.State.String(), Message: "the deadline of the bulk job has passed"}
	}
	return nil
}

func deadlineOf(spec *schedulerv1.BulkJob) time.Time {
	if t := spec.GetDeadlineTime(); t != nil {
		return t.AsTime()
	}
	return time.Time{}
}

// tooLate is why something was cancelled at a deadline.
func tooLate() *statuspb.Status {
	err := errs.New(codes.DeadlineExceeded, errorsv1.ErrorReason_JOB_DEADLINE_EXCEEDED, "the deadline of the bulk job has passed")
	return status.Convert(err).Proto()
}

// EndOverdue implements store.Store.
func (b *Book) EndOverdue(ctx context.Context, now time.Time) (ok bool, err error) {
	err = b.write(ctx, now, func(ctx context.Context, w *work) error {
		ok = false
		b, err := w.NextOverdue(ctx, now)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		ok = true
		w.add(b)
		if err := w.moveAll(ctx, b.BulkKey, unfinished(), state.Cancelled, tooLate()); err != nil {
			return err
		}
		w.dropImport(b)
		return w.moveBulk(b, state.BulkCancelled, tooLate())
	})
	return ok, err
}
