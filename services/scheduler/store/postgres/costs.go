package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/sheetreel/sheetreel/services/scheduler/cost"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
)

// CostPages implements ledger.Reader.
func (r reader) CostPages(ctx context.Context, k store.BulkKey, from int64, limit int) ([]ledger.CostPage, error) {
	rows, err := r.Query(ctx, `SELECT last_sequence, items FROM job_costs
		WHERE project = $1 AND bulk_job = $2 AND last_sequence >= $3 ORDER BY last_sequence LIMIT $4`, k.Project, k.ID, from, limit)
	return collect(rows, err, func(row pgx.CollectableRow) (ledger.CostPage, error) {
		p := ledger.CostPage{BulkKey: k}
		return p, row.Scan(&p.Last, &p.Raw)
	})
}

// Spending implements ledger.Reader.
func (r reader) Spending(ctx context.Context, project string, from, before cost.Day, limit int) ([]store.Spent, error) {
	rows, err := r.Query(ctx, `SELECT day, user_id, micros FROM spend
		WHERE project = $1 AND day >= $2 AND day < $3 ORDER BY day, user_id LIMIT $4`, project, int32(from), int32(before), limit)
	return collect(rows, err, func(row pgx.CollectableRow) (s store.Spent, err error) {
		return s, row.Scan(&s.Day, &s.User, &s.Micros)
	})
}

// spentInMonth sums what a project has spent from the day $2 on and before the day $3.
const spentInMonth = `(SELECT coalesce(sum(s.micros), 0)::bigint FROM spend s WHERE s.project = g.project AND s.day >= $2 AND s.day < $3)`

// Budget implements ledger.Reader.
func (r reader) Budget(ctx context.Context, project string, m cost.Month) (store.Budget, error) {
	rows, err := r.Query(ctx, `SELECT coalesce(b.limit_micros, 0), b.update_ms, `+spentInMonth+`
		FROM (SELECT $1::text AS project) AS g LEFT JOIN budgets b ON b.project = g.project`, project, int32(m.First), int32(m.Next()))
	return first(collect(rows, err, func(row pgx.CollectableRow) (g store.Budget, err error) {
		var updated *int64
		err = row.Scan(&g.Limit, &updated, &g.Spent)
		g.Updated = fromMillis(updated)
		return g, err
	}))
}

// LockBudget implements ledger.Tx. What is spent is summed after the lock is there.
func (t *tx) LockBudget(ctx context.Context, project string, m cost.Month) (store.Budget, error) {
	if _, err := t.Exec(ctx, lockBudgets, []string{project}); err != nil {
		return store.Budget{}, err
	}
	return t.Budget(ctx, project, m)
}

const lockBudgets = `SELECT FROM budgets WHERE project = ANY($1::text[]) ORDER BY project FOR UPDATE`

// Charge implements ledger.Tx: one round trip.
func (t *tx) Charge(ctx context.Context, charges []ledger.Charge, m cost.Month) (map[string]store.Budget, error) {
	projects := column(charges, func(c ledger.Charge) string { return c.Project })
	budgets := map[string]store.Budget{}
	b := &pgx.Batch{}
	b.Queue(lockBudgets, projects)
	b.Queue(`INSERT INTO spend (project, day, user_id, micros) SELECT * FROM unnest($1::text[], $2::integer[], $3::text[], $4::bigint[])
		ON CONFLICT (project, day, user_id) DO UPDATE SET micros = spend.micros + excluded.micros`, projects,
		column(charges, func(c ledger.Charge) int32 { return int32(c.Day) }),
		column(charges, func(c ledger.Charge) string { return c.User }),
		column(charges, func(c ledger.Charge) int64 { return c.Micros }))
	b.Queue(`SELECT g.project, g.limit_micros, g.update_ms, `+spentInMonth+` FROM budgets g WHERE g.project = ANY($1::text[]) AND g.limit_micros > 0`,
		projects, int32(m.First), int32(m.Next())).Query(func(rows pgx.Rows) error {
		var project string
		var limit, spent int64
		var updated *int64
		_, err := pgx.ForEachRow(rows, []any{&project, &limit, &updated, &spent}, func() error {
			budgets[project] = store.Budget{Limit: limit, Spent: spent, Updated: fromMillis(updated)}
			return nil
		})
		return err
	})
	return budgets, t.SendBatch(ctx, b).Close()
}

// writeCosts writes line items and budgets.
func writeCosts(b *pgx.Batch, c *ledger.Changes) {
	if all := c.Costs; len(all) > 0 {
		b.Queue(`INSERT INTO job_costs (project, bulk_job, last_sequence, items)
			SELECT * FROM unnest($1::text[], $2::text[]::uuid[], $3::bigint[], $4::bytea[])`,
			column(all, func(p *ledger.CostPage) string { return p.Project }),
			column(all, func(p *ledger.CostPage) string { return p.ID }),
			column(all, func(p *ledger.CostPage) int64 { return p.Last }),
			column(all, func(p *ledger.CostPage) []byte { return p.Raw }))
	}
	for _, l := range c.Limits {
		b.Queue(`INSERT INTO budgets (project, limit_micros, reached_month, update_ms) VALUES ($1, $2, $3, $4)
			ON CONFLICT (project) DO UPDATE SET limit_micros = $2, reached_month = $3, update_ms = $4`,
			l.Project, l.Micros, int32(l.Reached), millis(l.Updated))
	}
}
