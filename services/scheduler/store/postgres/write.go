package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

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
	for _, bulk := range c.Bulks {
		writeBulk(b, bulk, now)
	}
	writePages(b, c.Pages, now)
	m := c.Moves()
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
		import_until_ms = $17, import_crashes = $18, update_ms = $19, start_ms = $20, end_ms = $21, cost_micros = $22 WHERE project = $1 AND id = $2`,
		bulk.Project, bulk.ID, int16(bulk.State), bulk.LastSequence, n.Total, n.Pending, n.Running, n.Completed, n.Failed,
		n.Skipped, n.Cancelled, n.RateLimited, bulk.RenderTime.Milliseconds(), bulk.ImportDone, null(bulk.Import.ID), null(clean(bulk.Import.Worker)),
		millis(bulk.Import.Until), bulk.ImportCrashes, now, millis(bulk.Started), millis(bulk.Ended), bulk.Cost)
	if bulk.ErrorChanged {
		b.Queue(`UPDATE bulk_job_details SET error = $3 WHERE project = $1 AND id = $2`, bulk.Project, bulk.ID, bulk.Error)
	}
	if bulk.ReportChanged {
		b.Queue(`UPDATE bulk_job_details SET report = $3 WHERE project = $1 AND id = $2`, bulk.Project, bulk.ID, bulk.Report)
	}
}
