package sqlite

import (
	"context"

	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
)

// Write implements ledger.Tx.
func (t *tx) Write(ctx context.Context, c *ledger.Changes) error {
	w := &writer{ctx: ctx, tx: t}
	now := c.Now.UnixMilli()
	for _, b := range c.NewBulks {
		w.exec(`INSERT INTO bulk_jobs (project, id, user_id, state, spec, create_ms, update_ms) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			b.Project, b.ID, b.User, b.State, b.Spec, now, now)
	}
	for _, b := range c.Bulks {
		w.bulk(b, now)
	}
	for _, v := range c.NewVideos {
		w.newVideo(&v, now)
	}
	for _, j := range c.Jobs {
		w.job(j)
	}
	for _, h := range c.Holds {
		w.exec(`UPDATE queue SET held = ? WHERE project = ? AND bulk_job = ? AND state IN (1, 2, 5)`, h.Held, h.Project, h.ID)
	}
	for _, o := range c.Outcomes {
		w.exec(`UPDATE video_jobs SET error = ?, end_ms = ?, result = coalesce(?, result) WHERE project = ? AND bulk_job = ? AND id = ?`,
			blob(o.Error), millis(o.Ended), blob(o.Result), o.Project, o.ID, o.Video)
	}
	w.history(c)
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
		import_until_ms = ?, import_crashes = ?, update_ms = ?, start_ms = ?, end_ms = ? WHERE project = ? AND id = ?`,
		b.State, b.LastSequence, n.Total, n.Pending, n.Running, n.Completed, n.Failed, n.Skipped, n.Cancelled, n.RateLimited,
		b.RenderTime.Milliseconds(), b.ImportDone, null(b.Import.ID), null(b.Import.Worker), millis(b.Import.Until), b.ImportCrashes,
		now, millis(b.Started), millis(b.Ended), b.Project, b.ID)
	if b.ErrorChanged {
		w.exec(`UPDATE bulk_jobs SET error = ? WHERE project = ? AND id = ?`, blob(b.Error), b.Project, b.ID)
	}
	if b.ReportChanged {
		w.exec(`UPDATE bulk_jobs SET report = ? WHERE project = ? AND id = ?`, blob(b.Report), b.Project, b.ID)
	}
}

func (w *writer) newVideo(v *ledger.NewVideo, now int64) {
	w.exec(`INSERT INTO video_jobs
		(project, bulk_job, id, position, row_key, row_number, title, priority, max_attempts, idea, error, create_ms, end_ms)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		v.Project, v.ID, v.Video, v.Position, v.New.Idea.GetRowKey(), v.New.Idea.GetRowNumber(), v.New.Idea.GetTitle(),
		v.New.Priority, v.New.MaxAttempts, v.Idea, blob(v.Error), now, millis(v.Ended))
	w.exec(`INSERT INTO queue (project, bulk_job, id, user_id, state, sort_key) VALUES (?, ?, ?, ?, ?, ?)`,
		v.Project, v.ID, v.Video, v.User, v.State, v.New.SortKey)
}

func (w *writer) job(j *ledger.Job) {
	var due int64
	if !j.Due.IsZero() {
		due = j.Due.UnixMilli()
	}
	w.exec(`UPDATE queue SET state = ?, held = ?, sort_key = ?, due_ms = ?, attempt = ?, failures = ?, crashes = ?,
		lease = ?, until_ms = ?, start_ms = ?, percent = ?, stage = ?, eta_ms = ?, progress_event_ms = ?
		WHERE project = ? AND bulk_job = ? AND id = ?`,
		j.State, j.Held, j.SortKey, due, j.Attempt, j.Failures, j.Crashes,
		null(j.Lease), millis(j.Until), millis(j.Start), j.Percent, j.Stage, j.ETA.Milliseconds(), j.Progressed.UnixMilli(),
		j.Project, j.ID, j.Video)
}

// history writes events, attempts and dead letters.
func (w *writer) history(c *ledger.Changes) {
	for _, e := range c.Events {
		w.exec(`INSERT INTO job_events (project, bulk_job, sequence, event) VALUES (?, ?, ?, ?)`, e.Project, e.ID, e.Sequence, e.Raw)
	}
	for _, a := range c.Begun {
		w.exec(`INSERT INTO attempts (project, bulk_job, video_job, number, worker, start_ms) VALUES (?, ?, ?, ?, ?, ?)`,
			a.Project, a.ID, a.Video, a.Number, a.Worker, a.Start.UnixMilli())
	}
	for _, a := range c.Ended {
		w.exec(`UPDATE attempts SET end_ms = ?, error = ? WHERE project = ? AND bulk_job = ? AND video_job = ? AND number = ? AND end_ms IS NULL`,
			a.End.UnixMilli(), blob(a.Error), a.Project, a.ID, a.Video, a.Number)
	}
	for _, d := range c.Letters {
		w.exec(`INSERT OR REPLACE INTO dead_letters (project, id, bulk_job, class, create_ms) VALUES (?, ?, ?, ?, ?)`,
			d.Project, d.Video, d.ID, d.Class, c.Now.UnixMilli())
	}
	for _, k := range c.Revived {
		w.exec(`DELETE FROM dead_letters WHERE project = ? AND id = ?`, k.Project, k.Video)
	}
}
