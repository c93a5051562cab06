package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	statuspb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	kitsqlite "github.com/sheetreel/sheetreel/kit/sqlite"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// LeaseImport implements store.Store.
func (s *Store) LeaseImport(ctx context.Context, l store.NewLease, now time.Time) (b store.Bulk, err error) {
	found := false
	err = s.write(ctx, now, func(t *tx) error {
		for found = false; ; {
			// The oldest bulk job whose sheet nobody reads, with how often its reader was lost.
			var k store.BulkKey
			var lost sql.NullString
			var crashes int
			err := t.QueryRowContext(ctx, `SELECT project, id, import_lease, import_crashes FROM bulk_jobs
				WHERE state IN (1, 2) AND import_done = 0 AND (import_until_ms IS NULL OR import_until_ms <= ?)
				ORDER BY create_ms LIMIT 1`, now.UnixMilli()).Scan(&k.Project, &k.ID, &lost, &crashes)
			if errors.Is(err, sql.ErrNoRows) {
				return nil // and keep what was given up on the way
			}
			if err != nil {
				return err
			}
			if b, err = bulk(ctx, t, k); err != nil {
				return err
			}
			if lost.Valid {
				crashes++
			}
			if crashes >= store.MaxCrashes {
				why := errs.New(codes.Unavailable, errorsv1.ErrorReason_WORKER_LOST, "reading the sheet was tried three times, and each time the reader was lost")
				if err := t.endImport(ctx, &b, nil, state.BulkFailed, status.Convert(why).Proto()); err != nil {
					return err
				}
				continue
			}
			_, err = t.ExecContext(ctx, `UPDATE bulk_jobs SET import_lease = ?, import_worker = ?, import_until_ms = ?, import_crashes = ?
				WHERE project = ? AND id = ?`, l.ID, l.Worker, l.Until.UnixMilli(), crashes, k.Project, k.ID)
			if err != nil {
				return err
			}
			if b.State == state.BulkPending {
				if err := t.moveBulk(ctx, &b, state.BulkIngesting, nil); err != nil {
					return err
				}
			}
			found = true
			b, err = bulk(ctx, t, k)
			return err
		}
	})
	if err == nil && !found {
		err = store.ErrNotFound
	}
	return b, err
}

// importing reads the bulk job of an import's lease that is in force, or ErrLeaseLost.
func (t *tx) importing(ctx context.Context, lease string) (store.Bulk, error) {
	all, err := bulks(ctx, t, `WHERE b.import_lease = ? AND b.import_until_ms > ?`, lease, t.now.UnixMilli())
	if err != nil {
		return store.Bulk{}, err
	}
	if len(all) == 0 {
		return store.Bulk{}, store.ErrLeaseLost
	}
	return all[0], nil
}

// RenewImport implements store.Store.
func (s *Store) RenewImport(ctx context.Context, lease string, until, now time.Time) error {
	return s.write(ctx, now, func(t *tx) error {
		b, err := t.importing(ctx, lease)
		if err != nil {
			return err
		}
		_, err = t.ExecContext(ctx, `UPDATE bulk_jobs SET import_until_ms = ? WHERE project = ? AND id = ?`, until.UnixMilli(), b.Project, b.ID)
		return err
	})
}

// AppendVideoJobs implements store.Store.
func (s *Store) AppendVideoJobs(ctx context.Context, lease string, jobs []store.NewVideo, place store.Place, now time.Time) (appended int, err error) {
	err = s.write(ctx, now, func(t *tx) error {
		appended = 0
		b, err := t.importing(ctx, lease)
		if err != nil {
			return err
		}
		for _, j := range jobs {
			place(b, &j, now)
			isNew, err := t.appendVideo(ctx, b, j)
			if err != nil {
				return err
			}
			if isNew {
				appended++
			}
		}
		t.wakes(store.TopicQueue)
		return nil
	})
	return appended, err
}

