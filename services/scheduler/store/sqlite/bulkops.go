package sqlite

import (
	"context"
	"time"

	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// steer runs a change of a bulk job once per request and returns the bulk job as it is afterwards.
func (s *Store) steer(ctx context.Context, r store.Request, k store.BulkKey, now time.Time, change func(t *tx, b *store.Bulk) error) (b store.Bulk, err error) {
	err = s.write(ctx, now, func(t *tx) error {
		err := t.once(ctx, k.Project, r, k.Name(), func() error {
			b, err := bulk(ctx, t, k)
			if err != nil {
				return err
			}
			return change(t, &b)
		})
		if err != nil {
			return err
		}
		b, err = bulk(ctx, t, k)
		return err
	})
	return b, err
}

// PauseBulkJob implements store.Store.
func (s *Store) PauseBulkJob(ctx context.Context, r store.Request, k store.BulkKey, now time.Time) (store.Bulk, error) {
	return s.steer(ctx, r, k, now, func(t *tx, b *store.Bulk) error {
		if b.State == state.BulkPaused {
			return nil
		}
		if err := t.moveBulk(ctx, b, state.BulkPaused, nil); err != nil {
			return err
		}
		if err := t.dropImport(ctx, k); err != nil {
			return err
		}
		running, err := rows(ctx, t, `WHERE q.project = ? AND q.bulk_job = ? AND q.state IN (3, 4)`, k.Project, k.ID)
		if err != nil {
			return err
		}
		for i := range running {
			if err := t.move(ctx, &running[i], state.Queued, nil); err != nil {
				return err
			}
		}
		return t.hold(ctx, k, true)
	})
}

// ResumeBulkJob implements store.Store.
func (s *Store) ResumeBulkJob(ctx context.Context, r store.Request, k store.BulkKey, now time.Time) (store.Bulk, error) {
	return s.steer(ctx, r, k, now, func(t *tx, b *store.Bulk) error {
		switch {
		case state.BulkFinished(b.State):
			return &store.StateError{State: b.State.String(), Message: "a finished bulk job cannot be resumed"}
		case b.State != state.BulkPaused:
			return nil
		}
		to := state.BulkPending
		if b.ImportDone {
			to = state.BulkRunning
		}
		if err := t.moveBulk(ctx, b, to, nil); err != nil {
			return err
		}
		t.wakes(store.TopicQueue)
		t.wakes(store.TopicImports)
		return t.hold(ctx, k, false)
	})
}

// CancelBulkJob implements store.Store.
func (s *Store) CancelBulkJob(ctx context.Context, r store.Request, k store.BulkKey, now time.Time) (store.Bulk, error) {
	return s.steer(ctx, r, k, now, func(t *tx, b *store.Bulk) error {
		if b.State == state.BulkCancelled {
			return nil
		}
		if state.BulkFinished(b.State) {
			return &store.StateError{State: b.State.String(), Message: "a finished bulk job cannot be cancelled"}
		}
		unfinished, err := rows(ctx, t, `WHERE q.project = ? AND q.bulk_job = ? AND q.state IN (1, 2, 3, 4, 5) ORDER BY v.position`, k.Project, k.ID)
		if err != nil {
			return err
		}
		for i := range unfinished {
			if err := t.move(ctx, &unfinished[i], state.Cancelled, nil); err != nil {
				return err
			}
		}
		if err := t.dropImport(ctx, k); err != nil {
			return err
		}
		return t.moveBulk(ctx, b, state.BulkCancelled, nil)
	})
}

// RetryBulkJob implements store.Store.
func (s *Store) RetryBulkJob(ctx context.Context, r store.Request, k store.BulkKey, now time.Time) (store.Bulk, error) {
	return s.steer(ctx, r, k, now, func(t *tx, b *store.Bulk) error {
		if b.State == state.BulkFailed {
			t.wakes(store.TopicImports)
			_, err := t.ExecContext(ctx, `UPDATE bulk_jobs SET import_done = 0, import_crashes = 0 WHERE project = ? AND id = ?`, k.Project, k.ID)
			if err != nil {
				return err
			}
			return t.moveBulk(ctx, b, state.BulkPending, nil)
		}
		failed, err := rows(ctx, t, `WHERE q.project = ? AND q.bulk_job = ? AND q.state = ? ORDER BY v.position`, k.Project, k.ID, state.Failed)
		if err != nil {
			return err
		}
		if len(failed) == 0 || b.State == state.BulkCancelled {
			return &store.StateError{State: b.State.String(), Message: "no video job of it has FAILED, so there is nothing to retry"}
		}
		for i := range failed {
			if err := t.requeue(ctx, &failed[i]); err != nil {
				return err
			}
		}
		return t.settle(ctx, k)
	})
}

// requeue starts a finished video job over, with fresh attempts.
func (t *tx) requeue(ctx context.Context, r *row) error {
	r.failures, r.crashes = 0, 0
	if err := t.move(ctx, r, state.Queued, nil); err != nil {
		return err
	}
	_, err := t.ExecContext(ctx, `DELETE FROM dead_letters WHERE project = ? AND id = ?`, r.Project, r.Video)
	return err
}

// hold keeps the waiting video jobs of a bulk job out of the claim, or lets them in.
func (t *tx) hold(ctx context.Context, k store.BulkKey, held bool) error {
	_, err := t.ExecContext(ctx, `UPDATE queue SET held = ? WHERE project = ? AND bulk_job = ?`, held, k.Project, k.ID)
	return err
}

// dropImport takes an import's lease away.
func (t *tx) dropImport(ctx context.Context, k store.BulkKey) error {
	_, err := t.ExecContext(ctx, `UPDATE bulk_jobs SET import_lease = NULL, import_worker = NULL, import_until_ms = NULL
		WHERE project = ? AND id = ?`, k.Project, k.ID)
	return err
}
