// Package open finds the store that a database's name means.
package open

import (
	"context"
	"log/slog"
	"strings"

	"github.com/sheetreel/sheetreel/kit/pg"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
	"github.com/sheetreel/sheetreel/services/scheduler/store/postgres"
	"github.com/sheetreel/sheetreel/services/scheduler/store/sqlite"
)

// Store opens the PostgreSQL database of a postgres:// URL, or else the SQLite file of that path. config is for
// PostgreSQL, without its DSN. It logs how durable the database is set, and warns of what can be lost. The caller closes
// the store.
func Store(ctx context.Context, database string, config pg.Config, options ledger.Options, log *slog.Logger) (store.Store, error) {
	if IsPostgres(database) {
		config.DSN = database
		s, err := postgres.Open(ctx, config, options, log)
		if err != nil {
			return nil, err
		}
		d, err := s.Durability(ctx)
		return checked(ctx, s, err, log, d.Risks(), "fsync", d.Fsync, "synchronous_commit", d.SynchronousCommit, "full_page_writes", d.FullPageWrites)
	}
	s, err := sqlite.Open(ctx, database, options)
	if err != nil {
		return nil, err
	}
	d, err := s.Durability(ctx)
	return checked(ctx, s, err, log, d.Risks(), "synchronous", d.Synchronous, "journal_mode", d.Journal)
}

// checked gives a store whose settings are known, and tells of them.
func checked(ctx context.Context, s store.Store, err error, log *slog.Logger, risks []string, settings ...any) (store.Store, error) {
	if err != nil {
		s.Close()
		return nil, err
	}
	log.InfoContext(ctx, "database settings", settings...)
	for _, risk := range risks {
		log.WarnContext(ctx, "the database may lose acknowledged work", "risk", risk)
	}
	return s, nil
}

// IsPostgres tells whether a database's name is a PostgreSQL URL.
func IsPostgres(database string) bool {
	return strings.HasPrefix(database, "postgres://") || strings.HasPrefix(database, "postgresql://")
}
