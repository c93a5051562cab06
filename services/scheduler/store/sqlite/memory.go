package sqlite

import (
	"context"
	"database/sql"
	"time"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
)

// sourceRow reads rows of a source, with what has become of their video jobs.
const sourceRow = `SELECT s.row_hash, s.content, s.bulk_job, s.video_job, s.kind, s.removed_ms, f.state, b.id IS NOT NULL FROM source_rows AS s
	LEFT JOIN finished AS f ON f.project = s.project AND f.bulk_job = s.bulk_job AND f.id = s.video_job
	LEFT JOIN bulk_jobs AS b ON b.project = s.project AND b.id = s.bulk_job WHERE s.project = ? AND s.source = ? `

func scanSourceRow(k store.SourceKey) func(*sql.Rows) (store.SourceRow, error) {
	return func(row *sql.Rows) (r store.SourceRow, err error) {
		var hash, content []byte
		var end, removed sql.NullInt64
		r.SourceKey, r.Video.Project = k, k.Project
		err = row.Scan(&hash, &content, &r.Video.ID, &r.Video.Video, &r.Kind, &removed, &end, &r.There)
		copy(r.Row[:], hash)
		copy(r.Content[:], content)
		r.Removed, r.State = fromMillis(removed), schedulerv1.VideoJob_State(end.Int64)
		return r, err
	}
}

// SourceRows implements ledger.Reader.
func (r reader) SourceRows(ctx context.Context, k store.SourceKey, keys []store.Hash) (all []store.SourceRow, err error) {
	err = inChunks(keys, func(chunk []store.Hash) error {
		args := append([]any{k.Project, k.Source[:]}, flat(chunk, func(h store.Hash) []any { return []any{h[:]} })...)
		found, err := rows(ctx, r.Tx, scanSourceRow(k), sourceRow+`AND s.row_hash IN `+list(len(chunk)), args...)
		all = append(all, found...)
		return err
	})
	return all, err
}

// SourceRowsAfter implements ledger.Reader.
func (r reader) SourceRowsAfter(ctx context.Context, k store.SourceKey, after store.Hash, limit int) ([]store.SourceRow, error) {
	from := after[:]
	if after == (store.Hash{}) {
		from = []byte{}
	}
	return rows(ctx, r.Tx, scanSourceRow(k), sourceRow+`AND s.row_hash > ? AND s.removed_ms IS NULL ORDER BY s.row_hash LIMIT ?`, k.Project, k.Source[:], from, limit)
}

// LockSource implements ledger.Tx. The one writer has a lock on everything.
func (t *tx) LockSource(ctx context.Context, k store.SourceKey, now time.Time) error {
	_, err := t.ExecContext(ctx, `INSERT OR REPLACE INTO import_sources (project, source, last_ms) VALUES (?, ?, ?)`, k.Project, k.Source[:], now.UnixMilli())
	return err
}

// remember stores rows.
func (w *writer) remember(c *ledger.Changes) {
	if w.err != nil {
		return
	}
	w.err = inChunks(c.Rows, func(chunk []store.SourceRow) error {
		_, err := w.tx.ExecContext(w.ctx, `INSERT OR REPLACE INTO source_rows (project, source, row_hash, content, bulk_job, video_job, kind, removed_ms) VALUES `+
			tuples(len(chunk), 8), flat(chunk, func(r store.SourceRow) []any {
			return []any{r.Project, r.Source[:], r.Row[:], r.Content[:], r.Video.ID, r.Video.Video, int64(r.Kind), millis(r.Removed)}
		})...)
		return err
	})
}

// RemoveRows implements ledger.Tx.
func (t *tx) RemoveRows(ctx context.Context, k store.SourceKey, keys []store.Hash, now time.Time) error {
	return inChunks(keys, func(chunk []store.Hash) error {
		args := append([]any{now.UnixMilli(), k.Project, k.Source[:]}, flat(chunk, func(h store.Hash) []any { return []any{h[:]} })...)
		_, err := t.ExecContext(ctx, `UPDATE source_rows SET removed_ms = ? WHERE project = ? AND source = ? AND removed_ms IS NULL AND row_hash IN `+list(len(chunk)), args...)
		return err
	})
}

// ForgetRows implements ledger.Tx.
func (t *tx) ForgetRows(ctx context.Context, removed, unused time.Time, limit int) (n int, err error) {
	for _, step := range []struct {
		statement string
		before    time.Time
	}{
		{`DELETE FROM source_rows WHERE (project, source, row_hash) IN (SELECT project, source, row_hash FROM source_rows
			WHERE removed_ms IS NOT NULL AND removed_ms < ? LIMIT ?)`, removed},
		{`DELETE FROM source_rows WHERE (project, source, row_hash) IN (SELECT r.project, r.source, r.row_hash
			FROM (SELECT project, source FROM import_sources WHERE last_ms < ? ORDER BY last_ms LIMIT 1) AS s
			CROSS JOIN source_rows AS r WHERE r.project = s.project AND r.source = s.source LIMIT ?)`, unused},
		{`DELETE FROM import_sources WHERE (project, source) IN (SELECT project, source FROM import_sources AS s WHERE last_ms < ?
			AND NOT EXISTS (SELECT 1 FROM source_rows AS r WHERE r.project = s.project AND r.source = s.source) ORDER BY last_ms LIMIT ?)`, unused},
	} {
		done, err := t.ExecContext(ctx, step.statement, step.before.UnixMilli(), limit)
		if err != nil {
			return n, err
		}
		some, err := done.RowsAffected()
		if err != nil {
			return n, err
		}
		n += int(some)
	}
	return n, nil
}
