package sqlite

import (
	"context"
	"database/sql"
	"time"

	statuspb "google.golang.org/genproto/googleapis/rpc/status"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	kitsqlite "github.com/sheetreel/sheetreel/kit/sqlite"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
)

const bulkColumns = `b.project, b.id, b.user_id, b.state, b.spec, b.report, b.error, b.last_sequence, b.total, b.pending,
	b.running, b.completed, b.failed, b.skipped, b.cancelled, b.rate_limited, b.render_ms, b.import_done,
	b.create_ms, b.update_ms, b.start_ms, b.end_ms, b.cost_micros,
	(SELECT coalesce(sum(q.percent), 0) FROM running q WHERE q.project = b.project AND q.bulk_job = b.id AND b.running > 0), w.written_sequence, w.status
	FROM bulk_jobs b LEFT JOIN write_backs w ON w.project = b.project AND w.bulk_job = b.id `

func bulks(ctx context.Context, t *kitsqlite.Tx, where string, args ...any) ([]store.Bulk, error) {
	return rows(ctx, t, scanBulk, `SELECT `+bulkColumns+where, args...)
}

func scanBulk(result *sql.Rows) (store.Bulk, error) {
	var b store.Bulk
	var spec, report, failure, writeBack []byte
	var written sql.NullInt64
	var renderMS int64
	var created, updated, started, ended sql.NullInt64
	c := &b.Counts
	err := result.Scan(&b.Project, &b.ID, &b.User, &b.State, &spec, &report, &failure, &b.LastSequence, &c.Total, &c.Pending,
		&c.Running, &c.Completed, &c.Failed, &c.Skipped, &c.Cancelled, &c.RateLimited, &renderMS, &b.ImportDone,
		&created, &updated, &started, &ended, &b.Cost, &b.RunningPercent, &written, &writeBack)
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
	b.Written = written.Int64
	if b.WriteBack, err = ledger.Unmarshal(writeBack, &schedulerv1.WriteBack{}); err != nil {
		return b, err
	}
	b.Error, err = ledger.Unmarshal(failure, &statuspb.Status{})
	return b, err
}

// ListBulkJobs implements store.Store.
func (s *Store) ListBulkJobs(ctx context.Context, project, before string, limit int) (all []store.Bulk, err error) {
	err = s.db.Read(ctx, func(t *kitsqlite.Tx) error {
		all, err = bulks(ctx, t, `WHERE b.project = ? AND (? = '' OR b.id < ?) ORDER BY b.id DESC LIMIT ?`, project, before, before, limit)
		return err
	})
	return all, err
}
