package river

import (
	"path/filepath"
	"testing"

	"github.com/sheetreel/sheetreel/bench/database"
	"github.com/sheetreel/sheetreel/bench/load"
)

func TestSQLite(t *testing.T) {
	insert, work, err := SQLite(t.Context(), filepath.Join(t.TempDir(), "x.db"), 300)
	if err != nil {
		t.Fatal(err)
	}
	if insert.Jobs != 300 || work.Jobs != 300 {
		t.Errorf("insert %+v, work %+v", insert, work)
	}
}

func TestPostgresAndLatency(t *testing.T) {
	ctx := t.Context()
	server, err := database.Start(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop(ctx)
	err = server.Use(ctx, func(dsn string) error {
		_, work, err := Postgres(ctx, server, dsn, 300)
		if work.Jobs != 300 {
			t.Errorf("work %+v", work)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	err = server.Use(ctx, func(dsn string) error {
		times, err := Latency(ctx, dsn, Benchmark(), load.Pace(ctx, 5, 100))
		if len(times) != 5 {
			t.Errorf("%d of 5 jobs have started", len(times))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
