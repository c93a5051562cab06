package sqlite

import (
	"context"
	"strings"

	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
)

// Write implements ledger.Tx.
func (t *tx) Write(ctx context.Context, c *ledger.Changes) error {
	w := &writer{ctx: ctx, tx: t}
	now := c.Now.UnixMilli()
	for _, b := range c.NewBulks {
		w.exec(`INSERT INTO bulk_jobs (project, id, user_id, state, spec, create_ms, update_ms, deadline_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
			b.Project, b.ID, b.User, b.State, b.Spec, now, now, millis(b.Deadline))
	}
	for _, b := range c.Bulks {
		w.bulk(b, now)
	}
	insert(w, `pages (project, bulk_job, last_position, ids, row_keys, ideas, top_id, create_ms)`, c.Pages, func(p *ledger.NewPage) []any {
		return []any{p.Project, p.ID, p.Last, p.IDs, p.RowKeys, p.Ideas, p.Top, now}
	})
	m := c.Moves()
	w.blocks(c.Blocks, m.Taken)
	w.jobs(m)
	for _, h := range c.Holds {
		w.exec(`UPDATE queue SET held = ? WHERE project = ? AND bulk_job = ?`, h.Held, h.Project, h.ID)
	}
	w.order(c)
	w.history(c)
	w.costs(c)
	w.notices(c)
	w.remember(c)
	for _, r := range c.Requests {
		w.exec(`INSERT OR REPLACE INTO requests (project, method, request_id, hash, resource, expire_ms) VALUES (?, ?, ?, ?, ?, ?)`,
			r.Project, r.Method, r.ID, r.Hash, r.Resource, r.Expire.UnixMilli())
	}
	return w.err
}

// writer runs statements until one fails.
type writer struct {
	ctx context.Context
	tx  *tx
	err error
}

func (w *writer) exec(statement string, args ...any) {
	if w.err == nil {
		_, w.err = w.tx.ExecContext(w.ctx, statement, args...)
	}
}

func (w *writer) bulk(b *ledger.Bulk, now int64) {
	n := b.Counts
	w.exec(`UPDATE bulk_jobs SET state = ?, last_sequence = ?, total = ?, pending = ?, running = ?, completed = ?, failed = ?,
		skipped = ?, cancelled = ?, rate_limited = ?, render_ms = ?, import_done = ?, import_lease = ?, import_worker = ?,
		import_until_ms = ?, import_crashes = ?, update_ms = ?, start_ms = ?, end_ms = ?, cost_micros = ? WHERE project = ? AND id = ?`,
		b.State, b.LastSequence, n.Total, n.Pending, n.Running, n.Completed, n.Failed, n.Skipped, n.Cancelled, n.RateLimited,
		b.RenderTime.Milliseconds(), b.ImportDone, null(b.Import.ID), null(b.Import.Worker), millis(b.Import.Until), b.ImportCrashes,
		now, millis(b.Started), millis(b.Ended), b.Cost, b.Project, b.ID)
	if b.ErrorChanged {
		w.exec(`UPDATE bulk_jobs SET error = ? WHERE project = ? AND id = ?`, blob(b.Error), b.Project, b.ID)
	}
	if b.ReportChanged {
		w.exec(`UPDATE bulk_jobs SET report = ? WHERE project = ? AND id = ?`, blob(b.Report), b.Project, b.ID)
	}
}

// insert inserts rows into a table, whose name is followed by its columns.
func insert[T any](w *writer, into string, all []T, values func(T) []any) {
	if w.err != nil {
		return
	}
	w.err = inChunks(all, func(chunk []T) error {
		columns := strings.Count(into, ",") + 1
		_, err := w.tx.ExecContext(w.ctx, `INSERT INTO `+into+` VALUES `+tuples(len(chunk), columns), flat(chunk, values)...)
		return err
	})
}

// jobs moves the rows of jobs.
func (w *writer) jobs(m ledger.Moves) {
	for place, table := range map[ledger.Place]string{ledger.InQueue: "queue", ledger.InRunning: "running", ledger.InFinished: "finished"} {
		for _, j := range m.Delete[place] {
			w.exec(`DELETE FROM `+table+` `+byKey, j.Project, j.ID, j.Video)
		}
	}
	insert(w, `queue (`+jobColumns+`, held, due_ms)`, m.Insert[ledger.InQueue], func(j *ledger.Job) []any {
		return common(j, j.Held, milliOr0(j.Due))
	})
	insert(w, `running (`+jobColumns+`, lease, worker, until_ms, start_ms, percent, stage, eta_ms, progress_event_ms)`,
		m.Insert[ledger.InRunning], func(j *ledger.Job) []any {
			return common(j, j.Lease, j.Worker, j.Until.UnixMilli(), j.Start.UnixMilli(), j.Percent, j.Stage, j.ETA.Milliseconds(), j.Progressed.UnixMilli())
		})
	insert(w, `finished (`+jobColumns+`, lease, worker, start_ms, end_ms, result)`, m.Insert[ledger.InFinished], func(j *ledger.Job) []any {
		return common(j, null(j.Lease), null(j.Worker), millis(j.Start), j.Ended.UnixMilli(), blob(j.Result))
	})
	for _, j := range m.Update[ledger.InQueue] {
		w.exec(`UPDATE queue SET state = ?, held = ?, sort_key = ?, due_ms = ?, priority = ?, error = ? `+byKey,
			int64(j.State), j.Held, j.SortKey, milliOr0(j.Due), int64(j.Priority), blob(j.Error), j.Project, j.ID, j.Video)
	}
	for _, j := range m.Update[ledger.InRunning] {
		w.exec(`UPDATE running SET state = ?, until_ms = ?, percent = ?, stage = ?, eta_ms = ?, progress_event_ms = ? `+byKey,
			int64(j.State), j.Until.UnixMilli(), j.Percent, j.Stage, j.ETA.Milliseconds(), j.Progressed.UnixMilli(), j.Project, j.ID, j.Video)
	}
}

// common are the values of jobColumns, and then those of a place.
func common(j *ledger.Job, more ...any) []any {
	return append([]any{
		j.Project, j.ID, j.Video, j.User, j.Provider, j.Position, j.LastOnPage, int64(j.Priority), j.MaxAttempts, int64(j.State),
		j.SortKey, j.Attempt, j.Failures, j.Crashes, blob(j.Edited), blob(j.Error), orNull(j.WantedKey), orNull(j.PlainKey),
	}, more...)
}

// history writes events, attempts and dead letters.
func (w *writer) history(c *ledger.Changes) {
	for _, p := range c.Events {
		w.exec(`INSERT INTO job_events (project, bulk_job, first_sequence, last_sequence, events) VALUES (?, ?, ?, ?, ?)`,
			p.Project, p.ID, p.First, p.Last, p.Raw)
	}
	for _, a := range c.Ended {
		w.exec(`INSERT INTO attempts (project, bulk_job, video_job, number, worker, start_ms, end_ms, error) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
			a.Project, a.ID, a.Video, a.Number, a.Worker, a.Start.UnixMilli(), a.End.UnixMilli(), blob(a.Error))
	}
	for _, d := range c.Letters {
		w.exec(`INSERT OR REPLACE INTO dead_letters (project, id, bulk_job, class, create_ms) VALUES (?, ?, ?, ?, ?)`,
			d.Project, d.Video, d.ID, d.Class, c.Now.UnixMilli())
	}
	for _, k := range c.Revived {
		w.exec(`DELETE FROM dead_letters WHERE project = ? AND id = ?`, k.Project, k.Video)
	}
}
