package postgres

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sheetreel/sheetreel/kit/pg/pgtest"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// literal writes an argument into a statement.
func literal(arg any) string {
	if text, ok := arg.(string); ok {
		return "'" + text + "'"
	}
	return fmt.Sprint(arg)
}

// A page of dead letters costs by its length, whatever is asked for and however many there are.
func TestDeadLettersAreListedFlat(t *testing.T) {
	const bulkJob = `01900000-0000-7000-8000-000000000007`
	s := open(t, pgtest.Schema(t))
	for _, statement := range []string{
		`INSERT INTO bulk_jobs (project, id, user_id, state, create_ms, update_ms) SELECT 'demo', ('01900000-0000-7000-8000-' || lpad(b::text, 12, '0'))::uuid,
			'ada', 3, 0, 0 FROM generate_series(0, 99) AS b`,
		`INSERT INTO dead_letters (project, id, bulk_job, class, create_ms) SELECT 'demo', gen_random_uuid(),
			('01900000-0000-7000-8000-' || lpad((g % 100)::text, 12, '0'))::uuid, CASE WHEN g % 1000 = 7 THEN 5 ELSE 6 END, g FROM generate_series(1, 30000) AS g`,
	} {
		if _, err := s.db.Pool.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	place := store.LetterPlace{Created: 29000, ID: "ffffffff-0000-7000-8000-000000000000"}
	listTouches(t, s, map[string]plan{
		"all":           with(newestLetters(store.LetterFilter{Project: "demo"}, place, 25))(400),
		"of a class":    with(newestLetters(store.LetterFilter{Project: "demo", Class: 5}, place, 25))(400),
		"of bulk job":   with(newestLetters(store.LetterFilter{Project: "demo", BulkJob: bulkJob}, place, 25))(200),
		"of both":       with(newestLetters(store.LetterFilter{Project: "demo", BulkJob: bulkJob, Class: 5}, place, 25))(600),
		"older":         with(newestLetters(store.LetterFilter{Project: "demo", Before: time.UnixMilli(29000)}, store.LetterPlace{}, 25))(400),
		"those purged":  with(oldestRemoved(store.LetterFilter{Project: "demo", BulkJob: bulkJob}, 25))(800),
		"those expired": {oldestExpired, []any{30000, 25}, 800},
	})
}

// listTouches wants statements to touch no more pages than they may.
func listTouches(t *testing.T, s *Store, tests map[string]plan) {
	t.Helper()
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			args := make([]string, len(test.args))
			for i, a := range test.args {
				args[i] = literal(a)
			}
			if n := touched(t, s, "unknown"+strings.Repeat(", unknown", len(args)-1), test.statement, strings.Join(args, ", ")); n > test.most {
				t.Errorf("touches %d pages, want at most %d: %s", n, test.most, strings.Join(strings.Fields(test.statement), " "))
			} else {
				t.Logf("touches %d pages", n)
			}
		})
	}
}

// It costs the same when the plan was made while another bulk job had all the letters.
func TestDeadLettersAreListedFlatByOldPlans(t *testing.T) {
	const all, few = `01900000-0000-7000-8000-000000000001`, `01900000-0000-7000-8000-000000000002`
	s := open(t, pgtest.Schema(t))
	for _, statement := range []string{
		`INSERT INTO bulk_jobs (project, id, user_id, state, create_ms, update_ms) SELECT 'demo', id, 'ada', 3, 0, 0 FROM unnest('{` + all + `, ` + few + `}'::uuid[]) AS id`,
		`ALTER TABLE dead_letters SET (autovacuum_enabled = off)`,
		`INSERT INTO dead_letters (project, id, bulk_job, class, create_ms) SELECT 'demo', gen_random_uuid(), '` + all + `', 6, g FROM generate_series(1, 50000) AS g`,
		`ANALYZE dead_letters`,
		`INSERT INTO dead_letters (project, id, bulk_job, class, create_ms) SELECT 'demo', gen_random_uuid(), '` + few + `', 5, g FROM generate_series(1, 30) AS g`,
	} {
		if _, err := s.db.Pool.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	place := store.LetterPlace{Created: 29000, ID: "ffffffff-0000-7000-8000-000000000000"}
	listTouches(t, s, map[string]plan{
		"all":           with(newestLetters(store.LetterFilter{Project: "demo"}, place, 25))(100),
		"of a few":      with(newestLetters(store.LetterFilter{Project: "demo", BulkJob: few}, place, 25))(100),
		"of the others": with(newestLetters(store.LetterFilter{Project: "demo", BulkJob: all}, place, 25))(100),
		"older":         with(newestLetters(store.LetterFilter{Project: "demo", BulkJob: all, Before: time.UnixMilli(29000)}, store.LetterPlace{}, 25))(100),
		"much older":    with(newestLetters(store.LetterFilter{Project: "demo", BulkJob: all, Before: time.UnixMilli(49000)}, place, 25))(100),
		"of a class":    with(newestLetters(store.LetterFilter{Project: "demo", Class: 5}, place, 25))(100),
		"of both":       with(newestLetters(store.LetterFilter{Project: "demo", BulkJob: few, Class: 5}, place, 25))(100),
		"to be replayed": with(oldestLetters(letters+`%s`, store.LetterFilter{Project: "demo", BulkJob: all, Before: time.UnixMilli(49000)},
			place, 25))(100),
		"those purged": with(oldestRemoved(store.LetterFilter{Project: "demo", BulkJob: few, Before: time.UnixMilli(49000)}, 25))(400),
	})
}

// plan is a statement that may touch so many pages.
type plan = struct {
	statement string
	args      []any
	most      int
}

func with(statement string, args []any) func(most int) plan {
	return func(most int) plan { return plan{statement, args, most} }
}
