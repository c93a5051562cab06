package sqlite

import (
	"context"
	"database/sql"
	"time"

	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
)

// shown leaves out the dead letters of a deleted bulk job, which are still there until they are pruned.
const shown = `EXISTS (SELECT 1 FROM bulk_jobs AS b WHERE b.project = d.project AND b.id = d.bulk_job)`

const letters = `SELECT d.project, d.bulk_job, d.id, d.class, d.create_ms FROM dead_letters AS d WHERE `

// filtered is the condition of a filter. What is not asked for is not in it, so that the plan is by the index of what is.
func filtered(f store.LetterFilter) (where string, args []any) {
	where, args = shown+` AND d.project = ?`, []any{f.Project}
	if f.Class != 0 {
		where, args = where+` AND d.class = ?`, append(args, int64(f.Class))
	}
	if f.BulkJob != "" {
		where, args = where+` AND d.bulk_job = ?`, append(args, f.BulkJob)
	}
	if !f.Before.IsZero() {
		where, args = where+` AND d.create_ms < ?`, append(args, f.Before.UnixMilli())
	}
	return where, args
}

func scanLetter(row *sql.Rows) (l ledger.Letter, err error) {
	var created sql.NullInt64
	err = row.Scan(&l.Project, &l.ID, &l.Video, &l.Class, &created)
	l.Created = fromMillis(created)
	return l, err
}

// Letter implements ledger.Reader.
func (r reader) Letter(ctx context.Context, project, id string) (ledger.Letter, error) {
	return first(rows(ctx, r.Tx, scanLetter, letters+shown+` AND d.project = ? AND d.id = ?`, project, id))
}

// Letters implements ledger.Reader.
func (r reader) Letters(ctx context.Context, f store.LetterFilter, before store.LetterPlace, limit int) ([]ledger.Letter, error) {
	statement, args := newestLetters(f, before, limit)
	return rows(ctx, r.Tx, scanLetter, statement, args...)
}

func newestLetters(f store.LetterFilter, before store.LetterPlace, limit int) (string, []any) {
	where, args := filtered(f)
	if before.ID != "" {
		where, args = where+` AND (d.create_ms, d.id) < (?, ?)`, append(args, before.Created, before.ID)
	}
	return letters + where + ` ORDER BY d.create_ms DESC, d.id DESC LIMIT ?`, append(args, limit)
}

// LettersAfter implements ledger.Reader.
func (r reader) LettersAfter(ctx context.Context, f store.LetterFilter, after store.LetterPlace, limit int) ([]ledger.Letter, error) {
	where, args := filtered(f)
	if after.ID != "" {
		where, args = where+` AND (d.create_ms, d.id) > (?, ?)`, append(args, after.Created, after.ID)
	}
	return rows(ctx, r.Tx, scanLetter, letters+where+` ORDER BY d.create_ms, d.id LIMIT ?`, append(args, limit)...)
}

// RemoveLetters implements ledger.Tx.
func (t *tx) RemoveLetters(ctx context.Context, f store.LetterFilter, limit int) (int, error) {
	where, args := filtered(f)
	return t.remove(ctx, `DELETE FROM dead_letters WHERE (project, id) IN (SELECT d.project, d.id FROM dead_letters AS d
		WHERE `+where+` ORDER BY d.create_ms, d.id LIMIT ?)`, append(args, limit)...)
}

// ExpireLetters implements ledger.Tx.
func (t *tx) ExpireLetters(ctx context.Context, before time.Time, limit int) (int, error) {
	return t.remove(ctx, `DELETE FROM dead_letters WHERE (project, id) IN (SELECT project, id FROM dead_letters
		WHERE create_ms < ? ORDER BY create_ms LIMIT ?)`, before.UnixMilli(), limit)
}

// remove runs a statement and counts the rows that are gone.
func (t *tx) remove(ctx context.Context, statement string, args ...any) (int, error) {
	gone, err := t.ExecContext(ctx, statement, args...)
	if err != nil {
		return 0, err
	}
	n, err := gone.RowsAffected()
	return int(n), err
}
