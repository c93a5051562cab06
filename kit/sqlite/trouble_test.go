package sqlite

import (
	"errors"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/sheetreel/sheetreel/kit/errs"
)

func TestWriteTellsThatThereIsNoRoom(t *testing.T) {
	db, err := Open(t.Context(), filepath.Join(t.TempDir(), "test.db"), fstest.MapFS{
		"0001.sql": &fstest.MapFile{Data: []byte(`CREATE TABLE things (raw BLOB NOT NULL) STRICT; PRAGMA max_page_count = 20;`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	insert := func(size int) error {
		return db.Write(t.Context(), func(tx *Tx) error {
			_, err := tx.ExecContext(t.Context(), `INSERT INTO things (raw) VALUES (zeroblob(?))`, size)
			return err
		})
	}
	var full *errs.DatabaseError
	if err := insert(1 << 20); !errors.As(err, &full) || !full.Full {
		t.Errorf("error = %v, want a full database", err)
	}
	if err := insert(10); err != nil {
		t.Errorf("what fits is refused after that: %v", err)
	}
	err = db.Write(t.Context(), func(tx *Tx) error {
		_, err := tx.ExecContext(t.Context(), `INSERT INTO nothing VALUES (1)`)
		return err
	})
	if err == nil || errors.As(err, &full) {
		t.Errorf("error = %v, want one that does not blame the database", err)
	}
}
