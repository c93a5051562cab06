package postgres

import (
	"os"
	"testing"

	"github.com/sheetreel/sheetreel/kit/pg"
	"github.com/sheetreel/sheetreel/kit/pg/pgtest"
	"github.com/sheetreel/sheetreel/services/ratelimit/durable"
	"github.com/sheetreel/sheetreel/services/ratelimit/durable/storetest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

func open(t *testing.T, dsn string) *Store {
	t.Helper()
	s, err := Open(t.Context(), pg.Config{DSN: dsn, MaxConnections: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T) durable.Store { return open(t, pgtest.Schema(t)) })
}

func TestCrashes(t *testing.T) {
	dsn := pgtest.Schema(t)
	storetest.Crashes(t, func() durable.Store { return open(t, dsn) }, func(s durable.Store) { s.Close() })
}

// The server of the tests does not sync its disk; SHEETREEL_TEST_POSTGRES can name one that does.
func BenchmarkWrite(b *testing.B) {
	s, err := Open(b.Context(), pg.Config{DSN: pgtest.Schema(b), MaxConnections: 4})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	storetest.BenchmarkWrite(b, s)
}
