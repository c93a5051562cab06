package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
)

// shown leaves out the dead letters of a deleted bulk job, which are still there until they are pruned.
const shown = `EXISTS (SELECT FROM bulk_jobs AS b WHERE b.project = d.project AND b.id = d.bulk_job)`

// filtered has the dead letters of a filter. Plans are made for the values at hand, so what is not asked for is not in them.
const filtered = shown + ` AND d.project = $1 AND ($2::integer = 0 OR d.class = $2) AND ($3::uuid IS NULL OR d.bulk_job = $3)
	AND ($4::bigint IS NULL OR d.create_ms < $4) `

func filterArgs(f store.LetterFilter, more ...any) []any {
	return append([]any{f.Project, int32(f.Class), null(f.BulkJob), millis(f.Before)}, more...)
}

const letters = `SELECT d.project, d.bulk_job, d.id, d.class, d.create_ms FROM dead_letters AS d WHERE `

func scanLetter(row pgx.CollectableRow) (l ledger.Letter, err error) {
	var created *int64
	err = row.Scan(&l.Project, &l.ID, &l.Video, &l.Class, &created)
	l.Created = fromMillis(created)
	return l, err
}

// Letter implements ledger.Reader.
func (r reader) Letter(ctx context.Context, project, id string) (ledger.Letter, error) {
	rows, err := r.Query(ctx, letters+shown+` AND d.project = $1 AND d.id = $2`, project, id)
	return first(collect(rows, err, scanLetter))
}

// Letters implements ledger.Reader.
func (r reader) Letters(ctx context.Context, f store.LetterFilter, before store.LetterPlace, limit int) ([]ledger.Letter, error) {
	rows, err := r.Query(ctx, letters+filtered+`AND ($5::uuid IS NULL OR (d.create_ms, d.id) < ($6::bigint, $5))
		ORDER BY d.create_ms DESC, d.id DESC LIMIT $7`, filterArgs(f, null(before.ID), before.Created, limit)...)
	return collect(rows, err, scanLetter)
}

// LettersAfter implements ledger.Reader.
func (r reader) LettersAfter(ctx context.Context, f store.LetterFilter, after store.LetterPlace, limit int) ([]ledger.Letter, error) {
	rows, err := r.Query(ctx, letters+filtered+`AND ($5::uuid IS NULL OR (d.create_ms, d.id) > ($6::bigint, $5))
		ORDER BY d.create_ms, d.id LIMIT $7`, filterArgs(f, null(after.ID), after.Created, limit)...)
	return collect(rows, err, scanLetter)
}

// RemoveLetters implements ledger.Tx.
func (t *tx) RemoveLetters(ctx context.Context, f store.LetterFilter, limit int) (int, error) {
	gone, err := t.Exec(ctx, `DELETE FROM dead_letters WHERE (project, id) IN (SELECT d.project, d.id FROM dead_letters AS d
		WHERE `+filtered+`ORDER BY d.create_ms, d.id LIMIT $5 FOR UPDATE OF d SKIP LOCKED)`, filterArgs(f, limit)...)
	return int(gone.RowsAffected()), err
}

// ExpireLetters implements ledger.Tx.
func (t *tx) ExpireLetters(ctx context.Context, before time.Time, limit int) (int, error) {
	gone, err := t.Exec(ctx, `DELETE FROM dead_letters WHERE (project, id) IN (SELECT project, id FROM dead_letters
		WHERE create_ms < $1 ORDER BY create_ms LIMIT $2 FOR UPDATE SKIP LOCKED)`, before.UnixMilli(), limit)
	return int(gone.RowsAffected()), err
}
