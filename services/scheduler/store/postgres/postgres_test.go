package postgres

import (
	"log/slog"
	"os"
	"testing"

	"github.com/sheetreel/sheetreel/kit/pg"
	"github.com/sheetreel/sheetreel/kit/pg/pgtest"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
	"github.com/sheetreel/sheetreel/services/scheduler/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

func open(t testing.TB, dsn string) *Store {
	t.Helper()
	s, err := Open(t.Context(), pg.Config{DSN: dsn, MaxConnections: 8}, ledger.Options{Rates: storetest.Rates(t)}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return open(t, pgtest.Schema(t)) })
}

func BenchmarkAppend(b *testing.B) {
	storetest.BenchmarkAppend(b, func(tb testing.TB) store.Store { return open(tb, pgtest.Schema(tb)) })
}
