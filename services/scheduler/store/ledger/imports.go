package ledger

import (
	"context"
	"errors"
	"time"

	statuspb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// LeaseImport implements store.Store.
func (b *Book) LeaseImport(ctx context.Context, l store.NewLease, now time.Time) (leased store.Bulk, err error) {
	for {
		gaveUp := false
		err = b.write(ctx, now, func(ctx context.Context, w *work) error {
			leased, gaveUp, err = w.leaseImport(ctx, l)
			return err
		})
		if err != nil || !gaveUp {
			return leased, err
		}
	}
}

// leaseImport leases the oldest import, or gives up on it when its reader was lost too often.
func (w *work) leaseImport(ctx context.Context, l store.NewLease) (leased store.Bulk, gaveUp bool, err error) {
	b, err := w.NextImport(ctx, w.now)
	if err != nil {
		return leased, false, err
	}
	w.add(b)
	if b.Import.ID != "" {
		b.ImportCrashes++
	}
	if b.ImportCrashes >= store.MaxCrashes {
		why := errs.New(codes.Unavailable, errorsv1.ErrorReason_WORKER_LOST, "reading the sheet was tried three times, and each time the reader was lost")
		return leased, true, w.endImport(b, nil, state.BulkFailed, status.Convert(why).Proto())
	}
	b.Import = l
	w.touch(b)
	if b.State == state.BulkPending {
		if err := w.moveBulk(b, state.BulkIngesting, nil); err != nil {
			return leased, false, err
		}
	}
	if err := w.flush(ctx); err != nil {
		return leased, false, err
	}
	leased, err = w.ShowBulk(ctx, b.BulkKey)
	return leased, false, err
}

// withImport runs a change of the bulk job of an import's lease that is in force, or returns ErrLeaseLost.
func (b *Book) withImport(ctx context.Context, lease string, now time.Time, change func(context.Context, *work, *Bulk) error) error {
	return b.write(ctx, now, func(ctx context.Context, w *work) error {
		b, err := w.BulkOfImport(ctx, lease)
		if errors.Is(err, store.ErrNotFound) || err == nil && !now.Before(b.Import.Until) {
			return store.ErrLeaseLost
		}
		if err != nil {
			return err
		}
		w.add(b)
		return change(ctx, w, b)
	})
}

// RenewImport implements store.Store.
func (b *Book) RenewImport(ctx context.Context, lease string, until, now time.Time) error {
	return b.withImport(ctx, lease, now, func(_ context.Context, w *work, b *Bulk) error {
		b.Import.Until = until
		w.touch(b)
		return nil
	})
}

// AppendVideoJobs implements store.Store.
func (b *Book) AppendVideoJobs(ctx context.Context, lease string, jobs []store.NewVideo, place store.Place, now time.Time) (appended int, err error) {
	err = b.withImport(ctx, lease, now, func(ctx context.Context, w *work, b *Bulk) error {
		appended = 0
		shown, err := w.ShowBulk(ctx, b.BulkKey)
		if err != nil {
			return err
		}
		rows := make([]string, len(jobs))
		for i, j := range jobs {
			rows[i] = j.Idea.GetRowKey()
		}
		known, err := w.KnownRows(ctx, b.BulkKey, rows)
		if err != nil {
			return err
		}
		for _, j := range jobs {
			if known[j.Idea.GetRowKey()] {
				continue
			}
			known[j.Idea.GetRowKey()] = true
			place(shown, &j, now)
			if err := w.appendVideo(b, j); err != nil {
				return err
			}
			appended++
		}
		if appended > 0 {
			w.wakes(store.TopicQueue)
		}
		return nil
	})
	return appended, err
}

func (w *work) appendVideo(b *Bulk, v store.NewVideo) error {
	idea, err := Marshal(v.Idea)
	if err != nil {
		return err
	}
	why, err := Marshal(v.Skip)
	if err != nil {
		return err
	}
	// Every video job that ever was is counted in the total, so the next position follows it.
	k := store.VideoKey{BulkKey: b.BulkKey, Video: v.ID}
	n := NewVideo{VideoKey: k, New: v, User: b.User, Position: int64(b.Counts.Total) + 1, State: state.Queued, Idea: idea, Error: why}
	if v.Skip != nil {
		n.State, n.Ended = state.Skipped, w.now
	}
	w.out.NewVideos = append(w.out.NewVideos, n)
	j := Job{VideoKey: k, State: n.State, Title: v.Idea.GetTitle(), RowNumber: v.Idea.GetRowNumber()}
	event := j.event(schedulerv1.JobEvent_VIDEO_JOB_CREATED)
	event.Error = v.Skip
	return w.record(b, event, Between(schedulerv1.VideoJob_STATE_UNSPECIFIED, n.State))
}

// CompleteImport implements store.Store.
func (b *Book) CompleteImport(ctx context.Context, lease string, report *ingestv1.ImportReport, now time.Time) error {
	return b.withImport(ctx, lease, now, func(_ context.Context, w *work, b *Bulk) error {
		if err := w.endImport(b, report, state.BulkRunning, nil); err != nil {
			return err
		}
		return w.settle(b)
	})
}

// FailImport implements store.Store.
func (b *Book) FailImport(ctx context.Context, lease string, report *ingestv1.ImportReport, why *statuspb.Status, now time.Time) error {
	return b.withImport(ctx, lease, now, func(ctx context.Context, w *work, b *Bulk) error {
		// What a half-read sheet has queued must not run in a bulk job that failed.
		if err := w.moveAll(ctx, b.BulkKey, unfinished(), state.Cancelled); err != nil {
			return err
		}
		return w.endImport(b, report, state.BulkFailed, why)
	})
}
