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
// PostgreSQL, without its DSN. The caller closes the store.
func Store(ctx context.Context, database string, config pg.Config, options ledger.Options, log *slog.Logger) (store.Store, error) {
	if IsPostgres(database) {
		config.DSN = database
		return postgres.Open(ctx, config, options, log)
	}
	return sqlite.Open(ctx, database, options)
}

// IsPostgres tells whether a database's name is a PostgreSQL URL.
func IsPostgres(database string) bool {
	return strings.HasPrefix(database, "postgres://") || strings.HasPrefix(database, "postgresql://")
}
