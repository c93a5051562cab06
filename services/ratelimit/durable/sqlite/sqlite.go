// Package sqlite keeps a limiter's counters and rules in one SQLite file. A write is durable when its call returns
// (kit/sqlite). Who owns the counters holds a lock on a file beside it, which ends with the process, however that ends:
// so nobody waits for the dead, and a second process knows at once.
package sqlite

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"sync"

	"github.com/gofrs/flock"

	kitsqlite "github.com/sheetreel/sheetreel/kit/sqlite"
	"github.com/sheetreel/sheetreel/services/ratelimit/durable"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Store implements durable.Store.
type Store struct {
	db *kitsqlite.DB

	mu     sync.Mutex
	lock   *flock.Flock
	closed bool
}

var _ durable.Store = (*Store)(nil)

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
	return &Store{db: db, lock: flock.New(path+".owner", flock.SetPermissions(0o640))}, nil
}

// Close implements durable.Store. It gives the lock free.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	return errors.Join(s.db.Close(), s.lock.Unlock())
}

// Durability asks the database how it is set.
func (s *Store) Durability(ctx context.Context) (kitsqlite.Durability, error) {
	return s.db.Durability(ctx)
}
