package postgres

import (
	"log/slog"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/sheetreel/sheetreel/kit/pg"
	"github.com/sheetreel/sheetreel/kit/pg/pgtest"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
	"github.com/sheetreel/sheetreel/services/scheduler/store/storetest"
)

func TestModel(t *testing.T) {
	dsn := pgtest.Schema(t)
	storetest.Model(t, 25, func(t *testing.T) (store.Store, func()) {
		s, err := Open(t.Context(), pg.Config{DSN: dsn, MaxConnections: 8}, ledger.Options{}, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		empty(t, s)
		return s, func() { s.Close() }
	})
}

// empty empties all tables of a store.
func empty(t *testing.T, s *Store) {
	t.Helper()
	rows, err := s.db.Pool.Query(t.Context(), `SELECT format('TRUNCATE %I', tablename) FROM pg_tables
		WHERE schemaname = current_schema() AND tablename <> 'migrations'`)
	statements, err := collect(rows, err, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range statements {
		if _, err := s.db.Pool.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}
