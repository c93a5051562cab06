package postgres

import (
	"github.com/jackc/pgx/v5"

	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
)

func jobProject(j *ledger.Job) string { return j.Project }
func jobBulk(j *ledger.Job) string    { return j.ID }
func jobID(j *ledger.Job) string      { return j.Video }

func writePages(b *pgx.Batch, all []*ledger.NewPage, now int64) {
	if len(all) == 0 {
		return
	}
	b.Queue(`INSERT INTO pages (project, bulk_job, last_position, ids, row_keys, ideas, top_id, create_ms)
		SELECT n.*, $8 FROM unnest($1::text[], $2::text[]::uuid[], $3::bigint[], $4::bytea[], $5::bytea[], $6::bytea[], $7::text[]::uuid[]) AS n`,
		column(all, func(p *ledger.NewPage) string { return p.Project }),
		column(all, func(p *ledger.NewPage) string { return p.ID }),
		column(all, func(p *ledger.NewPage) int64 { return p.Last }),
		column(all, func(p *ledger.NewPage) []byte { return p.IDs }),
		column(all, func(p *ledger.NewPage) []byte { return p.RowKeys }),
		column(all, func(p *ledger.NewPage) []byte { return p.Ideas }), column(all, func(p *ledger.NewPage) string { return p.Top }), now)
}

func deleteJobs(b *pgx.Batch, p ledger.Place, all []*ledger.Job) {
	if len(all) == 0 {
		return
	}
	b.Queue(`DELETE FROM `+table(p)+` j USING unnest($1::text[], $2::text[]::uuid[], $3::text[]::uuid[]) AS k (project, bulk_job, id)`+
		rowsOf(table(p))+`WHERE j.ctid = f.at`,
		column(all, jobProject), column(all, jobBulk), column(all, jobID))
}

// insertJobs inserts rows into the table of a place.
func insertJobs(b *pgx.Batch, p ledger.Place, all []*ledger.Job) {
	if len(all) == 0 {
		return
	}
	into := `project, bulk_job, id, user_id, provider, position, last_on_page, priority, max_attempts, state, sort_key, attempt, failures,
		crashes, edited, error, wanted_key, plain_key`
	from := `$1::text[], $2::text[]::uuid[], $3::text[]::uuid[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::smallint[],
		$9::integer[], $10::smallint[], $11::bigint[], $12::integer[], $13::integer[], $14::integer[], $15::bytea[], $16::bytea[], $17::bigint[], $18::bigint[]`
	args := []any{
		column(all, jobProject), column(all, jobBulk), column(all, jobID),
		column(all, func(j *ledger.Job) string { return j.User }),
		column(all, func(j *ledger.Job) string { return j.Provider }),
		column(all, func(j *ledger.Job) int64 { return j.Position }),
		column(all, func(j *ledger.Job) int64 { return j.LastOnPage }),
		column(all, func(j *ledger.Job) int16 { return int16(j.Priority) }),
		column(all, func(j *ledger.Job) int32 { return j.MaxAttempts }),
		column(all, func(j *ledger.Job) int16 { return int16(j.State) }),
		column(all, func(j *ledger.Job) int64 { return j.SortKey }),
		column(all, func(j *ledger.Job) int32 { return j.Attempt }),
		column(all, func(j *ledger.Job) int32 { return int32(j.Failures) }),
		column(all, func(j *ledger.Job) int32 { return int32(j.Crashes) }),
		column(all, func(j *ledger.Job) []byte { return j.Edited }),
		column(all, func(j *ledger.Job) []byte { return j.Error }),
		column(all, func(j *ledger.Job) *int64 { return orNull(j.WantedKey) }),
		column(all, func(j *ledger.Job) *int64 { return orNull(j.PlainKey) }),
	}
	switch p {
	case ledger.InQueue:
		into += `, held, due_ms`
		from += `, $19::boolean[], $20::bigint[]`
		args = append(args, column(all, func(j *ledger.Job) bool { return j.Held }), column(all, jobDue))
	case ledger.InRunning:
		into += `, lease, worker, until_ms, start_ms, percent, stage, eta_ms, progress_event_ms`
		from += `, $19::text[], $20::text[], $21::bigint[], $22::bigint[], $23::double precision[], $24::text[], $25::bigint[], $26::bigint[]`
		args = append(args, column(all, func(j *ledger.Job) string { return j.Lease }),
			column(all, func(j *ledger.Job) string { return clean(j.Worker) }),
			column(all, jobUntil), column(all, func(j *ledger.Job) int64 { return j.Start.UnixMilli() }),
			column(all, func(j *ledger.Job) float64 { return j.Percent }), column(all, func(j *ledger.Job) string { return clean(j.Stage) }),
			column(all, func(j *ledger.Job) int64 { return j.ETA.Milliseconds() }), column(all, jobProgressed))
	case ledger.InFinished:
		into += `, lease, worker, start_ms, end_ms, result`
		from += `, $19::text[], $20::text[], $21::bigint[], $22::bigint[], $23::bytea[]`
		args = append(args, column(all, func(j *ledger.Job) *string { return null(j.Lease) }),
			column(all, func(j *ledger.Job) *string { return null(clean(j.Worker)) }),
			column(all, func(j *ledger.Job) *int64 { return millis(j.Start) }),
			column(all, func(j *ledger.Job) int64 { return j.Ended.UnixMilli() }),
			column(all, func(j *ledger.Job) []byte { return j.Result }))
	}
	b.Queue(`INSERT INTO `+table(p)+` (`+into+`) SELECT * FROM unnest(`+from+`)`, args...)
}

