package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
)

// Write implements ledger.Tx: one round trip, a statement for each kind of change.
func (t *tx) Write(ctx context.Context, c *ledger.Changes) error {
	b := &pgx.Batch{}
	now := c.Now.UnixMilli()
	for _, n := range c.NewBulks {
		b.Queue(`INSERT INTO bulk_jobs (project, id, user_id, state, create_ms, update_ms) VALUES ($1, $2, $3, $4, $5, $5)`,
			n.Project, n.ID, n.User, int16(n.State), now)
		b.Queue(`INSERT INTO bulk_job_details (project, id, spec) VALUES ($1, $2, $3)`, n.Project, n.ID, n.Spec)
	}
	for _, bulk := range c.Bulks {
		writeBulk(b, bulk, now)
	}
	if len(c.NewVideos) > 0 {
		writeNewVideos(b, c.NewVideos, now)
	}
	if len(c.Jobs) > 0 {
		writeJobs(b, c.Jobs)
	}
	for _, h := range c.Holds {
		b.Queue(`UPDATE queue q SET held = $3 FROM video_jobs v WHERE v.project = $1 AND v.bulk_job = $2
			AND q.project = v.project AND q.id = v.id AND q.state IN (1, 2, 5) AND q.held <> $3`, h.Project, h.ID, h.Held)
	}
	if len(c.Outcomes) > 0 {
		writeOutcomes(b, c.Outcomes)
	}
	writeHistory(b, c, now)
	for _, r := range c.Requests {
		b.Queue(`INSERT INTO requests (project, method, request_id, hash, resource, expire_ms) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (project, method, request_id) DO UPDATE SET hash = $4, resource = $5, expire_ms = $6`,
			r.Project, r.Method, r.ID, r.Hash, r.Resource, r.Expire.UnixMilli())
	}
	return t.SendBatch(ctx, b).Close()
}

func writeBulk(b *pgx.Batch, bulk *ledger.Bulk, now int64) {
	n := bulk.Counts
	b.Queue(`UPDATE bulk_jobs SET state = $3, last_sequence = $4, total = $5, pending = $6, running = $7, completed = $8, failed = $9,
		skipped = $10, cancelled = $11, rate_limited = $12, render_ms = $13, import_done = $14, import_lease = $15, import_worker = $16,
		import_until_ms = $17, import_crashes = $18, update_ms = $19, start_ms = $20, end_ms = $21 WHERE project = $1 AND id = $2`,
		bulk.Project, bulk.ID, int16(bulk.State), bulk.LastSequence, n.Total, n.Pending, n.Running, n.Completed, n.Failed,
		n.Skipped, n.Cancelled, n.RateLimited, bulk.RenderTime.Milliseconds(), bulk.ImportDone, null(bulk.Import.ID), null(clean(bulk.Import.Worker)),
		millis(bulk.Import.Until), bulk.ImportCrashes, now, millis(bulk.Started), millis(bulk.Ended))
	if bulk.ErrorChanged {
		b.Queue(`UPDATE bulk_job_details SET error = $3 WHERE project = $1 AND id = $2`, bulk.Project, bulk.ID, bulk.Error)
	}
	if bulk.ReportChanged {
		b.Queue(`UPDATE bulk_job_details SET report = $3 WHERE project = $1 AND id = $2`, bulk.Project, bulk.ID, bulk.Report)
	}
}

