// Package sqlite is the embedded store: one SQLite file, one writer, readers beside it. A write is durable when
// its call returns (kit/sqlite). What a change of a job does stands in package ledger; here are its statements.
package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"io/fs"
	"time"

	kitsqlite "github.com/sheetreel/sheetreel/kit/sqlite"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
	"github.com/sheetreel/sheetreel/services/scheduler/wake"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Store implements store.Store.
type Store struct {
	*ledger.Book
	db   *kitsqlite.DB
	wake wake.Hub
}

var _ store.Store = (*Store)(nil)

// Open opens or creates the database file at path.
func Open(ctx context.Context, path string) (*Store, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	db, err := kitsqlite.Open(ctx, path, files)
	if err != nil {
		return nil, err
	}
	s := &Store{db: db}
	s.Book = ledger.New(database{db}, func(topics []string) { s.wake.Broadcast(topics...) })
	return s, nil
}

// Close implements store.Store.
func (s *Store) Close() error { return s.db.Close() }

// Wake implements store.Store.
func (s *Store) Wake() *wake.Hub { return &s.wake }

// Forget implements store.Store.
func (s *Store) Forget(ctx context.Context, now time.Time) error {
	return s.db.Write(ctx, func(t *sql.Tx) error {
		_, err := t.ExecContext(ctx, `DELETE FROM requests WHERE expire_ms <= ?`, now.UnixMilli())
		return err
	})
}

// database implements ledger.Database. Its transactions are serial, so each has a lock on everything.
type database struct{ *kitsqlite.DB }

func (d database) Write(ctx context.Context, fn func(context.Context, ledger.Tx) error) error {
	return d.DB.Write(ctx, func(t *sql.Tx) error { return fn(ctx, &tx{t}) })
}

// tx implements ledger.Tx.
type tx struct{ *sql.Tx }

// querier is what a reading and a writing transaction have in common.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// collect reads all rows of an answer.
func collect[T any](rows *sql.Rows, err error, scan func(*sql.Rows) (T, error)) ([]T, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

// millis is a time as it is stored: NULL when zero.
func millis(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

func fromMillis(ms sql.NullInt64) time.Time {
	if !ms.Valid || ms.Int64 == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms.Int64).UTC()
}

// null is a text as it is stored: NULL when empty.
func null(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// blob is a message as it is stored: NULL when nil.
func blob(raw []byte) any {
	if raw == nil {
		return nil
	}
	return raw
}
