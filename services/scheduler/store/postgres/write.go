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
		b.Queue(`INSERT INTO bulk_jobs (project, id, user_id, state, create_ms, update_ms, deadline_ms) VALUES ($1, $2, $3, $4, $5, $5, $6)`,
			n.Project, n.ID, n.User, int16(n.State), now, millis(n.Deadline))
		b.Queue(`INSERT INTO bulk_job_details (project, id, spec) VALUES ($1, $2, $3)`, n.Project, n.ID, n.Spec)
	}
	writeBulks(b, c.Bulks, now)
	writePages(b, c.Pages, now)
	writeBlocks(b, c.Blocks)
	m := c.Moves()
	takeFromBlocks(b, m.Taken)
	for _, p := range places() {
		deleteJobs(b, p, m.Delete[p])
	}
	for _, p := range places() {
		insertJobs(b, p, m.Insert[p])
	}
	updateQueue(b, m.Update[ledger.InQueue])
	updateRunning(b, m.Update[ledger.InRunning])
	for _, h := range c.Holds {
		b.Queue(`UPDATE queue SET held = $3 WHERE project = $1 AND bulk_job = $2 AND held <> $3`, h.Project, h.ID, h.Held)
	}
	writeOrder(b, c)
	writeHistory(b, c, now)
	writeCosts(b, c)
	writeNotices(b, c)
	writeRows(b, c)
	for _, r := range c.Requests {
		b.Queue(`INSERT INTO requests (project, method, request_id, hash, resource, expire_ms) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (project, method, request_id) DO UPDATE SET hash = $4, resource = $5, expire_ms = $6`,
			r.Project, r.Method, r.ID, r.Hash, r.Resource, r.Expire.UnixMilli())
	}
	return t.SendBatch(ctx, b).Close()
}

// writeBulks stores the rows of bulk jobs that are there.
func writeBulks(b *pgx.Batch, all []*ledger.Bulk, now int64) {
	if len(all) == 0 {
		return
	}
	count := func(of func(store.Counts) int32) []int32 {
		return column(all, func(b *ledger.Bulk) int32 { return of(b.Counts) })
	}
	b.Queue(`UPDATE bulk_jobs b SET state = k.state, last_sequence = k.last_sequence, total = k.total, pending = k.pending, running = k.running,
		completed = k.completed, failed = k.failed, skipped = k.skipped, cancelled = k.cancelled, rate_limited = k.rate_limited,
		render_ms = k.render_ms, import_done = k.import_done, import_lease = k.import_lease, import_worker = k.import_worker,
		import_until_ms = k.import_until_ms, import_crashes = k.import_crashes, update_ms = $3, start_ms = k.start_ms, end_ms = k.end_ms,
		cost_micros = k.cost_micros
		FROM unnest($1::text[], $2::text[]::uuid[], $4::smallint[], $5::bigint[], $6::integer[], $7::integer[], $8::integer[], $9::integer[],
			$10::integer[], $11::integer[], $12::integer[], $13::integer[], $14::bigint[], $15::boolean[], $16::text[], $17::text[],
			$18::bigint[], $19::integer[], $20::bigint[], $21::bigint[], $22::bigint[])
			AS k (project, id, state, last_sequence, total, pending, running, completed, failed, skipped, cancelled, rate_limited, render_ms,
				import_done, import_lease, import_worker, import_until_ms, import_crashes, start_ms, end_ms, cost_micros)
		CROSS JOIN LATERAL (SELECT t.ctid AS at FROM bulk_jobs AS t WHERE t.project = k.project AND t.id = k.id LIMIT 1) AS f
		WHERE b.ctid = f.at`,
		column(all, func(b *ledger.Bulk) string { return b.Project }), column(all, func(b *ledger.Bulk) string { return b.ID }), now,
		column(all, func(b *ledger.Bulk) int16 { return int16(b.State) }), column(all, func(b *ledger.Bulk) int64 { return b.LastSequence }),
		count(func(c store.Counts) int32 { return c.Total }), count(func(c store.Counts) int32 { return c.Pending }),
		count(func(c store.Counts) int32 { return c.Running }), count(func(c store.Counts) int32 { return c.Completed }),
		count(func(c store.Counts) int32 { return c.Failed }), count(func(c store.Counts) int32 { return c.Skipped }),
		count(func(c store.Counts) int32 { return c.Cancelled }), count(func(c store.Counts) int32 { return c.RateLimited }),
		column(all, func(b *ledger.Bulk) int64 { return b.RenderTime.Milliseconds() }), column(all, func(b *ledger.Bulk) bool { return b.ImportDone }),
		column(all, func(b *ledger.Bulk) *string { return null(b.Import.ID) }), column(all, func(b *ledger.Bulk) *string { return null(clean(b.Import.Worker)) }),
		column(all, func(b *ledger.Bulk) *int64 { return millis(b.Import.Until) }), column(all, func(b *ledger.Bulk) int32 { return int32(b.ImportCrashes) }),
		column(all, func(b *ledger.Bulk) *int64 { return millis(b.Started) }), column(all, func(b *ledger.Bulk) *int64 { return millis(b.Ended) }),
		column(all, func(b *ledger.Bulk) int64 { return b.Cost }))
	for _, bulk := range all {
		writeDetails(b, bulk)
	}
}

// writeDetails stores what changes seldom.
func writeDetails(b *pgx.Batch, bulk *ledger.Bulk) {
	if bulk.ErrorChanged {
		b.Queue(`UPDATE bulk_job_details SET error = $3 WHERE project = $1 AND id = $2`, bulk.Project, bulk.ID, bulk.Error)
	}
	if bulk.ReportChanged {
		b.Queue(`UPDATE bulk_job_details SET report = $3 WHERE project = $1 AND id = $2`, bulk.Project, bulk.ID, bulk.Report)
	}
}
