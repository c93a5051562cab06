package sqlite

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	kitsqlite "github.com/sheetreel/sheetreel/kit/sqlite"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
)

// Every statement of a search walks along its index, in its order: it costs by what it finds, however many wait.
func TestSearchesGoByIndex(t *testing.T) {
	tests := map[string]struct{ statement, index string }{
		"the first of a provider": {readyOfProvider, "queue_ready"},
		"the first of a lane":     {readyOfLane, "queue_lanes"},
		"the first provider":      {firstProvider, "queue_"},
		"the next provider":       {nextProvider, "queue_"},
		"the next user":           {nextUser, "queue_lanes"},
		"the next project":        {nextProject, "queue_lanes"},
		"whose time has come":     {whoseTimeHasCome, "queue_due"},
	}
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "test.db"), ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var args []any
			for range strings.Count(test.statement, "?") {
				args = append(args, 1)
			}
			var plan []string
			err := s.db.Read(t.Context(), func(tx *kitsqlite.Tx) (err error) {
				plan, err = rows(t.Context(), tx, func(r *sql.Rows) (step string, err error) {
					var id, parent, unused int
					return step, r.Scan(&id, &parent, &unused, &step)
				}, `EXPLAIN QUERY PLAN `+test.statement, args...)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if len(plan) != 1 || !strings.Contains(plan[0], "INDEX "+test.index) || strings.Contains(plan[0], "TEMP") {
				t.Errorf("plan %q, want one walk along %s", plan, test.index)
			}
		})
	}
}
