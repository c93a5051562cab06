package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
)

// sourceRow is a row of a source, and what has become of its video job.
const (
	sourceRow = `s.row_hash, s.content, s.bulk_job, s.video_job, s.kind, s.removed_ms, f.state, b.id IS NOT NULL`
	itsEnd    = ` LEFT JOIN LATERAL (SELECT state FROM finished WHERE project = $1 AND bulk_job = s.bulk_job AND id = s.video_job LIMIT 1) AS f ON true
		LEFT JOIN LATERAL (SELECT id FROM bulk_jobs WHERE project = $1 AND id = s.bulk_job LIMIT 1) AS b ON true `

	sourceRows = `SELECT ` + sourceRow + ` FROM unnest($3::bytea[]) AS k (row_hash) CROSS JOIN LATERAL (SELECT * FROM source_rows
		WHERE project = $1 AND source = $2 AND row_hash = k.row_hash LIMIT 1) AS s` + itsEnd
	sourceRowsAfter = `SELECT ` + sourceRow + ` FROM (SELECT * FROM source_rows WHERE project = $1 AND source = $2 AND row_hash > $3 AND removed_ms IS NULL
		ORDER BY row_hash LIMIT $4::bigint) AS s` + itsEnd + `ORDER BY s.row_hash`
)

func scanSourceRow(k store.SourceKey) func(pgx.CollectableRow) (store.SourceRow, error) {
	return func(row pgx.CollectableRow) (r store.SourceRow, err error) {
		var hash, content []byte
		var kind int16
		var end *int16
		var removed *int64
		r.SourceKey, r.Video.Project = k, k.Project
		err = row.Scan(&hash, &content, &r.Video.ID, &r.Video.Video, &kind, &removed, &end, &r.There)
		copy(r.Row[:], hash)
		copy(r.Content[:], content)
		r.Kind, r.Removed = store.RowKind(kind), fromMillis(removed)
		if end != nil {
			r.State = schedulerv1.VideoJob_State(*end)
		}
		return r, err
	}
}

func raw(h store.Hash) []byte { return h[:] }

// SourceRows implements ledger.Reader.
func (r reader) SourceRows(ctx context.Context, k store.SourceKey, keys []store.Hash) ([]store.SourceRow, error) {
	rows, err := r.Query(ctx, sourceRows, k.Project, k.Source[:], column(keys, raw))
	return collect(rows, err, scanSourceRow(k))
}

// SourceRowsAfter implements ledger.Reader.
func (r reader) SourceRowsAfter(ctx context.Context, k store.SourceKey, after store.Hash, limit int) ([]store.SourceRow, error) {
	from := after[:]
	if after == (store.Hash{}) {
		from = []byte{}
	}
	rows, err := r.Query(ctx, sourceRowsAfter, k.Project, k.Source[:], from, limit)
	return collect(rows, err, scanSourceRow(k))
}

// LockSource implements ledger.Tx.
func (t *tx) LockSource(ctx context.Context, k store.SourceKey, now time.Time) error {
	_, err := t.Exec(ctx, `INSERT INTO import_sources (project, source, last_ms) VALUES ($1, $2, $3)
		ON CONFLICT (project, source) DO UPDATE SET last_ms = $3`, k.Project, k.Source[:], now.UnixMilli())
	return err
}

// writeRows remembers rows.
func writeRows(b *pgx.Batch, c *ledger.Changes) {
	if len(c.Rows) == 0 {
		return
	}
	b.Queue(`INSERT INTO source_rows (project, source, row_hash, content, bulk_job, video_job, kind, removed_ms)
		SELECT * FROM unnest($1::text[], $2::bytea[], $3::bytea[], $4::bytea[], $5::text[]::uuid[], $6::text[]::uuid[], $7::smallint[], $8::bigint[])
		ON CONFLICT (project, source, row_hash) DO UPDATE SET content = excluded.content, bulk_job = excluded.bulk_job, video_job = excluded.video_job,
			kind = excluded.kind, removed_ms = excluded.removed_ms`,
		column(c.Rows, func(r store.SourceRow) string { return r.Project }), column(c.Rows, func(r store.SourceRow) []byte { return r.Source[:] }),
		column(c.Rows, func(r store.SourceRow) []byte { return r.Row[:] }), column(c.Rows, func(r store.SourceRow) []byte { return r.Content[:] }),
		column(c.Rows, func(r store.SourceRow) string { return r.Video.ID }), column(c.Rows, func(r store.SourceRow) string { return r.Video.Video }),
		column(c.Rows, func(r store.SourceRow) int16 { return int16(r.Kind) }), column(c.Rows, func(r store.SourceRow) *int64 { return millis(r.Removed) }))
}

// RemoveRows implements ledger.Tx.
func (t *tx) RemoveRows(ctx context.Context, k store.SourceKey, keys []store.Hash, now time.Time) error {
	_, err := t.Exec(ctx, `UPDATE source_rows AS s SET removed_ms = $4 FROM unnest($3::bytea[]) AS k (row_hash)
		CROSS JOIN LATERAL (SELECT ctid AS at FROM source_rows WHERE project = $1 AND source = $2 AND row_hash = k.row_hash AND removed_ms IS NULL LIMIT 1) AS f
		WHERE s.ctid = f.at`, k.Project, k.Source[:], column(keys, raw), now.UnixMilli())
	return err
}

// Statements that forget. A source that has no rows any more goes last; one that is imported again meanwhile is locked
// and stepped over, or has a newer time.
const (
	forgetRemoved = `DELETE FROM source_rows WHERE ctid = ANY (ARRAY(
		SELECT ctid FROM source_rows WHERE removed_ms IS NOT NULL AND removed_ms < $1 LIMIT $2::bigint FOR UPDATE SKIP LOCKED))`
	forgetUnused = `DELETE FROM source_rows WHERE ctid = ANY (ARRAY(SELECT r.at FROM (SELECT project, source FROM import_sources
			WHERE last_ms < $1 ORDER BY last_ms LIMIT 1 FOR UPDATE SKIP LOCKED) AS s
		CROSS JOIN LATERAL (SELECT ctid AS at FROM source_rows WHERE project = s.project AND source = s.source LIMIT $2::bigint) AS r))`
	forgetSource = `DELETE FROM import_sources WHERE ctid = ANY (ARRAY(SELECT s.ctid FROM import_sources AS s WHERE last_ms < $1
		AND NOT EXISTS (SELECT FROM source_rows WHERE project = s.project AND source = s.source) ORDER BY last_ms LIMIT $2::bigint FOR UPDATE SKIP LOCKED))`
)

// ForgetRows implements ledger.Tx.
func (t *tx) ForgetRows(ctx context.Context, removed, unused time.Time, limit int) (n int, err error) {
	for _, step := range []struct {
		statement string
		before    time.Time
	}{{forgetRemoved, removed}, {forgetUnused, unused}, {forgetSource, unused}} {
		done, err := t.Exec(ctx, step.statement, step.before.UnixMilli(), limit)
		if err != nil {
			return n, err
		}
		n += int(done.RowsAffected())
	}
	return n, nil
}

// failedEnds are the ends of video jobs that are not remembered when they are deleted.
func failedEnds() []int16 {
	return []int16{int16(state.Failed), int16(state.Cancelled), int16(state.Skipped)}
}
