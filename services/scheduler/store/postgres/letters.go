package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
)

// shown leaves out the dead letters of a deleted bulk job, which are still there until they are pruned.
const shown = `EXISTS (SELECT FROM bulk_jobs AS b WHERE b.project = d.project AND b.id = d.bulk_job)`

// condition is the WHERE of a statement, with its arguments in order.
type condition struct {
	sql  string
	args []any
}

// and adds a condition. Each %d in it is the number of the next argument.
func (c *condition) and(sql string, args ...any) {
	numbers := make([]any, len(args))
	for i := range args {
		numbers[i] = len(c.args) + i + 1
	}
	if c.sql != "" {
		c.sql += ` AND `
	}
	c.sql += fmt.Sprintf(sql, numbers...)
	c.args = append(c.args, args...)
}

// limited ends a statement.
func (c *condition) limited(sql string, limit int) (string, []any) {
	return fmt.Sprintf(sql, c.sql, len(c.args)+1), append(c.args, limit)
}

// filtered is the condition of a filter. What is not asked for is not in it, so that the plan, which is kept whatever
// the values are, is by the index of what is.
func filtered(f store.LetterFilter) *condition {
	c := &condition{}
	c.and(shown+` AND d.project = $%d`, f.Project)
	if f.Class != 0 {
		c.and(`d.class = $%d`, int32(f.Class))
	}
	if f.BulkJob != "" {
		c.and(`d.bulk_job = $%d`, f.BulkJob)
	}
	if !f.Before.IsZero() {
		c.and(`d.create_ms < $%d`, f.Before.UnixMilli())
	}
	return c
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
	statement, args := newestLetters(f, before, limit)
	rows, err := r.Query(ctx, statement, args...)
	return collect(rows, err, scanLetter)
}

func newestLetters(f store.LetterFilter, before store.LetterPlace, limit int) (string, []any) {
	c := filtered(f)
	if before.ID != "" {
		c.and(`(d.create_ms, d.id) < ($%d::bigint, $%d::uuid)`, before.Created, before.ID)
	}
	return c.limited(letters+`%s ORDER BY d.create_ms DESC, d.id DESC LIMIT $%d`, limit)
}

// LettersAfter implements ledger.Reader.
func (r reader) LettersAfter(ctx context.Context, f store.LetterFilter, after store.LetterPlace, limit int) ([]ledger.Letter, error) {
	c := filtered(f)
	if after.ID != "" {
		c.and(`(d.create_ms, d.id) > ($%d::bigint, $%d::uuid)`, after.Created, after.ID)
	}
	statement, args := c.limited(letters+`%s ORDER BY d.create_ms, d.id LIMIT $%d`, limit)
	rows, err := r.Query(ctx, statement, args...)
	return collect(rows, err, scanLetter)
}

// RemoveLetters implements ledger.Tx.
func (t *tx) RemoveLetters(ctx context.Context, f store.LetterFilter, limit int) (int, error) {
	statement, args := oldestRemoved(f, limit)
	gone, err := t.Exec(ctx, statement, args...)
	return int(gone.RowsAffected()), err
}

func oldestRemoved(f store.LetterFilter, limit int) (string, []any) {
	return filtered(f).limited(`DELETE FROM dead_letters WHERE (project, id) IN (SELECT d.project, d.id FROM dead_letters AS d
		WHERE %s ORDER BY d.create_ms, d.id LIMIT $%d FOR UPDATE OF d SKIP LOCKED)`, limit)
}

// ExpireLetters implements ledger.Tx.
func (t *tx) ExpireLetters(ctx context.Context, before time.Time, limit int) (int, error) {
	gone, err := t.Exec(ctx, oldestExpired, before.UnixMilli(), limit)
	return int(gone.RowsAffected()), err
}

const oldestExpired = `DELETE FROM dead_letters WHERE (project, id) IN (SELECT project, id FROM dead_letters
	WHERE create_ms < $1 ORDER BY create_ms LIMIT $2 FOR UPDATE SKIP LOCKED)`
