package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
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
	var until, start, end, deadline sql.NullInt64
	err := row.Scan(&b.Project, &b.ID, &b.User, &b.State, &b.LastSequence, &c.Total, &c.Pending, &c.Running, &c.Completed,
		&c.Failed, &c.Skipped, &c.Cancelled, &c.RateLimited, &renderMS, &b.ImportDone, &lease, &worker, &until,
		&b.ImportCrashes, &start, &end, &deadline, &b.Cost, &b.BudgetReached, &b.Webhooks)
	b.RenderTime = time.Duration(renderMS) * time.Millisecond
	b.Import = store.NewLease{ID: lease.String, Worker: worker.String, Until: fromMillis(until)}
	b.Started, b.Ended, b.Deadline = fromMillis(start), fromMillis(end), fromMillis(deadline)
	return b, err
}

func (t *tx) bulks(ctx context.Context, where string, args ...any) ([]*ledger.Bulk, error) {
	return rows(ctx, t.Tx, scanLocked, `SELECT project, id, user_id, state, last_sequence, total, pending, running, completed, failed, skipped,
		cancelled, rate_limited, render_ms, import_done, import_lease, import_worker, import_until_ms, import_crashes, start_ms, end_ms, deadline_ms,
		cost_micros, coalesce((SELECT reached_month FROM budgets g WHERE g.project = bulk_jobs.project), 0),
		EXISTS (SELECT 1 FROM webhook_endpoints e WHERE e.project = bulk_jobs.project AND e.state = 1) FROM bulk_jobs `+where, args...)
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
	if err != nil {
		return nil, nil, err
	}
	bulks, err := t.Bulks(ctx, bulksOf(keys, func(k store.VideoKey) store.BulkKey { return k.BulkKey }))
	return bulks, all, err
}

// sameColumns are those that a row takes along when it moves as it is; sameColumnsOf says that they are of j.
const (
	sameColumns   = `project, bulk_job, id, user_id, provider, position, last_on_page, priority, max_attempts, sort_key, wanted_key, plain_key, failures, crashes, edited`
	sameColumnsOf = `j.project, j.bulk_job, j.id, user_id, provider, position, last_on_page, priority, max_attempts, sort_key, wanted_key, plain_key, failures, crashes, edited`
)

// Take implements ledger.Tx.
func (t *tx) Take(ctx context.Context, claims []ledger.Claim, done []ledger.Done, look []store.VideoKey, _ []store.BulkKey) (bulks []*ledger.Bulk, claimed, finished, running []*ledger.Job, err error) {
	single, inBlocks := ledger.Split(claims)
	claimed, err = t.claimInBlocks(ctx, inBlocks)
	if err != nil {
		return nil, nil, nil, nil, err
	}
	err = inChunks(single, func(chunk []ledger.Claim) error {
		took, err := t.claim(ctx, chunk)
		claimed = append(claimed, took...)
		return err
	})
	if err == nil {
		err = inChunks(done, func(chunk []ledger.Done) error {
			took, err := t.finish(ctx, chunk)
			finished = append(finished, took...)
			return err
		})
	}
	for i := 0; i < len(look) && err == nil; i++ {
		var found []*ledger.Job
		found, err = rows(ctx, t.Tx, scanJob, inRunning+byKey, look[i].Project, look[i].ID, look[i].Video)
		running = append(running, found...)
	}
	bulks, _, err = t.withBulks(ctx, slices.Concat(claimed, finished, running), err)
	return bulks, claimed, finished, running, err
}

// claim gives leases. What has come to the running ones leaves the waiting ones: the same rows.
func (t *tx) claim(ctx context.Context, claims []ledger.Claim) ([]*ledger.Job, error) {
	keys := flat(claims, func(c ledger.Claim) []any {
		return []any{c.Project, c.VideoKey.ID, c.Video, c.Lease.ID, c.Worker, c.Until.UnixMilli(), c.Now.UnixMilli()}
	})
	_, err := t.ExecContext(ctx, `WITH k (project, bulk_job, id, lease, worker, until_ms, now_ms) AS (VALUES `+tuples(len(claims), 7)+`)
		INSERT INTO running (`+sameColumns+`, error, state, attempt, lease, worker, until_ms, start_ms, stage, percent, eta_ms, progress_event_ms)
		SELECT `+sameColumnsOf+`, error, 3, attempt + 1, k.lease, k.worker, k.until_ms, k.now_ms, '', 0, 0, 0 FROM k CROSS JOIN queue AS j
		WHERE j.project = k.project AND j.bulk_job = k.bulk_job AND j.id = k.id AND held = 0 AND due_ms <= k.now_ms AND waiting IS NULL`, keys...)
	if err != nil {
		return nil, err
	}
	return rows(ctx, t.Tx, scanJob, `DELETE FROM queue AS j WHERE (project, bulk_job, id) IN (VALUES `+tuples(len(claims), 3)+`)
		AND EXISTS (SELECT 1 FROM running AS r WHERE r.project = j.project AND r.bulk_job = j.bulk_job AND r.id = j.id) RETURNING 1, `+queueColumns,
		flat(claims, func(c ledger.Claim) []any { return []any{c.Project, c.VideoKey.ID, c.Video} })...)
}

