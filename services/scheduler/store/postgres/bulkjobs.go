package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	statuspb "google.golang.org/genproto/googleapis/rpc/status"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/pg"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
)

const bulkColumns = `b.project, b.id, b.user_id, b.state, d.spec, d.report, d.error, b.last_sequence, b.total, b.pending,
	b.running, b.completed, b.failed, b.skipped, b.cancelled, b.rate_limited, b.render_ms, b.import_done,
	b.create_ms, b.update_ms, b.start_ms, b.end_ms, b.cost_micros,
	(SELECT coalesce(sum(q.percent), 0) FROM running q WHERE q.project = b.project AND q.bulk_job = b.id AND b.running > 0), w.written_sequence, w.status
	FROM bulk_jobs b JOIN bulk_job_details d ON d.project = b.project AND d.id = b.id
	LEFT JOIN write_backs w ON w.project = b.project AND w.bulk_job = b.id `

func bulks(ctx context.Context, q querier, where string, args ...any) ([]store.Bulk, error) {
	rows, err := q.Query(ctx, `SELECT `+bulkColumns+where, args...)
	return collect(rows, err, scanBulk)
}

func scanBulk(row pgx.CollectableRow) (store.Bulk, error) {
	var b store.Bulk
	var spec, report, failure, writeBack []byte
	var written *int64
	var renderMS int64
	var created, updated, started, ended *int64
	c := &b.Counts
	err := row.Scan(&b.Project, &b.ID, &b.User, &b.State, &spec, &report, &failure, &b.LastSequence, &c.Total, &c.Pending,
		&c.Running, &c.Completed, &c.Failed, &c.Skipped, &c.Cancelled, &c.RateLimited, &renderMS, &b.ImportDone,
		&created, &updated, &started, &ended, &b.Cost, &b.RunningPercent, &written, &writeBack)
	if err != nil {
		return b, err
	}
	b.RenderTime = duration(renderMS)
	b.Created, b.Updated, b.Started, b.Ended = fromMillis(created), fromMillis(updated), fromMillis(started), fromMillis(ended)
	if b.Spec, err = ledger.Unmarshal(spec, &schedulerv1.BulkJob{}); err != nil {
		return b, err
	}
	if b.Report, err = ledger.Unmarshal(report, &ingestv1.ImportReport{}); err != nil {
		return b, err
	}
	b.Written = number(written)
	if b.WriteBack, err = ledger.Unmarshal(writeBack, &schedulerv1.WriteBack{}); err != nil {
		return b, err
	}
	b.Error, err = ledger.Unmarshal(failure, &statuspb.Status{})
	return b, err
}

// ListBulkJobs implements store.Store.
func (s *Store) ListBulkJobs(ctx context.Context, project, before string, limit int) ([]store.Bulk, error) {
	limited, cancel := s.db.Limit(ctx)
	defer cancel()
	all, err := bulks(limited, s.db.Pool, `WHERE b.project = $1 AND ($2::uuid IS NULL OR b.id < $2) ORDER BY b.id DESC LIMIT $3`, project, null(before), limit)
	return all, pg.Trouble(ctx, err)
}
