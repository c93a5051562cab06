package sqlite

import (
	"context"
	"database/sql"
	"time"

	statuspb "google.golang.org/genproto/googleapis/rpc/status"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
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
	if b.Spec, err = ledger.Unmarshal(spec, &schedulerv1.BulkJob{}); err != nil {
		return b, err
	}
	if b.Report, err = ledger.Unmarshal(report, &ingestv1.ImportReport{}); err != nil {
		return b, err
	}
	b.Error, err = ledger.Unmarshal(failure, &statuspb.Status{})
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
			event, err := ledger.Unmarshal(raw, &schedulerv1.JobEvent{})
			if err != nil {
				return err
			}
			all = append(all, event)
		}
		return result.Err()
	})
	return all, err
}
