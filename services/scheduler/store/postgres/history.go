package postgres

import (
	"context"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
)

// firstID is before every UUID.
const firstID = "00000000-0000-0000-0000-000000000000"

// projectPages reads pages in the order of their index.
const projectPages = `SELECT e.bulk_job, e.first_sequence, e.last_sequence, e.events, e.turn::text::bigint FROM job_events AS e
	WHERE e.project = $1 AND (e.turn, e.bulk_job, e.last_sequence) > ($2::text::xid8, $3::uuid, $4::bigint)
	AND e.turn < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY e.turn, e.bulk_job, e.last_sequence LIMIT $5::bigint`

// ProjectHistory implements ledger.Reader. The end is the oldest transaction under way, of the whole server: a page
// with a smaller turn was written by a transaction that is over, and so are all that could write one before it.
func (r reader) ProjectHistory(ctx context.Context, project string, after store.ProjectPlace, limit int) (h ledger.ProjectHistory, err error) {
	if after.BulkJob == "" {
		after.BulkJob = firstID
	}
	b := &pgx.Batch{}
	b.Queue(`SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint, EXISTS (SELECT FROM job_events
		WHERE project = $1 AND turn >= pg_snapshot_xmin(pg_current_snapshot()))`, project).
		QueryRow(func(row pgx.Row) error { return row.Scan(&h.End.Turn, &h.Held) })
	b.Queue(projectPages,
		project, strconv.FormatInt(max(after.Turn, 0), 10), after.BulkJob, after.Last, limit).
		Query(into(&h.Pages, func(row pgx.CollectableRow) (p ledger.ProjectPage, err error) {
			p.Project = project
			err = row.Scan(&p.ID, &p.First, &p.Last, &p.Raw, &p.Place.Turn)
			p.Place.BulkJob, p.Place.Last = p.ID, p.Last
			return p, err
		}))
	err = r.SendBatch(ctx, b).Close()
	return h, err
}

// NextUncompacted implements ledger.Tx.
func (t *tx) NextUncompacted(ctx context.Context, endedBefore time.Time) (ledger.Uncompacted, error) {
	rows, err := t.Query(ctx, `SELECT project, id, compact_sequence FROM bulk_jobs
		WHERE end_ms IS NOT NULL AND compact_ms IS DISTINCT FROM end_ms AND end_ms < $1 ORDER BY end_ms LIMIT 1 FOR UPDATE SKIP LOCKED`, endedBefore.UnixMilli())
	return first(collect(rows, err, func(row pgx.CollectableRow) (u ledger.Uncompacted, err error) {
		return u, row.Scan(&u.Project, &u.ID, &u.After)
	}))
}

// Compact implements ledger.Tx.
func (t *tx) Compact(ctx context.Context, u ledger.Uncompacted, changed []ledger.EventPage) error {
	b := &pgx.Batch{}
	for _, p := range changed {
		if p.Raw == nil {
			b.Queue(`DELETE FROM job_events WHERE project = $1 AND bulk_job = $2 AND last_sequence = $3`, p.Project, p.ID, p.Last)
		} else {
			b.Queue(`UPDATE job_events SET events = $4 WHERE project = $1 AND bulk_job = $2 AND last_sequence = $3`, p.Project, p.ID, p.Last, p.Raw)
		}
	}
	b.Queue(`UPDATE bulk_jobs SET compact_sequence = $3, compact_ms = CASE WHEN $4 THEN end_ms ELSE compact_ms END
		WHERE project = $1 AND id = $2`, u.Project, u.ID, u.After, u.Done)
	return t.SendBatch(ctx, b).Close()
}
