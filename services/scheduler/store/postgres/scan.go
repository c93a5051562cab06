package postgres

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sheetreel/sheetreel/kit/pg"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// querier is what the pool and a transaction have in common.
type querier interface {
	Query(ctx context.Context, query string, args ...any) (pgx.Rows, error)
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
}

// collect reads all rows of an answer. A malformed id names nothing.
func collect[T any](rows pgx.Rows, err error, scan func(pgx.CollectableRow) (T, error)) ([]T, error) {
	if err != nil {
		return nil, err
	}
	all, err := pgx.CollectRows(rows, scan)
	if pg.IsInvalidText(err) {
		return nil, store.ErrNotFound
	}
	return all, err
}

// into makes a batch collect the rows of a statement.
func into[T any](all *[]T, scan func(pgx.CollectableRow) (T, error)) func(pgx.Rows) error {
	return func(rows pgx.Rows) (err error) {
		*all, err = collect(rows, nil, scan)
		return err
	}
}

// also is into for a list that has some already.
func also[T any](all *[]T, scan func(pgx.CollectableRow) (T, error)) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		more, err := collect(rows, nil, scan)
		*all = append(*all, more...)
		return err
	}
}

// first gives the only row of an answer, or ErrNotFound.
func first[T any](all []T, err error) (T, error) {
	if err == nil && len(all) == 0 {
		err = store.ErrNotFound
	}
	if err != nil {
		var none T
		return none, err
	}
	return all[0], nil
}

// column gives one column of a list, as unnest takes it.
func column[T, V any](list []T, value func(T) V) []V {
	all := make([]V, len(list))
	for i, v := range list {
		all[i] = value(v)
	}
	return all
}

// millis is a time as it is stored: NULL when zero.
func millis(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	ms := t.UnixMilli()
	return &ms
}

func fromMillis(ms *int64) time.Time {
	if ms == nil || *ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(*ms).UTC()
}

func duration(ms int64) time.Duration { return time.Duration(ms) * time.Millisecond }

// number is a number as it is read: 0 for NULL.
func number(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

// orNull is a number as it is stored: NULL for 0.
func orNull(n int64) *int64 {
	if n == 0 {
		return nil
	}
	return &n
}

// null is a text as it is stored: NULL when empty.
func null(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// clean drops the one character that PostgreSQL cannot store.
func clean(s string) string { return strings.ReplaceAll(s, "\x00", "") }
