// Package open finds the store that a database's name means.
package open

import (
	"context"
	"log/slog"
	"strings"

	"github.com/sheetreel/sheetreel/kit/pg"
	"github.com/sheetreel/sheetreel/services/ratelimit/book"
	"github.com/sheetreel/sheetreel/services/ratelimit/durable"
	"github.com/sheetreel/sheetreel/services/ratelimit/durable/postgres"
	"github.com/sheetreel/sheetreel/services/ratelimit/durable/sqlite"
)

// Store is what every store is.
type Store interface {
	durable.Store
	// Rules is the part of it that keeps the rules. It is closed with the store.
	Rules() book.Store
}

// Open opens the PostgreSQL database of a postgres:// URL, or else the SQLite file of that path. config is for
// PostgreSQL, without its DSN. It logs how durable the database is set, and warns of what can be lost. The caller closes
// the store.
func Open(ctx context.Context, database string, config pg.Config, log *slog.Logger) (Store, error) {
	if strings.HasPrefix(database, "postgres://") || strings.HasPrefix(database, "postgresql://") {
		config.DSN = database
		s, err := postgres.Open(ctx, config)
		if err != nil {
			return nil, err
		}
		d, err := s.Durability(ctx)
		return checked(ctx, s, err, log, d.Risks(), "fsync", d.Fsync, "synchronous_commit", d.SynchronousCommit, "full_page_writes", d.FullPageWrites)
	}
	s, err := sqlite.Open(ctx, database)
	if err != nil {
		return nil, err
	}
	d, err := s.Durability(ctx)
	return checked(ctx, s, err, log, d.Risks(), "synchronous", d.Synchronous, "journal_mode", d.Journal)
}

// checked gives a store whose settings are known, and tells of them.
func checked(ctx context.Context, s Store, err error, log *slog.Logger, risks []string, settings ...any) (Store, error) {
	if err != nil {
		s.Close()
		return nil, err
	}
	log.InfoContext(ctx, "settings of the limits' database", settings...)
	for _, risk := range risks {
		log.WarnContext(ctx, "the database may lose counters of limits", "risk", risk)
	}
	return s, nil
}
