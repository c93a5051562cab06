package postgres

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sheetreel/sheetreel/kit/pg/pgtest"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
)

// fill puts n ready jobs of a user at a provider into the queue, from a place on.
func fill(t *testing.T, s *Store, user, provider string, from, n int) {
	t.Helper()
	_, err := s.db.Pool.Exec(t.Context(), `INSERT INTO queue (project, bulk_job, id, user_id, provider, sort_key, position, last_on_page,
			attempt, failures, crashes, max_attempts, state, priority, due_ms, held)
		SELECT 'demo', '01900000-0000-7000-8000-000000000000', gen_random_uuid(), $1::text, $2::text, g, g, g, 0, 0, 0, 3, 1, 5, 0, false
		FROM generate_series($3::bigint, $3::bigint + $4::bigint - 1) AS g`, user, provider, from, n)
	if err != nil {
		t.Fatal(err)
	}
}

// pages runs a search as the store does, with the plan that it keeps, and counts the pages that it touches.
func pages(t *testing.T, s *Store, l ledger.Look, ready string) int {
	t.Helper()
	conn, err := s.db.Pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	statement, args, err := lookArgs(l, time.Now()).RewriteQuery(t.Context(), conn.Conn(), lookStatement(l, ready), nil)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	for _, a := range args {
		if list, ok := a.([]string); ok {
			a = "'{" + strings.Join(list, ",") + "}'"
		}
		values = append(values, fmt.Sprint(a))
	}
	results, err := conn.Conn().PgConn().Exec(t.Context(), "PREPARE search AS "+statement+
		"; EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE search ("+strings.Join(values, ", ")+"); DEALLOCATE search").ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var plans []struct {
		Plan struct {
			Hit  int `json:"Shared Hit Blocks"`
			Read int `json:"Shared Read Blocks"`
			Rows int `json:"Actual Rows"`
		}
	}
	raw := results[1].Rows[0][0]
	if err := json.Unmarshal(raw, &plans); err != nil {
		t.Fatal(err)
	}
	if plan := plans[0].Plan; plan.Rows == l.Limit {
		return plan.Hit + plan.Read
	}
	t.Fatalf("the search did not find %d rows", l.Limit)
	return 0
}

// A search costs by what it finds. Neither a longer queue, nor the jobs of those that it leaves out make it dearer.
func TestSearchesAreFlat(t *testing.T) {
	const limit = 100
	plain := ledger.Look{Search: store.Search{Limit: limit}, Widest: limit, Rows: limit}
	skipping := plain
	skipping.Skip = []store.Lane{{UserKey: store.UserKey{Project: "demo", User: "poor"}}}
	ofStudio := plain
	ofStudio.Providers = []string{"studio"}
	without := plain
	without.SkipProviders = []string{"pika"}
	tests := map[string]struct {
		look  ledger.Look
		ready string
		few   int // jobs of ada at the studio
		aside func(t *testing.T, s *Store)
	}{
		"a hundred times as many wait": {plain, readyInWindow, 1000, func(t *testing.T, s *Store) { fill(t, s, "ada", "studio", 1001, 99_000) }},
		"so many, by lanes":            {skipping, readyByLanes, 1000, func(t *testing.T, s *Store) { fill(t, s, "ada", "studio", 1001, 99_000) }},
		"a skipped user's at the head": {skipping, readyByLanes, 1000, func(t *testing.T, s *Store) { fill(t, s, "poor", "studio", -10_000, 10_000) }},
		"another provider's at the head, for a worker": {
			ofStudio, readyInWindow, 1000, func(t *testing.T, s *Store) { fill(t, s, "ada", "pika", -100_000, 100_000) },
		},
		"a full provider's at the head": {
			without, readyInWindow, 1000, func(t *testing.T, s *Store) { fill(t, s, "ada", "pika", -100_000, 100_000) },
		},
		"many that wait for a time": {plain, readyInWindow, 1000, func(t *testing.T, s *Store) {
			fill(t, s, "ada", "studio", -100_000, 100_000)
			if _, err := s.db.Pool.Exec(t.Context(), `UPDATE queue SET due_ms = 9000000000000 WHERE sort_key < 0`); err != nil {
				t.Fatal(err)
			}
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := open(t, pgtest.Schema(t))
			fill(t, s, "ada", "studio", 1, test.few)
			before := pages(t, s, test.look, test.ready)
			test.aside(t, s)
			if _, err := s.db.Pool.Exec(t.Context(), `VACUUM queue`); err != nil {
				t.Fatal(err)
			}
			after := pages(t, s, test.look, test.ready)
			// A step of an index is one page more when the index has one level more.
			if after > before*12/10+20 {
				t.Errorf("%d pages before, %d after", before, after)
			}
			t.Logf("%d pages before, %d after", before, after)
		})
	}
}
