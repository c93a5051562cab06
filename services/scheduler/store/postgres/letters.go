package postgres

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
)

// shown leaves out the dead letters of a deleted bulk job, which are still there until they are pruned. It is not EXISTS,
// because that may become a join, which walks over all bulk jobs when it was planned while there were none.
const shown = `(SELECT true FROM bulk_jobs AS b WHERE b.project = d.project AND b.id = d.bulk_job)`

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

// letterList is a list of dead letters in the order of an index: by what it is limited to, the bulk job or else the class,
// then by age. That column is compared as a range with one value, and is in the order, so that only the index that begins
// with it will do: plans are kept, and one made while a bulk job had all the letters would walk over them for ever.
type letterList struct {
	condition
	column string // with a comma behind it; empty when all of a project's are listed
	value  string // of the column, as an argument
}

func listOf(f store.LetterFilter) *letterList {
	l := &letterList{}
	l.and(shown+` AND d.project = $%d`, f.Project)
	switch {
	case f.BulkJob != "":
		l.args = append(l.args, f.BulkJob)
		l.column, l.value = `d.bulk_job, `, fmt.Sprintf(`$%d::uuid, `, len(l.args))
		if f.Class != 0 {
			l.and(`d.class = $%d`, int32(f.Class))
		}
	case f.Class != 0:
		l.args = append(l.args, int32(f.Class))
		l.column, l.value = `d.class, `, fmt.Sprintf(`$%d::integer, `, len(l.args))
	}
	return l
}

// bound adds a bound of the list, < or >: a place, or a time if there is no id, or else the end of the list.
func (l *letterList) bound(compare string, at store.LetterPlace) {
	switch {
	case at.ID != "":
		l.and(`(`+l.column+`d.create_ms, d.id) `+compare+` (`+l.value+`$%d::bigint, $%d::uuid)`, at.Created, at.ID)
	case at.Created != 0:
		l.and(`(`+l.column+`d.create_ms) `+compare+` (`+l.value+`$%d::bigint)`, at.Created)
	case l.column != "":
		l.and(strings.TrimSuffix(l.column, ", ") + ` ` + compare + `= ` + strings.TrimSuffix(l.value, ", "))
	}
}

// upTo is the place before which the letters of a filter are, without an id.
func upTo(f store.LetterFilter) (at store.LetterPlace) {
	if !f.Before.IsZero() {
		at.Created = f.Before.UnixMilli()
	}
	return at
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
	// Only the tighter one of the two bounds: an index is entered at one.
	if at := upTo(f); before.ID == "" || at.Created != 0 && at.Created <= before.Created {
		before = at
	}
	l := listOf(f)
	l.bound(`<`, before)
	l.bound(`>`, store.LetterPlace{})
	order := strings.ReplaceAll(l.column+`d.create_ms, d.id`, `,`, ` DESC,`)
	return l.limited(letters+`%s ORDER BY `+order+` DESC LIMIT $%d`, limit)
}

// LettersAfter implements ledger.Reader.
func (r reader) LettersAfter(ctx context.Context, f store.LetterFilter, after store.LetterPlace, limit int) ([]ledger.Letter, error) {
	statement, args := oldestLetters(letters+`%s`, f, after, limit)
	rows, err := r.Query(ctx, statement, args...)
	return collect(rows, err, scanLetter)
}

// oldestLetters puts the condition, order and limit of a list into a statement.
func oldestLetters(statement string, f store.LetterFilter, after store.LetterPlace, limit int) (string, []any) {
	l := listOf(f)
	l.bound(`>`, after)
	l.bound(`<`, upTo(f))
	return l.limited(fmt.Sprintf(statement, `%s ORDER BY `+l.column+`d.create_ms, d.id LIMIT $%d`), limit)
}

// RemoveLetters implements ledger.Tx.
func (t *tx) RemoveLetters(ctx context.Context, f store.LetterFilter, limit int) (int, error) {
	statement, args := oldestRemoved(f, limit)
	gone, err := t.Exec(ctx, statement, args...)
	return int(gone.RowsAffected()), err
}

func oldestRemoved(f store.LetterFilter, limit int) (string, []any) {
	return oldestLetters(`DELETE FROM dead_letters WHERE (project, id) IN (SELECT d.project, d.id FROM dead_letters AS d
		WHERE %s FOR UPDATE OF d SKIP LOCKED)`, f, store.LetterPlace{}, limit)
}

// ExpireLetters implements ledger.Tx.
func (t *tx) ExpireLetters(ctx context.Context, before time.Time, limit int) (int, error) {
	gone, err := t.Exec(ctx, oldestExpired, before.UnixMilli(), limit)
	return int(gone.RowsAffected()), err
}

const oldestExpired = `DELETE FROM dead_letters WHERE (project, id) IN (SELECT project, id FROM dead_letters
	WHERE create_ms < $1 ORDER BY create_ms LIMIT $2 FOR UPDATE SKIP LOCKED)`
