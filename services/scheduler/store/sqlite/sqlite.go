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
	"github.com/sheetreel/sheetreel/services/scheduler/clock"
	"github.com/sheetreel/sheetreel/services/scheduler/order"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
	"github.com/sheetreel/sheetreel/services/scheduler/wake"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Store implements store.Store.
type Store struct {
	*ledger.Book
	db    *kitsqlite.DB
	wake  wake.Hub
	clock *clock.Local
}

var _ store.Store = (*Store)(nil)

// Open opens or creates the database file at path. Its time is the host's, read now.
func Open(ctx context.Context, path string, options ledger.Options) (*Store, error) {
	return OpenOn(ctx, clock.ThisHost(), path, options)
}

// OpenOn is Open on a host with other clocks.
func OpenOn(ctx context.Context, host clock.Host, path string, options ledger.Options) (*Store, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	db, err := kitsqlite.Open(ctx, path, files)
	if err != nil {
		return nil, err
	}
	s := &Store{db: db, clock: clock.NewLocal(host)}
	s.Book = ledger.New(database{db}, 1, options, func(topics []string) { s.wake.Broadcast(topics...) })
	return s, nil
}

// Close implements store.Store.
func (s *Store) Close() error { return s.db.Close() }

// Durability asks the database how it is set.
func (s *Store) Durability(ctx context.Context) (kitsqlite.Durability, error) {
	return s.db.Durability(ctx)
}

// Wake implements store.Store.
func (s *Store) Wake() *wake.Hub { return &s.wake }

// Clock implements store.Store.
func (s *Store) Clock() store.Clock { return s.clock }

// Forget implements store.Store.
func (s *Store) Forget(ctx context.Context, now time.Time) error {
	return s.db.Write(ctx, func(t *kitsqlite.Tx) error {
		if _, err := t.ExecContext(ctx, `DELETE FROM requests WHERE expire_ms <= ?`, now.UnixMilli()); err != nil {
			return err
		}
		_, err := t.ExecContext(ctx, forgetLanes, now.Add(-order.Horizon).UnixMilli())
		return err
	})
}

// database implements ledger.Database. Its transactions are serial, so each has a lock on everything.
type database struct{ *kitsqlite.DB }

func (d database) Write(ctx context.Context, fn func(context.Context, ledger.Tx) error) error {
	return d.DB.Write(ctx, func(t *kitsqlite.Tx) error { return fn(ctx, &tx{reader{t}}) })
}

func (d database) Read(ctx context.Context, fn func(context.Context, ledger.Reader) error) error {
	return d.DB.Read(ctx, func(t *kitsqlite.Tx) error { return fn(ctx, reader{t}) })
}

// Glance is Read: a transaction that only reads costs nothing here.
func (d database) Glance(ctx context.Context, fn func(context.Context, ledger.Reader) error) error {
	return d.Read(ctx, fn)
}

// tx implements ledger.Tx.
type tx struct{ reader }

// rows runs a query and reads all of its answer.
func rows[T any](ctx context.Context, t *kitsqlite.Tx, scan func(*sql.Rows) (T, error), query string, args ...any) ([]T, error) {
	found, err := t.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	var all []T
	for found.Next() {
		one, err := scan(found)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, found.Err()
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

// millis is a time as it is stored: NULL when zero.
func millis(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

// milliOr0 is a time in a column that is never NULL.
func milliOr0(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMillis(ms sql.NullInt64) time.Time {
	if !ms.Valid || ms.Int64 == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms.Int64).UTC()
}

// orNull is a number as it is stored: NULL for 0.
func orNull(n int64) any {
	if n == 0 {
		return nil
	}
	return n
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
