package postgres

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sheetreel/sheetreel/kit/pg/pgtest"
)

const plansBulk = `01900000-0000-7000-8000-000000000000`

// touched prepares a statement with the settings of the store, runs it with the plan that is kept, rolls back, and
// returns how many pages it touched.
func touched(t *testing.T, s *Store, types, statement, args string) int {
	t.Helper()
	conn, err := s.db.Pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	results, err := conn.Conn().PgConn().Exec(t.Context(), "BEGIN; PREPARE plan ("+types+") AS "+statement+
		"; EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE plan ("+args+"); DEALLOCATE plan; ROLLBACK").ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var plans []struct {
		Plan struct {
			Hit  int `json:"Shared Hit Blocks"`
			Read int `json:"Shared Read Blocks"`
		}
	}
	if err := json.Unmarshal(results[2].Rows[0][0], &plans); err != nil {
		t.Fatal(err)
	}
	return plans[0].Plan.Hit + plans[0].Plan.Read
}

// Reading and pruning cost by what they read and prune, however long the history is.
func TestHistoryIsReadAndPrunedFlat(t *testing.T) {
	s := open(t, pgtest.Schema(t))
	for _, statement := range []string{
		`INSERT INTO job_events (project, bulk_job, first_sequence, last_sequence, turn, events)
			SELECT 'demo', '` + plansBulk + `', g, g, g::text::xid8, 'x' FROM generate_series(1, 20000) AS g`,
		`INSERT INTO finished (project, bulk_job, id, user_id, provider, sort_key, position, last_on_page, end_ms, attempt, failures, crashes,
				max_attempts, state, priority)
			SELECT 'demo', '` + plansBulk + `', gen_random_uuid(), 'ada', '', g, g, g, g, 1, 0, 0, 3, 6, 5 FROM generate_series(1, 20000) AS g`,
		`INSERT INTO dead_letters (project, id, bulk_job, class, create_ms) SELECT project, id, bulk_job, 5, 1 FROM finished`,
		`INSERT INTO import_sources (project, source, last_ms) VALUES ('demo', 's', 1)`,
		`INSERT INTO source_rows (project, source, row_hash, content, bulk_job, video_job, kind, removed_ms)
			SELECT project, 's', decode(md5(position::text), 'hex'), 'x', bulk_job, id, 1, CASE WHEN position % 2 = 0 THEN position END FROM finished`,
	} {
		if _, err := s.db.Pool.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	bulk := `'demo', '` + plansBulk + `', `
	for name, test := range map[string]struct {
		types, statement, args string
		most                   int
	}{
		"pages of a project's history": {`text, text, uuid, bigint, bigint`, projectPages, `'demo', '3', '` + firstID + `', 0, 16`, 40},
		"pages of events pruned":       {`text, uuid, bigint, bigint`, pruneRows(`job_events`, `AND last_sequence < $4::bigint`), bulk + `100, 19999`, 1000},
		"rows compared":                {`text, bytea, bytea[]`, sourceRows, `'demo', 's', ARRAY[decode(md5('1'), 'hex'), decode(md5('20000'), 'hex')]`, 50},
		"rows recalled":                {`text, bytea, bytea, bigint`, sourceRowsAfter, `'demo', 's', '', 100`, 2000},
		"removed rows forgotten":       {`bigint, bigint`, forgetRemoved, `10000, 100`, 1000},
		"unused rows forgotten":        {`bigint, bigint`, forgetUnused, `10000, 100`, 1000},
		"video jobs pruned":            {`text, uuid, bigint, smallint[]`, pruneVideos, bulk + `100, ARRAY[7, 8, 9]::smallint[]`, 2000},
	} {
		t.Run(name, func(t *testing.T) {
			if n := touched(t, s, test.types, test.statement, test.args); n > test.most {
				t.Errorf("touches %d pages, want at most %d: %s", n, test.most, strings.Join(strings.Fields(test.statement), " "))
			} else {
				t.Logf("touches %d pages", n)
			}
		})
	}
}
