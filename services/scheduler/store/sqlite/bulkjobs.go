package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	statuspb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/proto"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

const bulkColumns = `b.project, b.id, b.user_id, b.state, b.spec, b.report, b.error, b.last_sequence, b.total, b.pending,
	b.running, b.completed, b.failed, b.skipped, b.cancelled, b.rate_limited, b.render_ms, b.import_done,
	b.create_ms, b.update_ms, b.start_ms, b.end_ms,
	(SELECT coalesce(sum(q.percent), 0) FROM queue q WHERE q.project = b.project AND q.bulk_job = b.id AND q.state IN (3, 4))
	FROM bulk_jobs b `

func bulks(ctx context.Context, q querier, where string, args ...any) ([]store.Bulk, error) {
	result, err := q.QueryContext(ctx, `SELECT `+bulkColumns+where, args...)
	if err != nil {
		return nil, err
	}
	defer result.Close()
	var all []store.Bulk
	for result.Next() {
		b, err := scanBulk(result)
		if err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	return all, result.Err()
}

func scanBulk(result *sql.Rows) (store.Bulk, error) {
	var b store.Bulk
	var spec, report, failure []byte
	var renderMS int64
	var created, updated, started, ended sql.NullInt64
	c := &b.Counts
	err := result.Scan(&b.Project, &b.ID, &b.User, &b.State, &spec, &report, &failure, &b.LastSequence, &c.Total, &c.Pending,
		&c.Running, &c.Completed, &c.Failed, &c.Skipped, &c.Cancelled, &c.RateLimited, &renderMS, &b.ImportDone,
		&created, &updated, &started, &ended, &b.RunningPercent)
	if err != nil {
		return b, err
	}
	b.RenderTime = time.Duration(renderMS) * time.Millisecond
	b.Created, b.Updated, b.Started, b.Ended = fromMillis(created), fromMillis(updated), fromMillis(started), fromMillis(ended)
	if b.Spec, err = unmarshal(spec, &schedulerv1.BulkJob{}); err != nil {
		return b, err
	}
	if b.Report, err = unmarshal(report, &ingestv1.ImportReport{}); err != nil {
		return b, err
	}
	b.Error, err = unmarshal(failure, &statuspb.Status{})
	return b, err
}

// bulk reads a bulk job, or ErrNotFound.
func bulk(ctx context.Context, q querier, k store.BulkKey) (store.Bulk, error) {
	all, err := bulks(ctx, q, `WHERE b.project = ? AND b.id = ?`, k.Project, k.ID)
	if err != nil {
		return store.Bulk{}, err
	}
	if len(all) == 0 {
		return store.Bulk{}, store.ErrNotFound
	}
	return all[0], nil
}

// BulkJob implements store.Store.
func (s *Store) BulkJob(ctx context.Context, k store.BulkKey) (b store.Bulk, err error) {
	err = s.db.Read(ctx, func(t *sql.Tx) error {
		b, err = bulk(ctx, t, k)
		return err
	})
	return b, err
}

// ListBulkJobs implements store.Store.
func (s *Store) ListBulkJobs(ctx context.Context, project, before string, limit int) (all []store.Bulk, err error) {
	err = s.db.Read(ctx, func(t *sql.Tx) error {
		all, err = bulks(ctx, t, `WHERE b.project = ? AND (? = '' OR b.id < ?) ORDER BY b.id DESC LIMIT ?`, project, before, before, limit)
		return err
	})
	return all, err
}

// CreateBulkJob implements store.Store.
func (s *Store) CreateBulkJob(ctx context.Context, r store.Request, b store.Bulk, now time.Time) (stored store.Bulk, created bool, err error) {
	err = s.write(ctx, now, func(t *tx) error {
		created = false
		earlier, err := t.requested(ctx, b.Project, r)
		if err != nil {
			return err
		}
		if earlier != "" {
			k, err := store.ParseBulk(earlier)
			if err != nil {
				return err
			}
			stored, err = bulk(ctx, t, k)
			failed := err == nil && (stored.State == state.BulkFailed || stored.State == state.BulkCancelled)
			gone := errors.Is(err, store.ErrNotFound)
			if err != nil && !gone {
				return err
			}
			if !gone && !(r.Derived && failed) {
				return nil
			}
		}
		spec, err := proto.Marshal(b.Spec)
		if err != nil {
			return err
		}
		_, err = t.ExecContext(ctx, `INSERT INTO bulk_jobs (project, id, user_id, state, spec, create_ms, update_ms)
			VALUES (?, ?, ?, ?, ?, ?, ?)`, b.Project, b.ID, b.User, state.BulkPending, spec, now.UnixMilli(), now.UnixMilli())
		if err != nil {
			return err
		}
		event := &schedulerv1.JobEvent{Type: schedulerv1.JobEvent_BULK_JOB_CREATED, BulkJobState: state.BulkPending}
		if err := t.record(ctx, b.BulkKey, event, store.Counts{}); err != nil {
			return err
		}
		if err := t.remember(ctx, b.Project, r, b.Name()); err != nil {
			return err
		}
		t.wakes(store.TopicImports)
		created = true
		stored, err = bulk(ctx, t, b.BulkKey)
		return err
	})
	return stored, created, err
}

// moveBulk takes a bulk job to a state, with its event.
func (t *tx) moveBulk(ctx context.Context, b *store.Bulk, to state.Bulk, why *statuspb.Status) error {
	if !state.BulkMayBecome(b.State, to) {
		return &store.StateError{State: b.State.String(), Message: fmt.Sprintf("a bulk job that is %s cannot become %s", b.State, to)}
	}
	raw, err := marshal(why)
	if err != nil {
		return err
	}
	var end any
	if state.BulkFinished(to) {
		end = t.now.UnixMilli()
	}
	_, err = t.ExecContext(ctx, `UPDATE bulk_jobs SET state = ?, error = ?, end_ms = ? WHERE project = ? AND id = ?`,
		to, raw, end, b.Project, b.ID)
	if err != nil {
		return err
	}
	b.State = to
	event := &schedulerv1.JobEvent{Type: schedulerv1.JobEvent_BULK_JOB_STATE_CHANGED, BulkJobState: to, Error: why}
	return t.record(ctx, b.BulkKey, event, store.Counts{})
}

// settle completes a bulk job when nothing is left to do, and opens it again when there is.
func (t *tx) settle(ctx context.Context, k store.BulkKey) error {
	b, err := bulk(ctx, t, k)
	if err != nil {
		return err
	}
	left := b.Counts.Pending + b.Counts.Running
	switch {
	case left == 0 && b.ImportDone && (b.State == state.BulkRunning || b.State == state.BulkIngesting || b.State == state.BulkPaused):
		return t.moveBulk(ctx, &b, state.BulkCompleted, nil)
	case left > 0 && b.State == state.BulkCompleted:
		return t.moveBulk(ctx, &b, state.BulkRunning, nil)
	}
	return nil
}

// Events implements store.Store.
func (s *Store) Events(ctx context.Context, k store.BulkKey, after int64, limit int) (all []*schedulerv1.JobEvent, err error) {
	err = s.db.Read(ctx, func(t *sql.Tx) error {
		all = nil
		result, err := t.QueryContext(ctx, `SELECT event FROM job_events
			WHERE project = ? AND bulk_job = ? AND sequence > ? ORDER BY sequence LIMIT ?`, k.Project, k.ID, after, limit)
		if err != nil {
			return err
		}
		defer result.Close()
		for result.Next() {
			var raw []byte
			if err := result.Scan(&raw); err != nil {
				return err
			}
			event, err := unmarshal(raw, &schedulerv1.JobEvent{})
			if err != nil {
				return err
			}
			all = append(all, event)
		}
		return result.Err()
	})
	return all, err
}
