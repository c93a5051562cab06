package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
)

// Request implements ledger.Tx.
func (t *tx) Request(ctx context.Context, project string, r store.Request, now time.Time) (hash, resource string, err error) {
	err = t.QueryRowContext(ctx, `SELECT hash, resource FROM requests
		WHERE project = ? AND method = ? AND request_id = ? AND expire_ms > ?`,
		project, r.Method, r.ID, now.UnixMilli()).Scan(&hash, &resource)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return hash, resource, err
}

const ledgerBulkColumns = `project, id, user_id, state, last_sequence, total, pending, running, completed, failed, skipped,
	cancelled, rate_limited, render_ms, import_done, import_lease, import_worker, import_until_ms, import_crashes, start_ms, end_ms`

func ledgerBulks(ctx context.Context, q querier, where string, args ...any) ([]*ledger.Bulk, error) {
	found, err := q.QueryContext(ctx, `SELECT `+ledgerBulkColumns+` FROM bulk_jobs `+where, args...)
	return collect(found, err, func(rows *sql.Rows) (*ledger.Bulk, error) {
		b := &ledger.Bulk{}
		c := &b.Counts
		var renderMS int64
		var lease, worker sql.NullString
		var until, start, end sql.NullInt64
		err := rows.Scan(&b.Project, &b.ID, &b.User, &b.State, &b.LastSequence, &c.Total, &c.Pending, &c.Running, &c.Completed,
			&c.Failed, &c.Skipped, &c.Cancelled, &c.RateLimited, &renderMS, &b.ImportDone, &lease, &worker, &until,
			&b.ImportCrashes, &start, &end)
		b.RenderTime = time.Duration(renderMS) * time.Millisecond
		b.Import = store.NewLease{ID: lease.String, Worker: worker.String, Until: fromMillis(until)}
		b.Started, b.Ended = fromMillis(start), fromMillis(end)
		return b, err
	})
}

func oneBulk(all []*ledger.Bulk, err error) (*ledger.Bulk, error) {
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, store.ErrNotFound
	}
	return all[0], nil
}

