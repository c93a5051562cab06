package ledger

import (
	"context"
	"errors"
	"time"

	"google.golang.org/protobuf/proto"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// CreateBulkJob implements store.Store.
func (b *Book) CreateBulkJob(ctx context.Context, r store.Request, in store.Bulk, now time.Time) (stored store.Bulk, created bool, err error) {
	err = b.write(ctx, now, func(ctx context.Context, w *work) error {
		created = false
		earlier, err := w.requested(ctx, in.Project, r)
		if err != nil {
			return err
		}
		if earlier != "" {
			k, err := store.ParseBulk(earlier)
			if err != nil {
				return err
			}
			stored, err = w.ShowBulk(ctx, k)
			over := err == nil && (stored.State == state.BulkFailed || stored.State == state.BulkCancelled || r.Repeats && state.BulkFinished(stored.State))
			gone := errors.Is(err, store.ErrNotFound)
			if err != nil && !gone {
				return err
			}
			if !gone && !(r.Derived && over) {
				return nil
			}
		}
		if err := w.create(in); err != nil {
			return err
		}
		w.remember(in.Project, r, in.Name())
		if err := w.flush(ctx); err != nil {
			return err
		}
		if sheet := store.WriteBackSheet(in.Spec); sheet != "" {
			if err := w.AddWriteBack(ctx, in.BulkKey, sheet); err != nil {
				return err
			}
			w.wakes(store.TopicSheets)
		}
		created = true
		stored, err = w.ShowBulk(ctx, in.BulkKey)
		return err
	})
	return stored, created, err
}

func (w *work) create(in store.Bulk) error {
	spec, err := proto.Marshal(in.Spec)
	if err != nil {
		return err
	}
	w.out.NewBulks = append(w.out.NewBulks, NewBulk{in.BulkKey, in.User, state.BulkPending, spec, deadlineOf(in.Spec)})
	b := &Bulk{BulkKey: in.BulkKey, User: in.User, State: state.BulkPending, Deadline: deadlineOf(in.Spec)}
	w.add(b)
	w.wakes(store.TopicImports)
	return w.record(b, &schedulerv1.JobEvent{Type: schedulerv1.JobEvent_BULK_JOB_CREATED, BulkJobState: state.BulkPending}, store.Counts{})
}

// steer runs a change of a bulk job once per request and returns the bulk job as it is afterwards.
func (b *Book) steer(ctx context.Context, r store.Request, k store.BulkKey, now time.Time, change func(context.Context, *work, *Bulk) error) (after store.Bulk, err error) {
	err = b.write(ctx, now, func(ctx context.Context, w *work) error {
		err := w.once(ctx, k.Project, r, k.Name(), func() error {
			b, err := w.bulk(ctx, k)
			if err != nil {
				return err
			}
			return change(ctx, w, b)
		})
		if err != nil {
			return err
		}
		after, err = w.ShowBulk(ctx, k)
		return err
	})
	return after, err
}

// PauseBulkJob implements store.Store.
func (b *Book) PauseBulkJob(ctx context.Context, r store.Request, k store.BulkKey, now time.Time) (store.Bulk, error) {
	return b.steer(ctx, r, k, now, func(ctx context.Context, w *work, b *Bulk) error {
		if b.State == state.BulkPaused {
			return nil
		}
		if err := w.moveBulk(b, state.BulkPaused, nil); err != nil {
			return err
		}
		w.dropImport(b)
		w.out.Holds = append(w.out.Holds, Hold{k, true})
		return w.moveAll(ctx, k, running(), state.Queued, nil)
	})
}

// ResumeBulkJob implements store.Store.
func (b *Book) ResumeBulkJob(ctx context.Context, r store.Request, k store.BulkKey, now time.Time) (store.Bulk, error) {
	return b.steer(ctx, r, k, now, func(ctx context.Context, w *work, b *Bulk) error {
		switch {
		case state.BulkFinished(b.State):
			return &store.StateError{State: b.State.String(), Message: "a finished bulk job cannot be resumed"}
		case b.State != state.BulkPaused:
			return nil
		}
		why, err := w.budgetOver(ctx, b)
		if err != nil {
			return err
		}
		if why != nil {
			return why
		}
		to := state.BulkPending
		if b.ImportDone {
			to = state.BulkRunning
		}
		if err := w.moveBulk(b, to, nil); err != nil {
			return err
		}
		w.wakes(store.TopicQueue)
		w.wakes(store.TopicImports)
		w.out.Holds = append(w.out.Holds, Hold{k, false})
		return nil
	})
}

// CancelBulkJob implements store.Store.
func (b *Book) CancelBulkJob(ctx context.Context, r store.Request, k store.BulkKey, now time.Time) (store.Bulk, error) {
	return b.steer(ctx, r, k, now, func(ctx context.Context, w *work, b *Bulk) error {
		if b.State == state.BulkCancelled {
			return nil
		}
		if state.BulkFinished(b.State) {
			return &store.StateError{State: b.State.String(), Message: "a finished bulk job cannot be cancelled"}
		}
		if err := w.moveAll(ctx, k, unfinished(), state.Cancelled, nil); err != nil {
			return err
		}
		w.dropImport(b)
		return w.moveBulk(b, state.BulkCancelled, nil)
	})
}

// RetryBulkJob implements store.Store.
func (b *Book) RetryBulkJob(ctx context.Context, r store.Request, k store.BulkKey, now time.Time) (store.Bulk, error) {
	return b.steer(ctx, r, k, now, func(ctx context.Context, w *work, b *Bulk) error {
		if err := b.inTime(now); err != nil {
			return err
		}
		if b.State == state.BulkFailed {
			return w.retryImport(ctx, b)
		}
		if b.Counts.Failed == 0 || b.State == state.BulkCancelled {
			return &store.StateError{State: b.State.String(), Message: "no video job of it has FAILED, so there is nothing to retry"}
		}
		if err := w.each(ctx, k, []state.Video{state.Failed}, func(j *Job) error { return w.requeue(ctx, j) }); err != nil {
			return err
		}
		return w.settle(b)
	})
}
