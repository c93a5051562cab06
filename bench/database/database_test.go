package database

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

func TestParse(t *testing.T) {
	const line = "42 (post) gres: x) S 7 42 42 0 -1 4194560 1 2 3 4 150 50 20 5 20 0 1 0 100 200 300"
	got, ok := parse(line)
	want := process{parent: 7, own: 2 * time.Second, waited: 250 * time.Millisecond}
	if !ok || got != want {
		t.Errorf("got %+v, %v; want %+v", got, ok, want)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("42 (postgres) S 7 42 42 0 -1 4194560 1 2 3 4 150 50 20 5 20 0 1 0 100")
	f.Add("42 (x")
	f.Add(") S a b c d e f g h i j k l m n")
	f.Fuzz(func(t *testing.T, line string) {
		if p, ok := parse(line); !ok && p.parent < 0 {
			t.Errorf("%q gives %+v", line, p)
		}
	})
}

func TestServer(t *testing.T) {
	ctx := t.Context()
	s, err := Start(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop(ctx)
	before := s.CPU()
	for range 2 { // the second one must not find the table of the first
		err := s.Use(ctx, func(dsn string) error {
			conn, err := pgx.Connect(ctx, dsn)
			if err != nil {
				return err
			}
			defer conn.Close(ctx)
			if _, err := conn.Exec(ctx, "CREATE TABLE t AS SELECT generate_series(1, 500000) AS n"); err != nil {
				return err
			}
			return s.Settle(ctx, dsn)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if used := s.CPU() - before; used <= 0 || used > time.Minute {
		t.Errorf("the server used %v of CPU time", used)
	}
}
