package postgres

import (
	"testing"

	"github.com/sheetreel/sheetreel/kit/pg/pgtest"
)

// What is done with blocks costs by what is found, however many others wait, and whatever the statistics said when the
// plan was made.
func TestBlocksAreFoundFlat(t *testing.T) {
	s := open(t, pgtest.Schema(t))
	for _, statement := range []string{
		`INSERT INTO pages (project, bulk_job, last_position, ids, row_keys, ideas, top_id, create_ms)
			SELECT 'demo', '` + plansBulk + `', 64 * g, '', '', '', ('02000000-0000-7000-8000-' || lpad(g::text, 12, '0'))::uuid, 1
			FROM generate_series(1, 20000) AS g`,
		`INSERT INTO queue (project, bulk_job, id, user_id, provider, sort_key, position, last_on_page, attempt, failures, crashes,
				max_attempts, state, priority, due_ms, held, waiting)
			SELECT 'demo', '` + plansBulk + `', ('02000000-0000-8000-8000-' || lpad(g::text, 12, '0'))::uuid, 'ada', '', g, 0, 64 * g, 0, 0, 0,
				3, 2, 5, 0, false, 3 FROM generate_series(1, 20000) AS g`,
	} {
		if _, err := s.db.Pool.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	keys := `'{demo,demo}', '{` + plansBulk + `,` + plansBulk + `}', `
	for name, test := range map[string]struct {
		types, statement, args string
		most                   int
	}{
		"pages of video jobs": {`text[], text[], text[]`, pagesWith, keys + `'{02000000-0000-7000-8000-000000010000,02000000-0000-7000-8000-000000000007}'`, 20},
		"blocks of pages":     {`text[], text[], bigint[]`, blocksOn, keys + `'{640000,64}'`, 20},
		"the next blocks":     {`text, uuid, bigint, bigint`, blocksAfter, `'demo', '` + plansBulk + `', 640000, 100`, 120},
		"a claim": {
			`text[], text[], text[], bigint[], bigint[], smallint[], text[], bigint[], text[], text[], bigint[], bigint[]`, claimFromBlocks,
			keys + `'{02000000-0000-8000-8000-000000010000,02000000-0000-8000-8000-000000000007}', '{1,3}', '{1,2,2}', '{0,0,1}',
				'{02000000-0000-7000-8000-000000000001,02000000-0000-7000-8000-000000000002,02000000-0000-7000-8000-000000000003}',
				'{1,2,3}', '{l1,l2,l3}', '{w,w,w}', '{2,2,2}', '{1,1,1}'`, 80,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if n := touched(t, s, test.types, test.statement, test.args); n > test.most {
				t.Errorf("touches %d pages, want at most %d", n, test.most)
			} else {
				t.Logf("touches %d pages", n)
			}
		})
	}
}
