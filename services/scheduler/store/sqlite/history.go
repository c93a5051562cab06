package sqlite

import (
	"context"
	"database/sql"
	"time"

	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
)

// ProjectHistory implements ledger.Reader. A turn is the row's place: there is one writer, so nothing comes before
// what is there, and places are never given again.
func (r reader) ProjectHistory(ctx context.Context, project string, after store.ProjectPlace, limit int) (h ledger.ProjectHistory, err error) {
	last, err := rows(ctx, r.Tx, func(row *sql.Rows) (n int64, err error) { return n, row.Scan(&n) },
		`SELECT seq FROM sqlite_sequence WHERE name = 'job_events'`)
	if err != nil {
		return h, err
	}
	if len(last) > 0 {
		h.End.Turn = last[0]
	}
	h.Pages, err = rows(ctx, r.Tx, func(row *sql.Rows) (p ledger.ProjectPage, err error) {
		p.Project = project
		return p, row.Scan(&p.ID, &p.First, &p.Last, &p.Raw, &p.Place.Turn)
	}, `SELECT bulk_job, first_sequence, last_sequence, events, place FROM job_events WHERE project = ? AND place > ? ORDER BY place LIMIT ?`,
		project, after.Turn, limit)
	return h, err
}

// NextUncompacted implements ledger.Tx.
func (t *tx) NextUncompacted(ctx context.Context, endedBefore time.Time) (ledger.Uncompacted, error) {
	return first(rows(ctx, t.Tx, func(row *sql.Rows) (u ledger.Uncompacted, err error) {
		return u, row.Scan(&u.Project, &u.ID, &u.After)
	}, `SELECT project, id, compact_sequence FROM bulk_jobs
		WHERE end_ms IS NOT NULL AND compact_ms IS NOT end_ms AND end_ms < ? ORDER BY end_ms LIMIT 1`, endedBefore.UnixMilli()))
}

// Compact implements ledger.Tx.
func (t *tx) Compact(ctx context.Context, u ledger.Uncompacted, changed []ledger.EventPage) error {
	w := &writer{ctx: ctx, tx: t}
	for _, p := range changed {
		if p.Raw == nil {
			w.exec(`DELETE FROM job_events WHERE project = ? AND bulk_job = ? AND last_sequence = ?`, p.Project, p.ID, p.Last)
		} else {
			w.exec(`UPDATE job_events SET events = ? WHERE project = ? AND bulk_job = ? AND last_sequence = ?`, p.Raw, p.Project, p.ID, p.Last)
		}
	}
	w.exec(`UPDATE bulk_jobs SET compact_sequence = ?, compact_ms = CASE WHEN ? THEN end_ms ELSE compact_ms END WHERE project = ? AND id = ?`,
		u.After, u.Done, u.Project, u.ID)
	return w.err
}
