package ledger

import (
	"context"
	"time"

	"github.com/sheetreel/sheetreel/services/scheduler/order"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// steerVideo runs a change of a video job once per request and returns the video job as it is afterwards.
func (b *Book) steerVideo(ctx context.Context, r store.Request, k store.VideoKey, now time.Time, change func(*work, *Job) error) (after store.Video, err error) {
	err = b.write(ctx, now, func(ctx context.Context, w *work) error {
		err := w.once(ctx, k.Project, r, k.Name(), func() error {
			j, err := w.job(ctx, k)
			if err != nil {
				return err
			}
			if err := change(w, j); err != nil {
				return err
			}
			return w.settle(w.bulks[k.BulkKey])
		})
		if err != nil {
			return err
		}
		after, err = w.book.show(ctx, w, k)
		return err
	})
	return after, err
}

// CancelVideoJob implements store.Store.
func (b *Book) CancelVideoJob(ctx context.Context, r store.Request, k store.VideoKey, now time.Time) (store.Video, error) {
	return b.steerVideo(ctx, r, k, now, func(w *work, j *Job) error {
		if j.State == state.Cancelled {
			return nil
		}
		if state.Finished(j.State) {
			return &store.StateError{State: j.State.String(), Message: "a finished video job cannot be cancelled"}
		}
		return w.move(j, state.Cancelled, nil)
	})
}

// RetryVideoJob implements store.Store.
func (b *Book) RetryVideoJob(ctx context.Context, r store.Request, k store.VideoKey, now time.Time) (store.Video, error) {
	return b.steerVideo(ctx, r, k, now, func(w *work, j *Job) error {
		if err := w.mayRestart(j); err != nil {
			return err
		}
		return w.requeue(ctx, j)
	})
}

// requeue starts a finished video job over, with fresh attempts.
func (w *work) requeue(ctx context.Context, j *Job) error {
	specs, err := w.book.specsOf(ctx, w, []store.BulkKey{j.BulkKey})
	if err != nil {
		return err
	}
	if t := order.NotBefore(specs[j.BulkKey], j.Idea); t.After(w.now) {
		j.Due = t
	}
	j.Failures, j.Crashes = 0, 0
	w.out.Revived = append(w.out.Revived, j.VideoKey)
	return w.move(j, state.Queued, nil)
}

// mayRestart refuses a video job that cannot be tried again.
func (w *work) mayRestart(j *Job) error {
	b := w.bulks[j.BulkKey]
	if b.State == state.BulkCancelled || b.State == state.BulkFailed {
		return &store.StateError{State: b.State.String(), Message: "its bulk job is " + b.State.String()}
	}
	if err := b.inTime(w.now); err != nil {
		return err
	}
	if j.State != state.Failed && j.State != state.Cancelled {
		return &store.StateError{State: j.State.String(), Message: "only a FAILED or CANCELLED video job can be retried"}
	}
	return nil
}
