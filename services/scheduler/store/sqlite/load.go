package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
)

// Request implements ledger.Tx.
func (t *tx) Request(ctx context.Context, project string, r store.Request, now time.Time) (hash, resource string, err error) {
	_, err = rows(ctx, t.Tx, func(row *sql.Rows) (struct{}, error) { return struct{}{}, row.Scan(&hash, &resource) },
		`SELECT hash, resource FROM requests WHERE project = ? AND method = ? AND request_id = ? AND expire_ms > ?`,
		project, r.Method, r.ID, now.UnixMilli())
	return hash, resource, err
}

func scanLocked(row *sql.Rows) (*ledger.Bulk, error) {
	b := &ledger.Bulk{}
	c := &b.Counts
	var renderMS int64
	var lease, worker sql.NullString
	var until, start, end sql.NullInt64
	err := row.Scan(&b.Project, &b.ID, &b.User, &b.State, &b.LastSequence, &c.Total, &c.Pending, &c.Running, &c.Completed,
		&c.Failed, &c.Skipped, &c.Cancelled, &c.RateLimited, &renderMS, &b.ImportDone, &lease, &worker, &until,
		&b.ImportCrashes, &start, &end)
	b.RenderTime = time.Duration(renderMS) * time.Millisecond
	b.Import = store.NewLease{ID: lease.String, Worker: worker.String, Until: fromMillis(until)}
	b.Started, b.Ended = fromMillis(start), fromMillis(end)
	return b, err
}

func (t *tx) bulks(ctx context.Context, where string, args ...any) ([]*ledger.Bulk, error) {
	return rows(ctx, t.Tx, scanLocked, `SELECT project, id, user_id, state, last_sequence, total, pending, running, completed, failed, skipped,
		cancelled, rate_limited, render_ms, import_done, import_lease, import_worker, import_until_ms, import_crashes, start_ms, end_ms
		FROM bulk_jobs `+where, args...)
}

// Bulks implements ledger.Tx.
func (t *tx) Bulks(ctx context.Context, keys []store.BulkKey) ([]*ledger.Bulk, error) {
	var all []*ledger.Bulk
	for _, k := range keys {
		found, err := t.bulks(ctx, `WHERE project = ? AND id = ?`, k.Project, k.ID)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// BulkOfImport implements ledger.Tx.
func (t *tx) BulkOfImport(ctx context.Context, lease string) (*ledger.Bulk, error) {
	return first(t.bulks(ctx, `WHERE import_lease = ?`, lease))
}

// NextImport implements ledger.Tx.
func (t *tx) NextImport(ctx context.Context, now time.Time) (*ledger.Bulk, error) {
	return first(t.bulks(ctx, `WHERE state IN (1, 2) AND import_done = 0 AND (import_until_ms IS NULL OR import_until_ms <= ?)
		ORDER BY create_ms LIMIT 1`, now.UnixMilli()))
}

// Jobs implements ledger.Tx.
func (t *tx) Jobs(ctx context.Context, keys []store.VideoKey) ([]*ledger.Bulk, []*ledger.Job, error) {
	all, err := t.ShowJobs(ctx, keys)
	return t.withBulks(ctx, all, err)
}

// sameColumns are those that a row takes along when it moves as it is.
const sameColumns = `project, bulk_job, id, user_id, provider, position, last_on_page, priority, max_attempts, sort_key, failures, crashes, edited`

// Claim implements ledger.Tx.
func (t *tx) Claim(ctx context.Context, leases []ledger.Lease, worker string, until, now time.Time) ([]*ledger.Bulk, []*ledger.Job, error) {
	const mayStart = ` AND held = 0 AND due_ms <= ?`
	var all []*ledger.Job
	for _, l := range leases {
		_, err := t.ExecContext(ctx, `INSERT INTO running (`+sameColumns+`, error, state, attempt, lease, worker, until_ms, start_ms, stage, percent, eta_ms, progress_event_ms)
			SELECT `+sameColumns+`, error, 3, attempt + 1, ?, ?, ?, ?, '', 0, 0, 0 FROM queue `+byKey+mayStart,
			l.ID, worker, until.UnixMilli(), now.UnixMilli(), l.Project, l.VideoKey.ID, l.Video, now.UnixMilli())
		if err != nil {
			return nil, nil, err
		}
		waited, err := rows(ctx, t.Tx, scanJob, `DELETE FROM queue `+byKey+mayStart+` RETURNING 1, `+queueColumns,
			l.Project, l.VideoKey.ID, l.Video, now.UnixMilli())
		if err != nil {
			return nil, nil, err
		}
		all = append(all, waited...)
	}
	return t.withBulks(ctx, all, nil)
}

// Finish implements ledger.Tx.
func (t *tx) Finish(ctx context.Context, done []ledger.Done, _ []store.BulkKey) ([]*ledger.Bulk, []*ledger.Job, error) {
	const inForce = ` AND lease = ? AND until_ms > ?`
	var all []*ledger.Job
	for _, d := range done {
		now := d.Now.UnixMilli()
		_, err := t.ExecContext(ctx, `INSERT INTO finished (`+sameColumns+`, state, attempt, lease, worker, start_ms, end_ms, result)
			SELECT `+sameColumns+`, 6, attempt, lease, worker, start_ms, ?, ? FROM running `+byKey+inForce,
			now, blob(d.Result), d.Project, d.VideoKey.ID, d.Video, d.Lease.ID, now)
		if err != nil {
			return nil, nil, err
		}
		ran, err := rows(ctx, t.Tx, scanJob, `DELETE FROM running `+byKey+inForce+` RETURNING 2, `+runningColumns,
			d.Project, d.VideoKey.ID, d.Video, d.Lease.ID, now)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, ran...)
	}
	return t.withBulks(ctx, all, nil)
}

func (t *tx) withBulks(ctx context.Context, all []*ledger.Job, err error) ([]*ledger.Bulk, []*ledger.Job, error) {
	if err != nil {
		return nil, nil, err
	}
	var of []store.BulkKey
	seen := map[store.BulkKey]bool{}
	for _, j := range all {
		if !seen[j.BulkKey] {
			seen[j.BulkKey] = true
			of = append(of, j.BulkKey)
		}
	}
	bulks, err := t.Bulks(ctx, of)
	return bulks, all, err
}

// JobsIn implements ledger.Tx.
func (t *tx) JobsIn(ctx context.Context, k store.BulkKey, states []state.Video) ([]*ledger.Job, error) {
	list, err := json.Marshal(states)
	if err != nil {
		return nil, err
	}
	const where = `WHERE project = ?1 AND bulk_job = ?2 AND state IN (SELECT value FROM json_each(?3))`
	return rows(ctx, t.Tx, scanJob, inQueue+where+` UNION ALL `+inRunning+where+` UNION ALL `+inFinished+where+` ORDER BY position`, k.Project, k.ID, string(list))
}

// Overdue implements ledger.Tx.
func (t *tx) Overdue(ctx context.Context, limit int, now time.Time) ([]store.VideoKey, error) {
	return rows(ctx, t.Tx, func(row *sql.Rows) (k store.VideoKey, err error) {
		return k, row.Scan(&k.Project, &k.ID, &k.Video)
	}, `SELECT project, bulk_job, id FROM running WHERE until_ms <= ? ORDER BY until_ms LIMIT ?`, now.UnixMilli(), limit)
}