// finish ends leases with a result. What has come to the finished ones leaves the running ones: the same rows.
func (t *tx) finish(ctx context.Context, done []ledger.Done) ([]*ledger.Job, error) {
	keys := flat(done, func(d ledger.Done) []any {
		return []any{d.Project, d.VideoKey.ID, d.Video, d.Lease.ID, d.Now.UnixMilli(), blob(d.Result)}
	})
	_, err := t.ExecContext(ctx, `WITH k (project, bulk_job, id, lease, now_ms, result) AS (VALUES `+tuples(len(done), 6)+`)
		INSERT INTO finished (`+sameColumns+`, state, attempt, lease, worker, start_ms, end_ms, result)
		SELECT `+sameColumnsOf+`, 6, attempt, j.lease, worker, start_ms, k.now_ms, k.result FROM k CROSS JOIN running AS j
		WHERE j.project = k.project AND j.bulk_job = k.bulk_job AND j.id = k.id AND j.lease = k.lease AND until_ms > k.now_ms`, keys...)
	if err != nil {
		return nil, err
	}
	return rows(ctx, t.Tx, scanJob, `DELETE FROM running AS j WHERE (project, bulk_job, id) IN (VALUES `+tuples(len(done), 3)+`)
		AND lease = (SELECT lease FROM finished AS f WHERE f.project = j.project AND f.bulk_job = j.bulk_job AND f.id = j.id)
		RETURNING 2, `+runningColumns, flat(done, func(d ledger.Done) []any { return []any{d.Project, d.VideoKey.ID, d.Video} })...)
}

func (t *tx) withBulks(ctx context.Context, all []*ledger.Job, err error) ([]*ledger.Bulk, []*ledger.Job, error) {
	if err != nil {
		return nil, nil, err
	}
	bulks, err := t.Bulks(ctx, bulksOf(all, func(j *ledger.Job) store.BulkKey { return j.BulkKey }))
	return bulks, all, err
}

// bulksOf are the bulk jobs of a list, each once.
func bulksOf[T any](list []T, of func(T) store.BulkKey) []store.BulkKey {
	var all []store.BulkKey
	seen := map[store.BulkKey]bool{}
	for _, v := range list {
		if k := of(v); !seen[k] {
			seen[k] = true
			all = append(all, k)
		}
	}
	return all
}

// JobsIn implements ledger.Tx.
func (t *tx) JobsIn(ctx context.Context, k store.BulkKey, in ledger.Place, states []state.Video, after string, limit int) ([]*ledger.Job, error) {
	list, err := json.Marshal(states)
	if err != nil {
		return nil, err
	}
	single := ""
	if in == ledger.InQueue {
		single = `AND waiting IS NULL `
	}
	from := map[ledger.Place]string{ledger.InQueue: inQueue, ledger.InRunning: inRunning, ledger.InFinished: inFinished}[in]
	return rows(ctx, t.Tx, scanJob, from+`WHERE project = ? AND bulk_job = ? AND id > ? AND state IN (SELECT value FROM json_each(?))
		`+single+`ORDER BY id LIMIT ?`, k.Project, k.ID, after, string(list), limit)
}

// Overdue implements ledger.Tx.
func (t *tx) Overdue(ctx context.Context, limit int, now time.Time) ([]store.VideoKey, error) {
	return rows(ctx, t.Tx, func(row *sql.Rows) (k store.VideoKey, err error) {
		return k, row.Scan(&k.Project, &k.ID, &k.Video)
	}, `SELECT project, bulk_job, id FROM running WHERE until_ms <= ? ORDER BY until_ms LIMIT ?`, now.UnixMilli(), limit)
}
