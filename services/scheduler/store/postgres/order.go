package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/order"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
)

// Lanes implements ledger.Tx.
func (t *tx) Lanes(ctx context.Context, u store.UserKey) (map[ingestv1.Priority]*order.Lane, order.Clock, error) {
	lanes := map[ingestv1.Priority]*order.Lane{}
	var clock order.Clock
	b := &pgx.Batch{}
	b.Queue(`SELECT pg_advisory_xact_lock(hashtextextended('lanes ' || $1 || '/' || $2, 0))`, u.Project, u.User)
	b.Queue(`SELECT priority, finish_ms, claimed_ms FROM lanes WHERE project = $1 AND user_id = $2`, u.Project, u.User).
		Query(func(rows pgx.Rows) error {
			var priority int16
			var finish, claimed int64
			_, err := pgx.ForEachRow(rows, []any{&priority, &finish, &claimed}, func() error {
				lanes[ingestv1.Priority(priority)] = &order.Lane{Finish: fromMillis(&finish), Claimed: fromMillis(&claimed)}
				return nil
			})
			return err
		})
	b.Queue(`SELECT (SELECT max(claimed_ms) FROM lanes), NOT EXISTS (SELECT FROM queue WHERE NOT held AND due_ms = 0)`).
		QueryRow(func(row pgx.Row) error {
			var claimed *int64
			err := row.Scan(&claimed, &clock.Idle)
			clock.Claimed = fromMillis(claimed)
			return err
		})
	err := t.SendBatch(ctx, b).Close()
	return lanes, clock, err
}

// Occupied implements ledger.Tx.
func (t *tx) Occupied(ctx context.Context, claims []ledger.Claim) (busy map[store.Lane]int, lanes map[store.VideoKey]store.Lane, err error) {
	lanes = make(map[store.VideoKey]store.Lane, len(claims))
	b := &pgx.Batch{}
	b.Queue(`SELECT pg_advisory_xact_lock(hashtextextended('limits of what runs', 0))`)
	b.Queue(whatRuns).Query(func(rows pgx.Rows) (err error) {
		busy, err = scanBusy(rows)
		return err
	})
	b.Queue(`SELECT k.n, q.user_id, q.provider
		FROM unnest($1::text[], $2::text[]::uuid[], $3::text[]::uuid[]) WITH ORDINALITY AS k (project, bulk_job, id, n)
		JOIN LATERAL (SELECT * FROM queue AS t WHERE t.project = k.project AND t.bulk_job = k.bulk_job AND t.id = k.id LIMIT 1) AS q ON true`,
		column(claims, func(c ledger.Claim) string { return c.Project }), column(claims, func(c ledger.Claim) string { return c.VideoKey.ID }),
		column(claims, func(c ledger.Claim) string { return c.Row.ID })).Query(func(rows pgx.Rows) error {
		var n int64
		var l store.Lane
		_, err := pgx.ForEachRow(rows, []any{&n, &l.User, &l.Provider}, func() error {
			k := claims[n-1].VideoKey
			l.Project = k.Project
			lanes[k] = l
			return nil
		})
		return err
	})
	err = t.SendBatch(ctx, b).Close()
	return busy, lanes, err
}

const whatRuns = `SELECT project, user_id, provider, count(*) FROM running GROUP BY project, user_id, provider`

func scanBusy(rows pgx.Rows) (map[store.Lane]int, error) {
	busy := map[store.Lane]int{}
	var l store.Lane
	var n int
	_, err := pgx.ForEachRow(rows, []any{&l.Project, &l.User, &l.Provider, &n}, func() error {
		busy[l] = n
		return nil
	})
	return busy, err
}

// NextOverdue implements ledger.Tx.
func (t *tx) NextOverdue(ctx context.Context, now time.Time) (*ledger.Bulk, error) {
	rows, err := t.Query(ctx, lockBulks+`WHERE b.deadline_ms <= $1 AND b.deadline_ms IS NOT NULL AND b.state IN (1, 2, 3, 4)
		ORDER BY b.deadline_ms LIMIT 1 FOR UPDATE OF b SKIP LOCKED`, now.UnixMilli())
	return first(collect(rows, err, scanLocked))
}

// writeOrder writes what moves places.
func writeOrder(b *pgx.Batch, c *ledger.Changes) {
	if all := c.Lanes; len(all) > 0 {
		b.Queue(`INSERT INTO lanes AS l (project, user_id, priority, finish_ms, claimed_ms)
			SELECT * FROM unnest($1::text[], $2::text[], $3::smallint[], $4::bigint[], $5::bigint[])
			ON CONFLICT (project, user_id, priority) DO UPDATE SET finish_ms = greatest(l.finish_ms, excluded.finish_ms),
				claimed_ms = greatest(l.claimed_ms, excluded.claimed_ms)`,
			column(all, func(l ledger.Lane) string { return l.Project }), column(all, func(l ledger.Lane) string { return l.User }),
			column(all, func(l ledger.Lane) int16 { return int16(l.Priority) }),
			column(all, func(l ledger.Lane) int64 { return number(millis(l.Finish)) }),
			column(all, func(l ledger.Lane) int64 { return number(millis(l.Claimed)) }))
	}
	for _, s := range c.Specs {
		b.Queue(`UPDATE bulk_job_details SET spec = $3 WHERE project = $1 AND id = $2`, s.Project, s.ID, s.Spec)
	}
	for _, r := range c.Reorders {
		const shift = `($4 - CASE priority WHEN 1 THEN $5::bigint WHEN 10 THEN $7::bigint ELSE $6::bigint END)`
		b.Queue(`UPDATE queue SET priority = $3, plain_key = plain_key + `+shift+`,
			sort_key = CASE WHEN wanted_key IS NULL THEN sort_key + `+shift+` ELSE least(plain_key + `+shift+`, wanted_key) END
			WHERE project = $1 AND bulk_job = $2`, r.Project, r.ID, int16(r.Priority), r.Offsets.Of(r.Priority).Milliseconds(),
			r.Offsets.Urgent.Milliseconds(), r.Offsets.Normal.Milliseconds(), r.Offsets.Low.Milliseconds())
	}
}

// forgetLanes drops lanes that a new one would be no other than.
const forgetLanes = `DELETE FROM lanes WHERE finish_ms < greatest($1, (SELECT max(claimed_ms) FROM lanes))
	AND claimed_ms < (SELECT max(claimed_ms) FROM lanes)`
