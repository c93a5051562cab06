package postgres

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
)

// Request implements ledger.Tx.
func (t *tx) Request(ctx context.Context, project string, r store.Request, now time.Time) (hash, resource string, err error) {
	b := &pgx.Batch{}
	// The same request twice at once: the second one waits here and then finds the first one's effect.
	b.Queue(`SELECT pg_advisory_xact_lock(hashtextextended('request ' || $1 || '/' || $2 || '/' || $3, 0))`, project, r.Method, r.ID)
	b.Queue(`SELECT hash, resource FROM requests WHERE project = $1 AND method = $2 AND request_id = $3 AND expire_ms > $4`,
		project, r.Method, r.ID, now.UnixMilli()).Query(func(rows pgx.Rows) error {
		_, err := pgx.ForEachRow(rows, []any{&hash, &resource}, func() error { return nil })
		return err
	})
	err = t.SendBatch(ctx, b).Close()
	return hash, resource, err
}

const lockBulks = `SELECT b.project, b.id, b.user_id, b.state, b.last_sequence, b.total, b.pending, b.running, b.completed, b.failed,
	b.skipped, b.cancelled, b.rate_limited, b.render_ms, b.import_done, b.import_lease, b.import_worker, b.import_until_ms,
	b.import_crashes, b.start_ms, b.end_ms FROM bulk_jobs b `

func scanLocked(row pgx.CollectableRow) (*ledger.Bulk, error) {
	b := &ledger.Bulk{}
	c := &b.Counts
	var renderMS int64
	var lease, worker *string
	var until, start, end *int64
	err := row.Scan(&b.Project, &b.ID, &b.User, &b.State, &b.LastSequence, &c.Total, &c.Pending, &c.Running, &c.Completed, &c.Failed,
		&c.Skipped, &c.Cancelled, &c.RateLimited, &renderMS, &b.ImportDone, &lease, &worker, &until,
		&b.ImportCrashes, &start, &end)
	b.RenderTime = duration(renderMS)
	b.Import = store.NewLease{ID: text(lease), Worker: text(worker), Until: fromMillis(until)}
	b.Started, b.Ended = fromMillis(start), fromMillis(end)
	return b, err
}

// inOrder locks bulk jobs in the one order in which everybody does.
const inOrder = ` ORDER BY b.project, b.id FOR UPDATE OF b`

// Bulks implements ledger.Tx.
func (t *tx) Bulks(ctx context.Context, keys []store.BulkKey) ([]*ledger.Bulk, error) {
	rows, err := t.Query(ctx, lockBulks+`WHERE (b.project, b.id) IN (SELECT * FROM unnest($1::text[], $2::text[]::uuid[]))`+inOrder,
		column(keys, bulkProject), column(keys, bulkID))
	return collect(rows, err, scanLocked)
}

func bulkProject(k store.BulkKey) string { return k.Project }
func bulkID(k store.BulkKey) string      { return k.ID }

// BulkOfImport implements ledger.Tx.
func (t *tx) BulkOfImport(ctx context.Context, lease string) (*ledger.Bulk, error) {
	rows, err := t.Query(ctx, lockBulks+`WHERE b.import_lease = $1 FOR UPDATE OF b`, lease)
	return first(collect(rows, err, scanLocked))
}

// NextImport implements ledger.Tx.
func (t *tx) NextImport(ctx context.Context, now time.Time) (*ledger.Bulk, error) {
	rows, err := t.Query(ctx, lockBulks+`WHERE b.state IN (1, 2) AND NOT b.import_done AND (b.import_until_ms IS NULL OR b.import_until_ms <= $1)
		ORDER BY b.create_ms, b.id LIMIT 1 FOR UPDATE OF b SKIP LOCKED`, now.UnixMilli())
	return first(collect(rows, err, scanLocked))
}

const selectJobs = `SELECT q.project, q.bulk_job, q.id, q.user_id, q.state, q.held, q.sort_key, q.due_ms, q.attempt, q.failures, q.crashes,
	q.lease, q.until_ms, q.start_ms, q.percent, q.stage, q.eta_ms, q.progress_event_ms, v.title, v.row_number
	FROM queue q JOIN video_jobs v ON v.project = q.project AND v.id = q.id `

func scanJob(row pgx.CollectableRow) (*ledger.Job, error) {
	j := &ledger.Job{}
	var lease *string
	var until, start *int64
	var due, eta, progressed int64
	err := row.Scan(&j.Project, &j.ID, &j.Video, &j.User, &j.State, &j.Held, &j.SortKey, &due, &j.Attempt, &j.Failures, &j.Crashes,
		&lease, &until, &start, &j.Percent, &j.Stage, &eta, &progressed, &j.Title, &j.RowNumber)
	j.Lease, j.Until, j.Start = text(lease), fromMillis(until), fromMillis(start)
	j.Due, j.Progressed, j.ETA = fromMillis(&due), time.UnixMilli(progressed), duration(eta)
	return j, err
}