func jobDue(j *ledger.Job) int64 {
	if j.Due.IsZero() {
		return 0
	}
	return j.Due.UnixMilli()
}

func jobUntil(j *ledger.Job) int64      { return j.Until.UnixMilli() }
func jobProgressed(j *ledger.Job) int64 { return j.Progressed.UnixMilli() }

// updateQueue stores what changes while a job waits.
func updateQueue(b *pgx.Batch, all []*ledger.Job) {
	if len(all) == 0 {
		return
	}
	b.Queue(`UPDATE queue q SET state = k.state, held = k.held, sort_key = k.sort_key, due_ms = k.due_ms, priority = k.priority, error = k.error
		FROM unnest($1::text[], $2::text[]::uuid[], $3::text[]::uuid[], $4::smallint[], $5::boolean[], $6::bigint[], $7::bigint[], $8::smallint[], $9::bytea[])
			AS k (project, bulk_job, id, state, held, sort_key, due_ms, priority, error)`+rowsOf("queue")+`WHERE q.ctid = f.at`,
		column(all, jobProject), column(all, jobBulk), column(all, jobID),
		column(all, func(j *ledger.Job) int16 { return int16(j.State) }),
		column(all, func(j *ledger.Job) bool { return j.Held }),
		column(all, func(j *ledger.Job) int64 { return j.SortKey }),
		column(all, jobDue),
		column(all, func(j *ledger.Job) int16 { return int16(j.Priority) }),
		column(all, func(j *ledger.Job) []byte { return j.Error }))
}

// updateRunning stores what changes while a job runs.
func updateRunning(b *pgx.Batch, all []*ledger.Job) {
	if len(all) == 0 {
		return
	}
	b.Queue(`UPDATE running q SET state = k.state, until_ms = k.until_ms, percent = k.percent, stage = k.stage, eta_ms = k.eta_ms,
		progress_event_ms = k.progress_event_ms
		FROM unnest($1::text[], $2::text[]::uuid[], $3::text[]::uuid[], $4::smallint[], $5::bigint[], $6::double precision[],
			$7::text[], $8::bigint[], $9::bigint[]) AS k (project, bulk_job, id, state, until_ms, percent, stage, eta_ms, progress_event_ms)`+rowsOf("running")+`WHERE q.ctid = f.at`,
		column(all, jobProject), column(all, jobBulk), column(all, jobID),
		column(all, func(j *ledger.Job) int16 { return int16(j.State) }),
		column(all, jobUntil),
		column(all, func(j *ledger.Job) float64 { return j.Percent }),
		column(all, func(j *ledger.Job) string { return clean(j.Stage) }),
		column(all, func(j *ledger.Job) int64 { return j.ETA.Milliseconds() }),
		column(all, jobProgressed))
}

// writeHistory writes events, attempts and dead letters.
func writeHistory(b *pgx.Batch, c *ledger.Changes, now int64) {
	if all := c.Events; len(all) > 0 {
		// A transaction may have got its number before the one that wrote the page before; see the table.
		b.Queue(`INSERT INTO job_events (project, bulk_job, first_sequence, last_sequence, events, turn)
			SELECT n.*, greatest(pg_current_xact_id(), (SELECT p.turn FROM job_events AS p
				WHERE p.project = n.project AND p.bulk_job = n.bulk_job ORDER BY p.last_sequence DESC LIMIT 1))
			FROM unnest($1::text[], $2::text[]::uuid[], $3::bigint[], $4::bigint[], $5::bytea[]) AS n (project, bulk_job, first_sequence, last_sequence, events)`,
			column(all, func(p *ledger.EventPage) string { return p.Project }),
			column(all, func(p *ledger.EventPage) string { return p.ID }),
			column(all, func(p *ledger.EventPage) int64 { return p.First }),
			column(all, func(p *ledger.EventPage) int64 { return p.Last }),
			column(all, func(p *ledger.EventPage) []byte { return p.Raw }))
	}
	if all := c.Ended; len(all) > 0 {
		b.Queue(`INSERT INTO attempts (project, bulk_job, video_job, number, worker, start_ms, end_ms, error)
			SELECT * FROM unnest($1::text[], $2::text[]::uuid[], $3::text[]::uuid[], $4::integer[], $5::text[], $6::bigint[], $7::bigint[], $8::bytea[])`,
			column(all, func(a ledger.Ended) string { return a.Project }),
			column(all, func(a ledger.Ended) string { return a.ID }),
			column(all, func(a ledger.Ended) string { return a.Video }),
			column(all, func(a ledger.Ended) int32 { return a.Number }),
			column(all, func(a ledger.Ended) string { return clean(a.Worker) }),
			column(all, func(a ledger.Ended) int64 { return a.Start.UnixMilli() }),
			column(all, func(a ledger.Ended) int64 { return a.End.UnixMilli() }),
			column(all, func(a ledger.Ended) []byte { return a.Error }))
	}
	for _, d := range c.Letters {
		b.Queue(`INSERT INTO dead_letters (project, id, bulk_job, class, create_ms) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (project, id) DO UPDATE SET class = $4, create_ms = $5`, d.Project, d.Video, d.ID, int32(d.Class), now)
	}
	if all := c.Revived; len(all) > 0 {
		b.Queue(`DELETE FROM dead_letters j USING unnest($1::text[], $2::text[]::uuid[]) AS k (project, id)
			CROSS JOIN LATERAL (SELECT t.ctid AS at FROM dead_letters AS t WHERE t.project = k.project AND t.id = k.id LIMIT 1) AS f WHERE j.ctid = f.at`,
			column(all, func(k store.VideoKey) string { return k.Project }),
			column(all, func(k store.VideoKey) string { return k.Video }))
	}
}