// Bulks implements ledger.Tx.
func (t *tx) Bulks(ctx context.Context, keys []store.BulkKey) ([]*ledger.Bulk, error) {
	var all []*ledger.Bulk
	for _, k := range keys {
		found, err := ledgerBulks(ctx, t, `WHERE project = ? AND id = ?`, k.Project, k.ID)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// BulkOfImport implements ledger.Tx.
func (t *tx) BulkOfImport(ctx context.Context, lease string) (*ledger.Bulk, error) {
	return oneBulk(ledgerBulks(ctx, t, `WHERE import_lease = ?`, lease))
}

// NextImport implements ledger.Tx.
func (t *tx) NextImport(ctx context.Context, now time.Time) (*ledger.Bulk, error) {
	return oneBulk(ledgerBulks(ctx, t, `WHERE state IN (1, 2) AND import_done = 0 AND (import_until_ms IS NULL OR import_until_ms <= ?)
		ORDER BY create_ms LIMIT 1`, now.UnixMilli()))
}

const jobColumns = `q.project, q.bulk_job, q.id, q.user_id, q.state, q.held, q.sort_key, q.due_ms, q.attempt, q.failures, q.crashes,
	q.lease, q.until_ms, q.start_ms, q.percent, q.stage, q.eta_ms, q.progress_event_ms, v.title, v.row_number
	FROM queue q JOIN video_jobs v ON v.project = q.project AND v.bulk_job = q.bulk_job AND v.id = q.id `

func jobs(ctx context.Context, q querier, where string, args ...any) ([]*ledger.Job, error) {
	found, err := q.QueryContext(ctx, `SELECT `+jobColumns+where, args...)
	return collect(found, err, func(rows *sql.Rows) (*ledger.Job, error) {
		j := &ledger.Job{}
		var lease sql.NullString
		var until, start sql.NullInt64
		var due, eta, progressed int64
		err := rows.Scan(&j.Project, &j.ID, &j.Video, &j.User, &j.State, &j.Held, &j.SortKey, &due, &j.Attempt, &j.Failures, &j.Crashes,
			&lease, &until, &start, &j.Percent, &j.Stage, &eta, &progressed, &j.Title, &j.RowNumber)
		j.Lease, j.Until, j.Start = lease.String, fromMillis(until), fromMillis(start)
		j.Due, j.Progressed = fromMillis(sql.NullInt64{Int64: due, Valid: true}), time.UnixMilli(progressed)
		j.ETA = time.Duration(eta) * time.Millisecond
		return j, err
	})
}

// Jobs implements ledger.Tx.
func (t *tx) Jobs(ctx context.Context, keys []store.VideoKey) ([]*ledger.Bulk, []*ledger.Job, error) {
	var all []*ledger.Job
	for _, k := range keys {
		found, err := jobs(ctx, t, `WHERE q.project = ? AND q.bulk_job = ? AND q.id = ?`, k.Project, k.ID, k.Video)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, found...)
	}
	return t.withBulks(ctx, all)
}

// Leased implements ledger.Tx.
func (t *tx) Leased(ctx context.Context, leases []string) ([]*ledger.Bulk, []*ledger.Job, error) {
	list, err := json.Marshal(leases)
	if err != nil {
		return nil, nil, err
	}
	all, err := jobs(ctx, t, `WHERE q.lease IN (SELECT value FROM json_each(?))`, string(list))
	if err != nil {
		return nil, nil, err
	}
	return t.withBulks(ctx, all)
}

func (t *tx) withBulks(ctx context.Context, all []*ledger.Job) ([]*ledger.Bulk, []*ledger.Job, error) {
	var keys []store.BulkKey
	seen := map[store.BulkKey]bool{}
	for _, j := range all {
		if !seen[j.BulkKey] {
			seen[j.BulkKey] = true
			keys = append(keys, j.BulkKey)
		}
	}
	bulks, err := t.Bulks(ctx, keys)
	return bulks, all, err
}

// JobsIn implements ledger.Tx.
func (t *tx) JobsIn(ctx context.Context, k store.BulkKey, states []state.Video) ([]*ledger.Job, error) {
	list, err := json.Marshal(states)
	if err != nil {
		return nil, err
	}
	return jobs(ctx, t, `WHERE q.project = ? AND q.bulk_job = ? AND q.state IN (SELECT value FROM json_each(?)) ORDER BY v.position`,
		k.Project, k.ID, string(list))
}

// Overdue implements ledger.Tx.
func (t *tx) Overdue(ctx context.Context, limit int, now time.Time) ([]store.VideoKey, error) {
	found, err := t.QueryContext(ctx, `SELECT project, bulk_job, id FROM queue WHERE until_ms <= ? ORDER BY until_ms LIMIT ?`,
		now.UnixMilli(), limit)
	return collect(found, err, func(rows *sql.Rows) (k store.VideoKey, err error) {
		return k, rows.Scan(&k.Project, &k.ID, &k.Video)
	})
}

// KnownRows implements ledger.Tx.
func (t *tx) KnownRows(ctx context.Context, k store.BulkKey, keys []string) (map[string]bool, error) {
	list, err := json.Marshal(keys)
	if err != nil {
		return nil, err
	}
	found, err := t.QueryContext(ctx, `SELECT row_key FROM video_jobs WHERE project = ? AND bulk_job = ?
		AND row_key IN (SELECT value FROM json_each(?))`, k.Project, k.ID, string(list))
	known := map[string]bool{}
	_, err = collect(found, err, func(rows *sql.Rows) (key string, err error) {
		err = rows.Scan(&key)
		known[key] = true
		return key, err
	})
	return known, err
}

// ShowBulk implements ledger.Tx.
func (t *tx) ShowBulk(ctx context.Context, k store.BulkKey) (store.Bulk, error) {
	return bulk(ctx, t, k)
}

// ShowVideos implements ledger.Tx.
func (t *tx) ShowVideos(ctx context.Context, keys []store.VideoKey) ([]store.Video, error) {
	var all []store.Video
	for _, k := range keys {
		v, err := video(ctx, t, k)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}

// ShowAttempts implements ledger.Tx.
func (t *tx) ShowAttempts(ctx context.Context, k store.VideoKey) ([]*schedulerv1.Attempt, error) {
	return attempts(ctx, t, k)
}

// Specs implements ledger.Tx.
func (t *tx) Specs(ctx context.Context, keys []store.BulkKey) (map[store.BulkKey]*schedulerv1.BulkJob, error) {
	all := make(map[store.BulkKey]*schedulerv1.BulkJob, len(keys))
	for _, k := range keys {
		var raw []byte
		err := t.QueryRowContext(ctx, `SELECT spec FROM bulk_jobs WHERE project = ? AND id = ?`, k.Project, k.ID).Scan(&raw)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if all[k], err = ledger.Unmarshal(raw, &schedulerv1.BulkJob{}); err != nil {
			return nil, err
		}
	}
	return all, nil
}