// Jobs implements ledger.Tx.
func (t *tx) Jobs(ctx context.Context, keys []store.VideoKey) (bulks []*ledger.Bulk, jobs []*ledger.Job, err error) {
	projects, in, ids := column(keys, videoProject), column(keys, videoBulk), column(keys, videoID)
	b := &pgx.Batch{}
	b.Queue(lockBulks+`WHERE (b.project, b.id) IN (SELECT * FROM unnest($1::text[], $2::text[]::uuid[]))`+inOrder,
		projects, in).Query(into(&bulks, scanLocked))
	b.Queue(selectJobs+`WHERE (q.project, q.id) IN (SELECT * FROM unnest($1::text[], $2::text[]::uuid[]))`,
		projects, ids).Query(into(&jobs, scanJob))
	err = t.SendBatch(ctx, b).Close()
	return bulks, jobs, err
}

func videoProject(k store.VideoKey) string { return k.Project }
func videoBulk(k store.VideoKey) string    { return k.ID }
func videoID(k store.VideoKey) string      { return k.Video }

// Leased implements ledger.Tx.
func (t *tx) Leased(ctx context.Context, leases []string) (bulks []*ledger.Bulk, jobs []*ledger.Job, err error) {
	// What cannot be stored is nobody's lease, and must not end the transaction of the others.
	leases = slices.DeleteFunc(slices.Clone(leases), func(l string) bool { return l != clean(l) })
	b := &pgx.Batch{}
	b.Queue(lockBulks+`WHERE (b.project, b.id) IN (SELECT q.project, q.bulk_job FROM queue q WHERE q.lease = ANY($1::text[]))`+inOrder,
		leases).Query(into(&bulks, scanLocked))
	b.Queue(selectJobs+`WHERE q.lease = ANY($1::text[])`, leases).Query(into(&jobs, scanJob))
	err = t.SendBatch(ctx, b).Close()
	return bulks, jobs, err
}

// JobsIn implements ledger.Tx.
func (t *tx) JobsIn(ctx context.Context, k store.BulkKey, states []state.Video) ([]*ledger.Job, error) {
	rows, err := t.Query(ctx, selectJobs+`WHERE v.project = $1 AND v.bulk_job = $2 AND q.state = ANY($3::smallint[]) ORDER BY v.position`,
		k.Project, k.ID, column(states, func(s state.Video) int16 { return int16(s) }))
	return collect(rows, err, scanJob)
}

// Overdue implements ledger.Tx.
func (t *tx) Overdue(ctx context.Context, limit int, now time.Time) ([]store.VideoKey, error) {
	rows, err := t.Query(ctx, `SELECT project, bulk_job, id FROM queue WHERE state IN (3, 4) AND until_ms <= $1 ORDER BY until_ms LIMIT $2`,
		now.UnixMilli(), limit)
	return collect(rows, err, func(row pgx.CollectableRow) (k store.VideoKey, err error) {
		return k, row.Scan(&k.Project, &k.ID, &k.Video)
	})
}

// KnownRows implements ledger.Tx.
func (t *tx) KnownRows(ctx context.Context, k store.BulkKey, keys []string) (map[string]bool, error) {
	rows, err := t.Query(ctx, `SELECT row_key FROM video_jobs WHERE project = $1 AND bulk_job = $2 AND row_key = ANY($3::text[])`,
		k.Project, k.ID, keys)
	all, err := collect(rows, err, pgx.RowTo[string])
	known := make(map[string]bool, len(all))
	for _, key := range all {
		known[key] = true
	}
	return known, err
}

// ShowBulk implements ledger.Tx.
func (t *tx) ShowBulk(ctx context.Context, k store.BulkKey) (store.Bulk, error) {
	return bulk(ctx, t, k)
}

// ShowVideos implements ledger.Tx.
func (t *tx) ShowVideos(ctx context.Context, keys []store.VideoKey) ([]store.Video, error) {
	return videos(ctx, t, `WHERE (v.project, v.id) IN (SELECT * FROM unnest($1::text[], $2::text[]::uuid[]))`,
		column(keys, videoProject), column(keys, videoID))
}

// ShowAttempts implements ledger.Tx.
func (t *tx) ShowAttempts(ctx context.Context, k store.VideoKey) ([]*schedulerv1.Attempt, error) {
	return attempts(ctx, t, k)
}

// Specs implements ledger.Tx.
func (t *tx) Specs(ctx context.Context, keys []store.BulkKey) (map[store.BulkKey]*schedulerv1.BulkJob, error) {
	rows, err := t.Query(ctx, `SELECT project, id, spec FROM bulk_job_details
		WHERE (project, id) IN (SELECT * FROM unnest($1::text[], $2::text[]::uuid[]))`, column(keys, bulkProject), column(keys, bulkID))
	specs := make(map[store.BulkKey]*schedulerv1.BulkJob, len(keys))
	_, err = collect(rows, err, func(row pgx.CollectableRow) (k store.BulkKey, err error) {
		var raw []byte
		if err := row.Scan(&k.Project, &k.ID, &raw); err != nil {
			return k, err
		}
		specs[k], err = ledger.Unmarshal(raw, &schedulerv1.BulkJob{})
		return k, err
	})
	return specs, err
}
