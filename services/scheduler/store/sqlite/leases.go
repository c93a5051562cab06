package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// progressEvery is the least time between two progress events of a video job.
const progressEvery = time.Second

// Candidates implements store.Store.
func (s *Store) Candidates(ctx context.Context, skip []store.UserKey, limit int, now time.Time) (all []store.Candidate, err error) {
	users := make([]string, len(skip))
	for i, u := range skip {
		users[i] = u.Project + "/" + u.User
	}
	skipped, err := json.Marshal(users)
	if err != nil {
		return nil, err
	}
	err = s.db.Read(ctx, func(t *sql.Tx) error {
		all = nil
		result, err := t.QueryContext(ctx, `SELECT project, bulk_job, id, user_id FROM queue
			WHERE state IN (1, 2, 5) AND held = 0 AND due_ms <= ?
			AND project || '/' || user_id NOT IN (SELECT value FROM json_each(?))
			ORDER BY sort_key, id LIMIT ?`, now.UnixMilli(), string(skipped), limit)
		if err != nil {
			return err
		}
		defer result.Close()
		for result.Next() {
			var c store.Candidate
			if err := result.Scan(&c.Project, &c.ID, &c.Video, &c.User); err != nil {
				return err
			}
			all = append(all, c)
		}
		return result.Err()
	})
	return all, err
}

