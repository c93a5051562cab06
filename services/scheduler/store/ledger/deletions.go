package ledger

import (
	"context"
	"errors"
	"strings"
	"time"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// Deletion is a bulk job that was deleted.
type Deletion struct {
	store.BulkKey
	Last int64 // the sequence number of its last event, which outlives it
}

// Remains is the row of a video job whose bulk job was deleted.
type Remains struct {
	store.VideoKey
	Result []byte // sheetreel.scheduler.v1.VideoJob
}

// pruner is how a Tx deletes.
type pruner interface {
	// Unlink removes the row of a loaded bulk job, so that nothing in it is found by anybody, and notes the deletion.
	Unlink(ctx context.Context, d Deletion, now time.Time) error
	// NextDeletion locks the oldest deletion that is not pruned, or returns ErrNotFound. Those that others have locked
	// are stepped over.
	NextDeletion(ctx context.Context) (Deletion, error)
	// PruneVideos deletes up to limit video jobs of a deletion with their dead letters.
	PruneVideos(ctx context.Context, d Deletion, limit int) ([]Remains, error)
	// PruneRest deletes up to limit rows of each other kind, apart from the last event, and returns how many.
	PruneRest(ctx context.Context, d Deletion, limit int) (int64, error)
	// Pruned notes that a deletion has nothing left.
	Pruned(ctx context.Context, d Deletion) error
	// ForgetDeletions removes up to limit pruned deletions from before a time, with the last event of each.
	ForgetDeletions(ctx context.Context, before time.Time, limit int) (int, error)
	// AddBlobs stores keys of files to delete. Known ones stay as they are.
	AddBlobs(ctx context.Context, keys []string) error
	// LeaseBlobs gives up to limit keys of files to delete, and not again until a time.
	LeaseBlobs(ctx context.Context, limit int, until, now time.Time) ([]string, error)
	// ConfirmBlobs removes keys.
	ConfirmBlobs(ctx context.Context, keys []string) error
}

// orNone makes nothing found no error.
func orNone(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// DeleteBulkJob implements store.Store.
func (b *Book) DeleteBulkJob(ctx context.Context, r store.Request, k store.BulkKey, now time.Time) error {
	return b.write(ctx, now, func(ctx context.Context, w *work) error {
		return w.once(ctx, k.Project, r, k.Name(), func() error {
			b, err := w.bulk(ctx, k)
			if err != nil {
				return err
			}
			if !state.BulkFinished(b.State) {
				return &store.StateError{State: b.State.String(), Message: "only a finished bulk job can be deleted; cancel it first"}
			}
			event := &schedulerv1.JobEvent{Type: schedulerv1.JobEvent_BULK_JOB_DELETED, BulkJobState: b.State}
			if err := w.record(b, event, store.Counts{}); err != nil {
				return err
			}
			if err := w.flush(ctx); err != nil {
				return err
			}
			if err := w.dropFindings(ctx, k); err != nil {
				return err
			}
			return w.Unlink(ctx, Deletion{k, b.LastSequence}, now)
		})
	})
}

// Prune implements store.Store.
func (b *Book) Prune(ctx context.Context, limit int, now time.Time) (more bool, err error) {
	err = b.write(ctx, now, func(ctx context.Context, w *work) error {
		more = false
		d, err := w.NextDeletion(ctx)
		if err != nil {
			return orNone(err)
		}
		more = true
		videos, err := w.PruneVideos(ctx, d, limit)
		if err != nil {
			return err
		}
		keys, err := blobKeys(videos)
		if err != nil {
			return err
		}
		if len(keys) > 0 {
			w.wakes(store.TopicBlobs)
			if err := w.AddBlobs(ctx, keys); err != nil {
				return err
			}
		}
		if len(videos) > 0 {
			return nil
		}
		rest, err := w.PruneRest(ctx, d, limit)
		if err != nil || rest > 0 {
			return err
		}
		return w.Pruned(ctx, d)
	})
	return more, err
}

// blobKeys are the keys of the files of video jobs. One that is not in its video job's own folder is left out: no
// worker can have others' files deleted by the names that it reports.
func blobKeys(videos []Remains) ([]string, error) {
	var keys []string
	for _, v := range videos {
		made, err := Unmarshal(v.Result, &schedulerv1.VideoJob{})
		if err != nil {
			return nil, err
		}
		for _, a := range made.GetArtifacts() {
			if key := a.GetBlobKey(); strings.HasPrefix(key, v.Name()+"/") && !strings.Contains(key, "..") {
				keys = append(keys, key)
			}
		}
	}
	return keys, nil
}

// dropFindings has the file with the findings of a bulk job's import deleted, if there is one. As with the files of
// video jobs, only one in the bulk job's own folder.
func (w *work) dropFindings(ctx context.Context, k store.BulkKey) error {
	shown, err := w.ShowBulk(ctx, k)
	if err != nil {
		return err
	}
	key := shown.Report.GetFindingsBlobKey()
	if !strings.HasPrefix(key, k.Name()+"/") || strings.Contains(key, "..") {
		return nil
	}
	w.wakes(store.TopicBlobs)
	return w.AddBlobs(ctx, []string{key})
}

// ForgetDeletions implements store.Store.
func (b *Book) ForgetDeletions(ctx context.Context, before time.Time, limit int) (n int, err error) {
	err = b.db.Write(ctx, func(ctx context.Context, tx Tx) error {
		n, err = tx.ForgetDeletions(ctx, before, limit)
		return err
	})
	return n, err
}

// LeaseBlobs implements store.Store.
func (b *Book) LeaseBlobs(ctx context.Context, limit int, until, now time.Time) (keys []string, err error) {
	err = b.db.Write(ctx, func(ctx context.Context, tx Tx) error {
		keys, err = tx.LeaseBlobs(ctx, limit, until, now)
		return err
	})
	return keys, err
}

// ConfirmBlobs implements store.Store.
func (b *Book) ConfirmBlobs(ctx context.Context, keys []string) error {
	return b.db.Write(ctx, func(ctx context.Context, tx Tx) error { return tx.ConfirmBlobs(ctx, keys) })
}