// writeNewVideos inserts the video jobs of one import, which are all of the same bulk job.
func writeNewVideos(b *pgx.Batch, all []ledger.NewVideo, now int64) {
	project, bulk, ids := all[0].Project, all[0].ID, column(all, func(v ledger.NewVideo) string { return v.Video })
	b.Queue(`INSERT INTO video_jobs (project, bulk_job, id, position, row_key, row_number, title, priority, max_attempts, idea, error, create_ms, end_ms)
		SELECT $1, $2, n.id, n.position, n.row_key, n.row_number, n.title, n.priority, n.max_attempts, n.idea, n.error, $3, n.end_ms
		FROM unnest($4::text[]::uuid[], $5::bigint[], $6::text[], $7::integer[], $8::text[], $9::integer[], $10::integer[], $11::bytea[], $12::bytea[], $13::bigint[])
			AS n (id, position, row_key, row_number, title, priority, max_attempts, idea, error, end_ms)`,
		project, bulk, now, ids,
		column(all, func(v ledger.NewVideo) int64 { return v.Position }),
		column(all, func(v ledger.NewVideo) string { return v.New.Idea.GetRowKey() }),
		column(all, func(v ledger.NewVideo) int32 { return v.New.Idea.GetRowNumber() }),
		column(all, func(v ledger.NewVideo) string { return clean(v.New.Idea.GetTitle()) }),
		column(all, func(v ledger.NewVideo) int32 { return int32(v.New.Priority) }),
		column(all, func(v ledger.NewVideo) int32 { return v.New.MaxAttempts }),
		column(all, func(v ledger.NewVideo) []byte { return v.Idea }),
		column(all, func(v ledger.NewVideo) []byte { return v.Error }),
		column(all, func(v ledger.NewVideo) *int64 { return millis(v.Ended) }))
	b.Queue(`INSERT INTO queue (project, bulk_job, id, user_id, state, sort_key)
		SELECT $1, $2, n.id, $3, n.state, n.sort_key FROM unnest($4::text[]::uuid[], $5::smallint[], $6::bigint[]) AS n (id, state, sort_key)`,
		project, bulk, all[0].User, ids,
		column(all, func(v ledger.NewVideo) int16 { return int16(v.State) }),
		column(all, func(v ledger.NewVideo) int64 { return v.New.SortKey }))
}

func writeJobs(b *pgx.Batch, all []*ledger.Job) {
	b.Queue(`UPDATE queue q SET state = n.state, held = n.held, sort_key = n.sort_key, due_ms = n.due_ms, attempt = n.attempt, failures = n.failures,
		crashes = n.crashes, lease = n.lease, until_ms = n.until_ms, start_ms = n.start_ms, percent = n.percent, stage = n.stage,
		eta_ms = n.eta_ms, progress_event_ms = n.progress_event_ms
		FROM unnest($1::text[], $2::text[]::uuid[], $3::smallint[], $4::boolean[], $5::bigint[], $6::bigint[], $7::integer[],
			$8::integer[], $9::integer[], $10::text[], $11::bigint[], $12::bigint[], $13::double precision[], $14::text[], $15::bigint[], $16::bigint[])
			AS n (project, id, state, held, sort_key, due_ms, attempt, failures, crashes, lease, until_ms, start_ms, percent, stage,
				eta_ms, progress_event_ms)
		WHERE q.project = n.project AND q.id = n.id`,
		column(all, func(j *ledger.Job) string { return j.Project }),
		column(all, func(j *ledger.Job) string { return j.Video }),
		column(all, func(j *ledger.Job) int16 { return int16(j.State) }),
		column(all, func(j *ledger.Job) bool { return j.Held }),
		column(all, func(j *ledger.Job) int64 { return j.SortKey }),
		column(all, func(j *ledger.Job) int64 {
			if j.Due.IsZero() {
				return 0
			}
			return j.Due.UnixMilli()
		}),
		column(all, func(j *ledger.Job) int32 { return j.Attempt }),
		column(all, func(j *ledger.Job) int32 { return int32(j.Failures) }),
		column(all, func(j *ledger.Job) int32 { return int32(j.Crashes) }),
		column(all, func(j *ledger.Job) *string { return null(j.Lease) }),
		column(all, func(j *ledger.Job) *int64 { return millis(j.Until) }),
		column(all, func(j *ledger.Job) *int64 { return millis(j.Start) }),
		column(all, func(j *ledger.Job) float64 { return j.Percent }),
		column(all, func(j *ledger.Job) string { return clean(j.Stage) }),
		column(all, func(j *ledger.Job) int64 { return j.ETA.Milliseconds() }),
		column(all, func(j *ledger.Job) int64 { return j.Progressed.UnixMilli() }))
}

