// Package postgres keeps a limiter's counters and rules in PostgreSQL. Who owns the counters shows it by writing: others
// take over when nothing was written for a while. A write is one statement, however many rows it has.
package postgres

import (
	"context"
	"embed"
	"io/fs"

	"github.com/sheetreel/sheetreel/kit/pg"
	"github.com/sheetreel/sheetreel/services/ratelimit/durable"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Store implements durable.Store.
type Store struct{ db *pg.DB }

var _ durable.Store = (*Store)(nil)

// Open connects to the database and brings its tables up to date.
func Open(ctx context.Context, config pg.Config) (*Store, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	db, err := pg.Open(ctx, config, files)
	if err != nil {
		return nil, err
	}
	return &Store{db}, nil
}

// Close implements durable.Store.
func (s *Store) Close() error {
	s.db.Close()
	return nil
}

// Durability asks the server how it is set.
func (s *Store) Durability(ctx context.Context) (pg.Durability, error) { return s.db.Durability(ctx) }
