package sqlite

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"
)

func open(t *testing.T) *DB {
	t.Helper()
	db, err := Open(t.Context(), filepath.Join(t.TempDir(), "a", "test.db"), fstest.MapFS{
		"0001_t.sql": {Data: []byte(`CREATE TABLE t (n INTEGER PRIMARY KEY) STRICT; CREATE INDEX t_n ON t (n);`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func count(t *testing.T, db *DB) (n int) {
	t.Helper()
	err := db.Read(t.Context(), func(tx *Tx) error {
		rows, err := tx.QueryContext(t.Context(), `SELECT count(*) FROM t`)
		if err != nil {
			return err
		}
		defer rows.Close()
		rows.Next()
		return rows.Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestWritesAreSerialAndRolledBackWhole(t *testing.T) {
	db := open(t)
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			odd := errors.New("odd")
			err := db.Write(t.Context(), func(tx *Tx) error {
				if _, err := tx.ExecContext(t.Context(), `INSERT INTO t (n) VALUES (?)`, i); err != nil {
					return err
				}
				if i%2 == 1 {
					return odd
				}
				return nil
			})
			if (i%2 == 1) != errors.Is(err, odd) || i%2 == 0 && err != nil {
				t.Errorf("write %d: %v", i, err)
			}
		})
	}
	group.Wait()
	if got := count(t, db); got != 10 {
		t.Errorf("%d rows, want 10", got)
	}
}

func TestReadersCannotWrite(t *testing.T) {
	db := open(t)
	err := db.Read(t.Context(), func(tx *Tx) error {
		_, err := tx.ExecContext(t.Context(), `INSERT INTO t (n) VALUES (1)`)
		return err
	})
	if err == nil || count(t, db) != 0 {
		t.Errorf("a reader wrote: %v", err)
	}
}

func TestCancelledWriteLeavesNothingOpen(t *testing.T) {
	db := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := db.Write(ctx, func(tx *Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO t (n) VALUES (1)`); err != nil {
			return err
		}
		cancel()
		_, err := tx.ExecContext(ctx, `INSERT INTO t (n) VALUES (2)`)
		return err
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want Canceled", err)
	}
	if err := db.Write(t.Context(), func(tx *Tx) error {
		_, err := tx.ExecContext(t.Context(), `INSERT INTO t (n) VALUES (3)`)
		return err
	}); err != nil {
		t.Errorf("the next write: %v", err)
	}
	if got := count(t, db); got != 1 {
		t.Errorf("%d rows, want only the last", got)
	}
}

func TestUniqueIsRecognised(t *testing.T) {
	db := open(t)
	insert := func(tx *Tx) error {
		_, err := tx.ExecContext(t.Context(), `INSERT INTO t (n) VALUES (1)`)
		return err
	}
	if err := db.Write(t.Context(), insert); err != nil {
		t.Fatal(err)
	}
	if err := db.Write(t.Context(), insert); !IsUnique(err) {
		t.Errorf("error = %v, want a broken unique key", err)
	}
}