func writeOutcomes(b *pgx.Batch, all []*ledger.Outcome) {
	b.Queue(`UPDATE video_jobs v SET error = n.error, end_ms = n.end_ms, result = coalesce(n.result, v.result)
		FROM unnest($1::text[], $2::text[]::uuid[], $3::bytea[], $4::bigint[], $5::bytea[]) AS n (project, id, error, end_ms, result)
		WHERE v.project = n.project AND v.id = n.id`,
		column(all, func(o *ledger.Outcome) string { return o.Project }),
		column(all, func(o *ledger.Outcome) string { return o.Video }),
		column(all, func(o *ledger.Outcome) []byte { return o.Error }),
		column(all, func(o *ledger.Outcome) *int64 { return millis(o.Ended) }),
		column(all, func(o *ledger.Outcome) []byte { return o.Result }))
}

// writeHistory writes events, attempts and dead letters.
func writeHistory(b *pgx.Batch, c *ledger.Changes, now int64) {
	if all := c.Events; len(all) > 0 {
		b.Queue(`INSERT INTO job_events (project, bulk_job, sequence, event)
			SELECT * FROM unnest($1::text[], $2::text[]::uuid[], $3::bigint[], $4::bytea[])`,
			column(all, func(e ledger.Event) string { return e.Project }),
			column(all, func(e ledger.Event) string { return e.ID }),
			column(all, func(e ledger.Event) int64 { return e.Sequence }),
			column(all, func(e ledger.Event) []byte { return e.Raw }))
	}
	if all := c.Begun; len(all) > 0 {
		b.Queue(`INSERT INTO attempts (project, video_job, number, worker, start_ms)
			SELECT * FROM unnest($1::text[], $2::text[]::uuid[], $3::integer[], $4::text[], $5::bigint[])`,
			column(all, func(a ledger.Begun) string { return a.Project }),
			column(all, func(a ledger.Begun) string { return a.Video }),
			column(all, func(a ledger.Begun) int32 { return a.Number }),
			column(all, func(a ledger.Begun) string { return clean(a.Worker) }),
			column(all, func(a ledger.Begun) int64 { return a.Start.UnixMilli() }))
	}
	if all := c.Ended; len(all) > 0 {
		b.Queue(`UPDATE attempts a SET end_ms = n.end_ms, error = n.error
			FROM unnest($1::text[], $2::text[]::uuid[], $3::integer[], $4::bigint[], $5::bytea[]) AS n (project, video_job, number, end_ms, error)
			WHERE a.project = n.project AND a.video_job = n.video_job AND a.number = n.number AND a.end_ms IS NULL`,
			column(all, func(a ledger.Ended) string { return a.Project }),
			column(all, func(a ledger.Ended) string { return a.Video }),
			column(all, func(a ledger.Ended) int32 { return a.Number }),
			column(all, func(a ledger.Ended) int64 { return a.End.UnixMilli() }),
			column(all, func(a ledger.Ended) []byte { return a.Error }))
	}
	for _, d := range c.Letters {
		b.Queue(`INSERT INTO dead_letters (project, id, bulk_job, class, create_ms) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (project, id) DO UPDATE SET class = $4, create_ms = $5`, d.Project, d.Video, d.ID, int32(d.Class), now)
	}
	if all := c.Revived; len(all) > 0 {
		b.Queue(`DELETE FROM dead_letters WHERE (project, id) IN (SELECT * FROM unnest($1::text[], $2::text[]::uuid[]))`,
			column(all, func(k store.VideoKey) string { return k.Project }),
			column(all, func(k store.VideoKey) string { return k.Video }))
	}
}
