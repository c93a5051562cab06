package pgserver

import (
	"context"
	"os"
	"runtime"
	"strconv"
	"testing"

	"github.com/jackc/pgx/v5"
)

func TestWhatWasCommittedSurvivesARestart(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	ctx := t.Context()
	s, err := Start(ctx, Options{Settings: map[string]string{"max_connections": "20"}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		s.Stop()
		if _, err := os.Stat(s.folder); !os.IsNotExist(err) {
			t.Errorf("the folder is left behind: %v", err)
		}
	}()
	query(t, ctx, s, "CREATE TABLE t AS SELECT 7 AS n; SELECT n FROM t", 7)
	query(t, ctx, s, "SELECT setting::int FROM pg_settings WHERE name = 'max_connections'", 20)
	before := s.DSN()
	if err := s.Restart(ctx); err != nil {
		t.Fatal(err)
	}
	if s.DSN() != before {
		t.Errorf("DSN %s became %s", before, s.DSN())
	}
	query(t, ctx, s, "SELECT n FROM t", 7)
}

// query runs statements and wants one number.
func query(t *testing.T, ctx context.Context, s *Server, statements string, want int) {
	t.Helper()
	conn, err := pgx.Connect(ctx, s.DSN())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	results, err := conn.PgConn().Exec(ctx, statements).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	last := results[len(results)-1]
	if got := string(last.Rows[0][0]); got != strconv.Itoa(want) {
		t.Errorf("%s gives %s; want %d", statements, got, want)
	}
}
