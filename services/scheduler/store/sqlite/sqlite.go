// Package sqlite is the embedded store: one SQLite file, one writer, readers beside it. A write is durable when
// its call returns (kit/sqlite).
package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"io/fs"
	"time"

	kitsqlite "github.com/sheetreel/sheetreel/kit/sqlite"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/wake"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Store implements store.Store.
type Store struct {
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
	return &Store{db: db}, nil
}

// Close implements store.Store.
func (s *Store) Close() error { return s.db.Close() }

// Wake implements store.Store.
func (s *Store) Wake() *wake.Hub { return &s.wake }

// Forget implements store.Store.
func (s *Store) Forget(ctx context.Context, now time.Time) error {
	return s.write(ctx, now, func(t *tx) error {
		_, err := t.ExecContext(ctx, `DELETE FROM requests WHERE expire_ms <= ?`, now.UnixMilli())
		return err
	})
}

// tx is a write transaction, with the time that it happens at and the topics to wake after it.
type tx struct {
	*sql.Tx
	now    time.Time
	topics map[string]bool
}

func (s *Store) write(ctx context.Context, now time.Time, fn func(*tx) error) error {
	topics := map[string]bool{}
	err := s.db.Write(ctx, func(sqlTx *sql.Tx) error {
		return fn(&tx{Tx: sqlTx, now: now, topics: topics})
	})
	if err != nil {
		return err
	}
	for topic := range topics {
		s.wake.Broadcast(topic)
	}
	return nil
}

func (t *tx) wakes(topic string) { t.topics[topic] = true }

// querier is what a reading and a writing transaction have in common.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
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
