package postgres

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
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
	b.import_crashes, b.start_ms, b.end_ms, b.deadline_ms, b.cost_micros,
	coalesce((SELECT g.reached_month FROM budgets g WHERE g.project = b.project), 0),
	EXISTS (SELECT FROM webhook_endpoints e WHERE e.project = b.project AND e.state = 1) FROM bulk_jobs b `

func scanLocked(row pgx.CollectableRow) (*ledger.Bulk, error) {
	b := &ledger.Bulk{}
	c := &b.Counts
	var renderMS int64
	var lease, worker *string
	var until, start, end, deadline *int64
	err := row.Scan(&b.Project, &b.ID, &b.User, &b.State, &b.LastSequence, &c.Total, &c.Pending, &c.Running, &c.Completed, &c.Failed,
		&c.Skipped, &c.Cancelled, &c.RateLimited, &renderMS, &b.ImportDone, &lease, &worker, &until,
		&b.ImportCrashes, &start, &end, &deadline, &b.Cost, &b.BudgetReached, &b.Webhooks)
	b.RenderTime = duration(renderMS)
	b.Import = store.NewLease{ID: text(lease), Worker: text(worker), Until: fromMillis(until)}
	b.Started, b.Ended, b.Deadline = fromMillis(start), fromMillis(end), fromMillis(deadline)
	return b, err
}

// Bulks implements ledger.Tx.
func (t *tx) Bulks(ctx context.Context, keys []store.BulkKey) ([]*ledger.Bulk, error) {
	b := &pgx.Batch{}
	var all []*ledger.Bulk
	lock(b, &all, keys)
	err := t.SendBatch(ctx, b).Close()
	return all, err
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

// Jobs implements ledger.Tx. The second statement sees what was committed while the first one waited.
func (t *tx) Jobs(ctx context.Context, keys []store.VideoKey) (bulks []*ledger.Bulk, jobs []*ledger.Job, err error) {
	if len(keys) == 0 {
		return nil, nil, nil
	}
	b := &pgx.Batch{}
	lock(b, &bulks, column(keys, bulkOf))
	b.Queue(jobsByKey(false), column(keys, videoProject), column(keys, videoBulk), column(keys, videoID)).Query(into(&jobs, scanJob))
	err = t.SendBatch(ctx, b).Close()
	return bulks, jobs, err
}

// Take implements ledger.Tx, in one round trip. The statements see what was committed while the locks were waited for.
func (t *tx) Take(ctx context.Context, claims []ledger.Claim, done []ledger.Done, look []store.VideoKey, next []store.BulkKey) (bulks []*ledger.Bulk, claimed, finished, running []*ledger.Job, err error) {
	b := &pgx.Batch{}
	lock(b, &bulks, slices.Concat(column(claims, func(c ledger.Claim) store.BulkKey { return c.BulkKey }),
		column(done, func(d ledger.Done) store.BulkKey { return d.BulkKey }), next))
	claims, inBlocks := ledger.Split(claims)
	queueBlockClaims(b, &claimed, inBlocks)
	if len(claims) > 0 {
		b.Queue(claim(), column(claims, func(c ledger.Claim) string { return c.Project }), column(claims, func(c ledger.Claim) string { return c.VideoKey.ID }),
			column(claims, func(c ledger.Claim) string { return c.Video }), column(claims, func(c ledger.Claim) string { return c.Lease.ID }),
			column(claims, func(c ledger.Claim) string { return clean(c.Worker) }), column(claims, func(c ledger.Claim) int64 { return c.Until.UnixMilli() }),
			column(claims, func(c ledger.Claim) int64 { return c.Now.UnixMilli() })).Query(also(&claimed, func(row pgx.CollectableRow) (*ledger.Job, error) {
			j := &ledger.Job{}
			var n, due int64
			var state, priority int16
			var failures, crashes int32
			err := row.Scan(&n, &j.Provider, &j.Position, &j.LastOnPage, &priority, &j.MaxAttempts, &state, &j.SortKey, &due, &j.Attempt,
				&failures, &crashes, &j.Edited, &j.Error)
			j.Priority, j.State, j.Failures, j.Crashes = ingestv1.Priority(priority), schedulerv1.VideoJob_State(state), int(failures), int(crashes)
			j.Due = fromMillis(&due)
			if err == nil {
				j.VideoKey = claims[n-1].VideoKey
			}
			return j, err
		}))
	}
	if len(done) > 0 {
		b.Queue(finish(), column(done, func(d ledger.Done) string { return d.Project }), column(done, func(d ledger.Done) string { return d.VideoKey.ID }),
			column(done, func(d ledger.Done) string { return d.Video }), column(done, func(d ledger.Done) string { return d.Lease.ID }),
			column(done, func(d ledger.Done) []byte { return d.Result }),
			column(done, func(d ledger.Done) int64 { return d.Now.UnixMilli() })).Query(into(&finished, func(row pgx.CollectableRow) (*ledger.Job, error) {
			j := &ledger.Job{}
			var n, until, start int64
			var state int16
			err := row.Scan(&n, &j.Provider, &j.Position, &j.LastOnPage, &state, &j.Attempt, &j.Worker, &until, &start, &j.Edited)
			j.State, j.Until, j.Start = schedulerv1.VideoJob_State(state), fromMillis(&until), fromMillis(&start)
			if err == nil {
				j.VideoKey, j.Lease = done[n-1].VideoKey, done[n-1].ID
			}
			return j, err
		}))
	}
	if len(look) > 0 {
		b.Queue(jobsByKeyIn(ledger.InRunning, false), column(look, videoProject), column(look, videoBulk), column(look, videoID)).Query(into(&running, scanJob))
	}
	err = t.SendBatch(ctx, b).Close()
	return bulks, claimed, finished, running, err
}

// The two statements that give a lease and that end it with a result. They answer with the place of a job in what was
// asked for, instead of its names, and with the columns that their caller needs and no others: that is most of the cost.
func claim() string {
	return `WITH claimed AS (
			DELETE FROM queue j USING unnest($1::text[], $2::text[]::uuid[], $3::text[]::uuid[], $4::text[], $5::text[], $6::bigint[], $7::bigint[])
				WITH ORDINALITY AS k (project, bulk_job, id, lease, worker, until_ms, now_ms, n)` + rowsOf("queue") + `
			WHERE j.ctid = f.at AND NOT j.held AND j.due_ms <= k.now_ms AND j.waiting IS NULL
			RETURNING j.*, k.lease, k.worker, k.until_ms, k.now_ms, k.n
		), moved AS (
			INSERT INTO running (` + sameColumns + `, error, state, attempt, lease, worker, until_ms, start_ms, stage, percent, eta_ms, progress_event_ms)
			SELECT ` + sameColumns + `, error, 3, attempt + 1, lease, worker, until_ms, now_ms, '', 0, 0, 0 FROM claimed
		) SELECT n, provider, position, last_on_page, priority, max_attempts, state, sort_key, due_ms, attempt, failures, crashes, edited, error FROM claimed`
}

func finish() string {
	return `WITH done AS (
			DELETE FROM running j USING unnest($1::text[], $2::text[]::uuid[], $3::text[]::uuid[], $4::text[], $5::bytea[], $6::bigint[])
				WITH ORDINALITY AS k (project, bulk_job, id, lease, result, now_ms, n)` + rowsOf("running") + `
			WHERE j.ctid = f.at AND j.lease = k.lease AND j.until_ms > k.now_ms
			RETURNING j.*, k.result, k.now_ms, k.n
		), moved AS (
			INSERT INTO finished (` + sameColumns + `, state, attempt, lease, worker, start_ms, end_ms, result)
			SELECT ` + sameColumns + `, 6, attempt, lease, worker, start_ms, now_ms, result FROM done
		) SELECT n, provider, position, last_on_page, state, attempt, worker, until_ms, start_ms, edited FROM done`
}

// lock lets a batch begin with the locks of bulk jobs, in the one order in which everybody takes them.
func lock(b *pgx.Batch, bulks *[]*ledger.Bulk, of []store.BulkKey) {
	of = slices.Clone(of)
	slices.SortFunc(of, func(a, b store.BulkKey) int {
		return cmp.Or(cmp.Compare(a.Project, b.Project), cmp.Compare(a.ID, b.ID))
	})
	of = slices.Compact(of)
	b.Queue(`SELECT b.* FROM unnest($1::text[], $2::text[]::uuid[]) AS k (project, id)
		CROSS JOIN LATERAL (`+lockBulks+`WHERE b.project = k.project AND b.id = k.id FOR UPDATE OF b) AS b`,
		column(of, bulkProject), column(of, bulkID)).Query(into(bulks, scanLocked))
}

// rowsOf completes a list k of keys by the places of their rows in a table, f.at: one look-up by the primary key for each,
// whatever the planner believes of the table's size when it makes its plan.
func rowsOf(table string) string {
	return ` CROSS JOIN LATERAL (SELECT t.ctid AS at FROM ` + table + ` AS t
		WHERE t.project = k.project AND t.bulk_job = k.bulk_job AND t.id = k.id LIMIT 1) AS f `
}

// sameColumns are those that a row takes along when it moves as it is.
const sameColumns = `project, bulk_job, id, user_id, provider, sort_key, wanted_key, plain_key, position, last_on_page, failures, crashes,
	max_attempts, priority, edited`

func videoProject(k store.VideoKey) string  { return k.Project }
func videoBulk(k store.VideoKey) string     { return k.ID }
func videoID(k store.VideoKey) string       { return k.Video }
func bulkOf(k store.VideoKey) store.BulkKey { return k.BulkKey }

// JobsIn implements ledger.Tx.
func (t *tx) JobsIn(ctx context.Context, k store.BulkKey, in ledger.Place, states []state.Video, after string, limit int) ([]*ledger.Job, error) {
	rows, err := t.Query(ctx, `SELECT `+columns(in, false)+` FROM `+table(in)+` j
		WHERE j.project = $1 AND j.bulk_job = $2 AND j.id > $3 AND j.state = ANY($4::smallint[])`+single(in)+` ORDER BY j.id LIMIT $5`,
		k.Project, k.ID, cmp.Or(after, uuid.Nil.String()), column(states, func(s state.Video) int16 { return int16(s) }), limit)
	return collect(rows, err, scanJob)
}

// single leaves out blocks.
func single(p ledger.Place) string {
	if p == ledger.InQueue {
		return ` AND j.waiting IS NULL`
	}
	return ""
}

// Overdue implements ledger.Tx.
func (t *tx) Overdue(ctx context.Context, limit int, now time.Time) ([]store.VideoKey, error) {
	rows, err := t.Query(ctx, `SELECT project, bulk_job, id FROM running WHERE until_ms <= $1 ORDER BY until_ms LIMIT $2`,
		now.UnixMilli(), limit)
	return collect(rows, err, func(row pgx.CollectableRow) (k store.VideoKey, err error) {
		return k, row.Scan(&k.Project, &k.ID, &k.Video)
	})
}
