package pg

import (
	"context"
	"os"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"

	"github.com/sheetreel/sheetreel/kit/pg/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

func migrations() fstest.MapFS {
	return fstest.MapFS{
		"0001_things.sql": {Data: []byte(`CREATE TABLE things (id int PRIMARY KEY, n int NOT NULL); INSERT INTO things VALUES (1, 0), (2, 0);`)},
		"0002_more.sql":   {Data: []byte(`ALTER TABLE things ADD COLUMN name text; UPDATE things SET n = n + 1;`)},
	}
}

func open(t *testing.T, dsn string) *DB {
	t.Helper()
	db, err := Open(t.Context(), Config{DSN: dsn}, migrations())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}

func TestMigrationsRunOnceAlthoughProcessesStartTogether(t *testing.T) {
	dsn := pgtest.Schema(t)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			db, err := Open(context.Background(), Config{DSN: dsn}, migrations())
			if err != nil {
				t.Error(err)
				return
			}
			db.Close()
		})
	}
	group.Wait()
	var applied, n int
	err := open(t, dsn).Pool.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM migrations), (SELECT max(n) FROM things)`).Scan(&applied, &n)
	if err != nil {
		t.Fatal(err)
	}
	if applied != 2 || n != 1 {
		t.Errorf("%d migrations applied, the second one %d times; want 2, once", applied, n)
	}
}

func TestMigrationThatFailsLeavesNothing(t *testing.T) {
	dsn := pgtest.Schema(t)
	bad := migrations()
	bad["0002_more.sql"] = &fstest.MapFile{Data: []byte(`DELETE FROM things; SELECT 1/0;`)}
	if _, err := Open(t.Context(), Config{DSN: dsn}, bad); err == nil {
		t.Fatal("a failing migration was no error")
	}
	var n int
	if err := open(t, dsn).Pool.QueryRow(t.Context(), `SELECT count(*) FROM things`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	if n != 2 {
		t.Errorf("%d things left, want 2", n)
	}
}

func TestInTxRepeatsTheLoserOfADeadlock(t *testing.T) {
	db := open(t, pgtest.Schema(t))
	var both sync.WaitGroup // until each has its first lock
	both.Add(2)
	var group sync.WaitGroup
	for first := 1; first <= 2; first++ {
		group.Go(func() {
			tries := 0
			err := db.InTx(context.Background(), func(ctx context.Context, tx pgx.Tx) error {
				if _, err := tx.Exec(ctx, `UPDATE things SET n = n + 1 WHERE id = $1`, first); err != nil {
					return err
				}
				if tries++; tries == 1 {
					both.Done()
					both.Wait()
				}
				_, err := tx.Exec(ctx, `UPDATE things SET n = n + 1 WHERE id = $1`, 3-first)
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	var least, most int
	if err := db.Pool.QueryRow(t.Context(), `SELECT min(n), max(n) FROM things`).Scan(&least, &most); err != nil {
		t.Fatal(err)
	}
	if least != 3 || most != 3 { // one of the migration, two of the transactions
		t.Errorf("counted %d to %d, want 3 everywhere", least, most)
	}
}

func TestInTxBeginsAgainAfterTheServerDroppedItsConnections(t *testing.T) {
	dsn := pgtest.Schema(t)
	db, other := open(t, dsn), open(t, dsn)
	var pid int
	if err := db.Pool.QueryRow(t.Context(), `SELECT pg_backend_pid()`).Scan(&pid); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Pool.Exec(t.Context(), `SELECT pg_terminate_backend($1, 10000)`, pid); err != nil {
		t.Fatal(err)
	}
	err := db.InTx(t.Context(), func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE things SET n = 7`)
		return err
	})
	if err != nil {
		t.Errorf("the pool did not recover: %v", err)
	}
}

func TestReadSeesOneMoment(t *testing.T) {
	db := open(t, pgtest.Schema(t))
	err := db.Read(t.Context(), func(ctx context.Context, tx pgx.Tx) error {
		var before, after int
		if err := tx.QueryRow(ctx, `SELECT n FROM things WHERE id = 1`).Scan(&before); err != nil {
			return err
		}
		if _, err := db.Pool.Exec(ctx, `UPDATE things SET n = 100`); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, `SELECT n FROM things WHERE id = 1`).Scan(&after); err != nil {
			return err
		}
		if before != after {
			t.Errorf("n went from %d to %d within one read", before, after)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