func (t *tx) appendVideo(ctx context.Context, b store.Bulk, j store.NewVideo) (bool, error) {
	idea, err := marshal(j.Idea)
	if err != nil {
		return false, err
	}
	first, why, end := state.Queued, []byte(nil), any(nil)
	if j.Skip != nil {
		raw, err := marshal(j.Skip)
		if err != nil {
			return false, err
		}
		first, why, end = state.Skipped, raw.([]byte), t.now.UnixMilli()
	}
	_, err = t.ExecContext(ctx, `INSERT INTO video_jobs
		(project, bulk_job, id, position, row_key, row_number, title, priority, max_attempts, idea, error, create_ms, end_ms)
		VALUES (?, ?, ?, (SELECT coalesce(max(position), 0) + 1 FROM video_jobs WHERE project = ? AND bulk_job = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		b.Project, b.ID, j.ID, b.Project, b.ID, j.Idea.GetRowKey(), j.Idea.GetRowNumber(), j.Idea.GetTitle(), j.Priority,
		j.MaxAttempts, idea, why, t.now.UnixMilli(), end)
	if kitsqlite.IsUnique(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	r := row{VideoKey: store.VideoKey{BulkKey: b.BulkKey, Video: j.ID}, user: b.User, state: first, title: j.Idea.GetTitle(), rowNumber: j.Idea.GetRowNumber()}
	_, err = t.ExecContext(ctx, `INSERT INTO queue (project, bulk_job, id, user_id, state, sort_key) VALUES (?, ?, ?, ?, ?, ?)`,
		r.Project, r.ID, r.Video, r.user, r.state, j.SortKey)
	if err != nil {
		return false, err
	}
	event := r.event(schedulerv1.JobEvent_VIDEO_JOB_CREATED)
	event.Error = j.Skip
	return true, t.record(ctx, b.BulkKey, event, between(schedulerv1.VideoJob_STATE_UNSPECIFIED, first))
}

// CompleteImport implements store.Store.
func (s *Store) CompleteImport(ctx context.Context, lease string, report *ingestv1.ImportReport, now time.Time) error {
	return s.write(ctx, now, func(t *tx) error {
		b, err := t.importing(ctx, lease)
		if err != nil {
			return err
		}
		if err := t.endImport(ctx, &b, report, state.BulkRunning, nil); err != nil {
			return err
		}
		return t.settle(ctx, b.BulkKey)
	})
}

// FailImport implements store.Store.
func (s *Store) FailImport(ctx context.Context, lease string, report *ingestv1.ImportReport, why *statuspb.Status, now time.Time) error {
	return s.write(ctx, now, func(t *tx) error {
		b, err := t.importing(ctx, lease)
		if err != nil {
			return err
		}
		// What a half-read sheet has queued must not run in a bulk job that failed.
		queued, err := rows(ctx, t, `WHERE q.project = ? AND q.bulk_job = ? AND q.state IN (1, 2, 3, 4, 5) ORDER BY v.position`, b.Project, b.ID)
		if err != nil {
			return err
		}
		for i := range queued {
			if err := t.move(ctx, &queued[i], state.Cancelled, nil); err != nil {
				return err
			}
		}
		return t.endImport(ctx, &b, report, state.BulkFailed, why)
	})
}

// endImport stores what an import found and takes the bulk job to its next state.
func (t *tx) endImport(ctx context.Context, b *store.Bulk, report *ingestv1.ImportReport, to state.Bulk, why *statuspb.Status) error {
	raw, err := marshal(report)
	if err != nil {
		return err
	}
	_, err = t.ExecContext(ctx, `UPDATE bulk_jobs SET report = ?, import_done = ?, import_lease = NULL, import_worker = NULL, import_until_ms = NULL
		WHERE project = ? AND id = ?`, raw, to == state.BulkRunning, b.Project, b.ID)
	if err != nil {
		return err
	}
	return t.moveBulk(ctx, b, to, why)
}
