package sqlite

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"time"

	kitsqlite "github.com/sheetreel/sheetreel/kit/sqlite"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
)

// A page of dead letters walks along the index of what is asked for, in its order.
func TestDeadLettersGoByIndex(t *testing.T) {
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "test.db"), ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	for name, test := range map[string]struct {
		filter store.LetterFilter
		index  string
	}{
		"all":           {store.LetterFilter{}, "dead_letters_by_age"},
		"older":         {store.LetterFilter{Before: time.UnixMilli(1)}, "dead_letters_by_age"},
		"of a class":    {store.LetterFilter{Class: 5}, "dead_letters_by_class"},
		"of a bulk job": {store.LetterFilter{BulkJob: "b"}, "dead_letters_by_bulk_job"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, place := range []store.LetterPlace{{}, {Created: 1, ID: "a"}} {
				statement, args := newestLetters(test.filter, place, 10)
				var plan []string
				err := s.db.Read(t.Context(), func(tx *kitsqlite.Tx) (err error) {
					plan, err = rows(t.Context(), tx, func(r *sql.Rows) (step string, err error) {
						var id, parent, unused int
						return step, r.Scan(&id, &parent, &unused, &step)
					}, `EXPLAIN QUERY PLAN `+statement, args...)
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
				whole := strings.Join(plan, "; ")
				if !strings.Contains(whole, "INDEX "+test.index) || strings.Contains(whole, "TEMP") || strings.Contains(whole, "SCAN d") {
					t.Errorf("plan %q, want a walk along %s", whole, test.index)
				}
			}
		})
	}
}