// Claim implements store.Store.
func (s *Store) Claim(ctx context.Context, claims []store.Claim, worker string, until, now time.Time) (all []store.Leased, err error) {
	err = s.write(ctx, now, func(t *tx) error {
		all = nil
		for _, c := range claims {
			r, err := one(ctx, t, `WHERE q.project = ? AND q.bulk_job = ? AND q.id = ? AND q.state IN (1, 2, 5) AND q.held = 0 AND q.due_ms <= ?`,
				c.Project, c.ID, c.Video, now.UnixMilli())
			if errors.Is(err, store.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			leased, err := t.claim(ctx, &r, c.Lease, worker, until)
			if err != nil {
				return err
			}
			all = append(all, leased)
		}
		return nil
	})
	return all, err
}

func (t *tx) claim(ctx context.Context, r *row, lease, worker string, until time.Time) (store.Leased, error) {
	r.attempt++
	r.lease, r.until, r.start, r.progressed = lease, until, t.now, time.UnixMilli(0)
	if err := t.move(ctx, r, state.Dispatched, nil); err != nil {
		return store.Leased{}, err
	}
	_, err := t.ExecContext(ctx, `INSERT INTO attempts (project, bulk_job, video_job, number, worker, start_ms) VALUES (?, ?, ?, ?, ?, ?)`,
		r.Project, r.ID, r.Video, r.attempt, worker, t.now.UnixMilli())
	if err != nil {
		return store.Leased{}, err
	}
	_, err = t.ExecContext(ctx, `UPDATE bulk_jobs SET start_ms = coalesce(start_ms, ?) WHERE project = ? AND id = ?`,
		t.now.UnixMilli(), r.Project, r.ID)
	if err != nil {
		return store.Leased{}, err
	}
	v, err := video(ctx, t, r.VideoKey)
	if err != nil {
		return store.Leased{}, err
	}
	b, err := bulk(ctx, t, r.BulkKey)
	if err != nil {
		return store.Leased{}, err
	}
	return store.Leased{Lease: lease, Video: v, RenderOptions: b.Spec.GetRenderOptions()}, nil
}

// Park implements store.Store.
func (s *Store) Park(ctx context.Context, keys []store.VideoKey, until, now time.Time) error {
	return s.write(ctx, now, func(t *tx) error {
		for _, k := range keys {
			r, err := one(ctx, t, `WHERE q.project = ? AND q.bulk_job = ? AND q.id = ? AND q.state IN (1, 2, 5) AND q.held = 0`, k.Project, k.ID, k.Video)
			if errors.Is(err, store.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			r.due = until
			if err := t.move(ctx, &r, state.RateLimited, nil); err != nil {
				return err
			}
		}
		return nil
	})
}

// Renew implements store.Store.
func (s *Store) Renew(ctx context.Context, renewals []store.Renewal, until, now time.Time) (answers []schedulerv1.LeaseStatus_Verdict, err error) {
	err = s.write(ctx, now, func(t *tx) error {
		answers = make([]schedulerv1.LeaseStatus_Verdict, len(renewals))
		for i, n := range renewals {
			r, err := t.leased(ctx, n.Lease)
			if errors.Is(err, store.ErrLeaseLost) {
				answers[i] = schedulerv1.LeaseStatus_LOST
				if r.state == state.Cancelled {
					answers[i] = schedulerv1.LeaseStatus_CANCEL
				}
				continue
			}
			if err != nil {
				return err
			}
			r.until = until
			if err := t.renew(ctx, &r, n.Progress); err != nil {
				return err
			}
			answers[i] = schedulerv1.LeaseStatus_OK
		}
		return nil
	})
	return answers, err
}

// renew stores a lease's new end and progress; an event tells of it when a second has passed or the stage changed.
func (t *tx) renew(ctx context.Context, r *row, p *schedulerv1.RenderProgress) error {
	stageChanged := p.GetStage() != r.stage
	moved := stageChanged || p.GetPercent() > r.percent
	if p != nil {
		r.percent, r.stage, r.eta = max(p.GetPercent(), r.percent), p.GetStage(), p.GetEta().AsDuration()
	}
	if r.state == state.Dispatched {
		r.progressed = t.now
		return t.move(ctx, r, state.InProgress, nil)
	}
	if !moved || !stageChanged && t.now.Sub(r.progressed) < progressEvery {
		return t.put(ctx, r)
	}
	r.progressed = t.now
	if err := t.put(ctx, r); err != nil {
		return err
	}
	return t.record(ctx, r.BulkKey, r.event(schedulerv1.JobEvent_VIDEO_JOB_PROGRESS), store.Counts{})
}

// Complete implements store.Store.
func (s *Store) Complete(ctx context.Context, lease string, result store.Result, now time.Time) error {
	return s.write(ctx, now, func(t *tx) error {
		r, err := t.leased(ctx, lease)
		if errors.Is(err, store.ErrLeaseLost) && r.state == state.Completed {
			return nil // the same report once more: its first answer was lost
		}
		if err != nil {
			return err
		}
		raw, err := proto.Marshal(&schedulerv1.VideoJob{Artifacts: result.Artifacts, VideoDuration: durationpb.New(result.VideoDuration)})
		if err != nil {
			return err
		}
		_, err = t.ExecContext(ctx, `UPDATE video_jobs SET result = ? WHERE project = ? AND bulk_job = ? AND id = ?`, raw, r.Project, r.ID, r.Video)
		if err != nil {
			return err
		}
		_, err = t.ExecContext(ctx, `UPDATE bulk_jobs SET render_ms = render_ms + ? WHERE project = ? AND id = ?`,
			now.Sub(r.start).Milliseconds(), r.Project, r.ID)
		if err != nil {
			return err
		}
		r.percent, r.stage, r.eta = 100, "", 0
		if err := t.move(ctx, &r, state.Completed, nil); err != nil {
			return err
		}
		return t.settle(ctx, r.BulkKey)
	})
}

// Fail implements store.Store.
func (s *Store) Fail(ctx context.Context, lease string, f store.Failure, retry store.Retry, now time.Time) (to schedulerv1.VideoJob_State, err error) {
	err = s.write(ctx, now, func(t *tx) error {
		r, err := t.leased(ctx, lease)
		if err != nil {
			return err
		}
		v, err := video(ctx, t, r.VideoKey)
		if err != nil {
			return err
		}
		b, err := bulk(ctx, t, r.BulkKey)
		if err != nil {
			return err
		}
		r.failures++
		to = state.Failed
		if at, ok := retry(v, b.Spec.GetRetryPolicy(), r.failures); ok {
			to, r.due = state.Retrying, at
		}
		if err := t.giveBack(ctx, &r, to, f); err != nil {
			return err
		}
		return t.settle(ctx, r.BulkKey)
	})
	return to, err
}

// giveBack ends an attempt with a failure; a job that gives up becomes a dead letter.
func (t *tx) giveBack(ctx context.Context, r *row, to state.Video, f store.Failure) error {
	if err := t.move(ctx, r, to, f.Error); err != nil {
		return err
	}
	if to != state.Failed {
		return nil
	}
	_, err := t.ExecContext(ctx, `INSERT OR REPLACE INTO dead_letters (project, id, bulk_job, class, create_ms) VALUES (?, ?, ?, ?, ?)`,
		r.Project, r.Video, r.ID, f.Class, t.now.UnixMilli())
	return err
}

// Release implements store.Store.
func (s *Store) Release(ctx context.Context, lease string, now time.Time) error {
	return s.write(ctx, now, func(t *tx) error {
		r, err := t.leased(ctx, lease)
		if err != nil {
			return err
		}
		return t.move(ctx, &r, state.Queued, nil)
	})
}

// Expire implements store.Store.
func (s *Store) Expire(ctx context.Context, limit int, now time.Time) (n int, err error) {
	err = s.write(ctx, now, func(t *tx) error {
		over, err := rows(ctx, t, `WHERE q.until_ms <= ? ORDER BY q.until_ms LIMIT ?`, now.UnixMilli(), limit)
		if err != nil {
			return err
		}
		n = len(over)
		for i := range over {
			r := &over[i]
			r.crashes++
			lost := errs.New(codes.Unavailable, errorsv1.ErrorReason_WORKER_LOST, "the worker did not report in time")
			to := state.Queued
			if r.crashes >= store.MaxCrashes {
				to = state.Failed
				lost = errs.New(codes.Aborted, errorsv1.ErrorReason_WORKER_LOST, "three workers were lost with this video job; it is set aside")
			}
			failure := store.Failure{Class: schedulerv1.FailureClass_POISON, Error: status.Convert(lost).Proto()}
			if err := t.giveBack(ctx, r, to, failure); err != nil {
				return err
			}
			if err := t.settle(ctx, r.BulkKey); err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}

// NextDue implements store.Store.
func (s *Store) NextDue(ctx context.Context, now time.Time) (at time.Time, ok bool, err error) {
	err = s.db.Read(ctx, func(t *sql.Tx) error {
		var due sql.NullInt64
		err := t.QueryRowContext(ctx, `SELECT min(due_ms) FROM queue WHERE state IN (1, 2, 5) AND held = 0 AND due_ms > ?`, now.UnixMilli()).Scan(&due)
		at, ok = fromMillis(due), due.Valid
		return err
	})
	return at, ok, err
}
