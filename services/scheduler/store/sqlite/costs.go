package sqlite

import (
	"context"
	"database/sql"

	"github.com/sheetreel/sheetreel/services/scheduler/cost"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
)

// CostPages implements ledger.Reader.
func (r reader) CostPages(ctx context.Context, k store.BulkKey, from int64, limit int) ([]ledger.CostPage, error) {
	return rows(ctx, r.Tx, func(row *sql.Rows) (ledger.CostPage, error) {
		p := ledger.CostPage{BulkKey: k}
		return p, row.Scan(&p.Last, &p.Raw)
	}, `SELECT last_sequence, items FROM job_costs
		WHERE project = ? AND bulk_job = ? AND last_sequence >= ? ORDER BY last_sequence LIMIT ?`, k.Project, k.ID, from, limit)
}

// Spending implements ledger.Reader.
func (r reader) Spending(ctx context.Context, project string, from, before cost.Day, limit int) ([]store.Spent, error) {
	return rows(ctx, r.Tx, func(row *sql.Rows) (s store.Spent, err error) {
		return s, row.Scan(&s.Day, &s.User, &s.Micros)
	}, `SELECT day, user_id, micros FROM spend WHERE project = ? AND day >= ? AND day < ? ORDER BY day, user_id LIMIT ?`,
		project, int64(from), int64(before), limit)
}

// Budget implements ledger.Reader.
func (r reader) Budget(ctx context.Context, project string, m cost.Month) (store.Budget, error) {
	return first(rows(ctx, r.Tx, func(row *sql.Rows) (g store.Budget, err error) {
		var updated sql.NullInt64
		err = row.Scan(&g.Limit, &updated, &g.Spent)
		g.Updated = fromMillis(updated)
		return g, err
	}, `SELECT coalesce((SELECT limit_micros FROM budgets WHERE project = ?1), 0), (SELECT update_ms FROM budgets WHERE project = ?1),
		(SELECT coalesce(sum(micros), 0) FROM spend WHERE project = ?1 AND day >= ?2 AND day < ?3)`, project, int64(m.First), int64(m.Next())))
}

// LockBudget implements ledger.Tx. The one writer has a lock on everything.
func (t *tx) LockBudget(ctx context.Context, project string, m cost.Month) (store.Budget, error) {
	return t.Budget(ctx, project, m)
}

// Charge implements ledger.Tx.
func (t *tx) Charge(ctx context.Context, charges []ledger.Charge, m cost.Month) (map[string]store.Budget, error) {
	w := &writer{ctx: ctx, tx: t}
	for _, c := range charges {
		w.exec(`INSERT INTO spend (project, day, user_id, micros) VALUES (?, ?, ?, ?)
			ON CONFLICT (project, day, user_id) DO UPDATE SET micros = micros + excluded.micros`, c.Project, int64(c.Day), c.User, c.Micros)
	}
	if w.err != nil {
		return nil, w.err
	}
	budgets := map[string]store.Budget{}
	for _, c := range charges {
		if _, ok := budgets[c.Project]; ok {
			continue
		}
		g, err := t.Budget(ctx, c.Project, m)
		if err != nil {
			return nil, err
		}
		budgets[c.Project] = g
	}
	return budgets, nil
}

// costs writes line items and budgets.
func (w *writer) costs(c *ledger.Changes) {
	for _, p := range c.Costs {
		w.exec(`INSERT INTO job_costs (project, bulk_job, last_sequence, items) VALUES (?, ?, ?, ?)`, p.Project, p.ID, p.Last, p.Raw)
	}
	for _, l := range c.Limits {
		w.exec(`INSERT OR REPLACE INTO budgets (project, limit_micros, reached_month, update_ms) VALUES (?, ?, ?, ?)`,
			l.Project, l.Micros, int64(l.Reached), millis(l.Updated))
	}
}
