package ledger

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/sheetreel/sheetreel/services/scheduler/cost"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// Limit is a project's budget as it is stored. Reached is the first day of the month in which it was reached: what is
// locked with each bulk job, so that a claim knows at no cost.
type Limit struct {
	Project string
	Micros  int64 // 0 is none
	Updated time.Time
	Reached cost.Day
}

// inOrder gives the loaded bulk jobs by project and id.
func (w *work) inOrder() []*Bulk {
	return slices.SortedFunc(maps.Values(w.bulks), func(a, b *Bulk) int {
		return cmp.Or(cmp.Compare(a.Project, b.Project), cmp.Compare(a.ID, b.ID))
	})
}

func (w *work) projectBudget(project string, g store.Budget) *store.BudgetError {
	return &store.BudgetError{Project: project, Budget: g.Limit, Cost: g.Spent, Currency: w.book.rates.Currency()}
}

// ownBudget is not nil when a bulk job's cost has reached its own budget.
func (w *work) ownBudget(ctx context.Context, b *Bulk) (*store.BudgetError, error) {
	if b.Cost == 0 {
		return nil, nil
	}
	specs, err := w.book.specsOf(ctx, w, []store.BulkKey{b.BulkKey})
	if err != nil {
		return nil, err
	}
	limit := specs[b.BulkKey].GetBudget()
	if limit == nil || b.Cost < limit.GetMicros() {
		return nil, nil
	}
	return &store.BudgetError{Budget: limit.GetMicros(), Cost: b.Cost, Currency: w.book.rates.Currency()}, nil
}

// budgetOver tells why a bulk job must not start anything, or nil.
func (w *work) budgetOver(ctx context.Context, b *Bulk) (*store.BudgetError, error) {
	if why, err := w.ownBudget(ctx, b); why != nil || err != nil {
		return why, err
	}
	month := cost.MonthOf(w.now)
	if b.BudgetReached != month.First {
		return nil, nil
	}
	g, err := w.Budget(ctx, b.Project, month)
	if err != nil || !g.Reached() {
		return nil, err
	}
	return w.projectBudget(b.Project, g), nil
}

func (w *work) pauseByOwnBudget(ctx context.Context, bulks []*Bulk) error {
	for _, b := range bulks {
		why, err := w.ownBudget(ctx, b)
		if err == nil && why != nil {
			err = w.pauseByBudget(b, why)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// pauseByBudget pauses a bulk job, unless it has ended or is paused. Running attempts are paid for, so they go on.
func (w *work) pauseByBudget(b *Bulk, why *store.BudgetError) error {
	if !state.BulkMayBecome(b.State, state.BulkPaused) {
		return nil
	}
	if err := w.moveBulk(b, state.BulkPaused, why.GRPCStatus().Proto()); err != nil {
		return err
	}
	w.dropImport(b)
	w.out.Holds = append(w.out.Holds, Hold{b.BulkKey, true})
	return nil
}

// holdByBudget pauses those of the loaded bulk jobs that a claim must not start anything of.
func (w *work) holdByBudget(ctx context.Context) error {
	for _, b := range w.inOrder() {
		why, err := w.budgetOver(ctx, b)
		if err == nil && why != nil {
			err = w.pauseByBudget(b, why)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Budget implements store.Store.
func (b *Book) Budget(ctx context.Context, project string, now time.Time) (g store.Budget, err error) {
	err = b.db.Read(ctx, func(ctx context.Context, r Reader) error {
		g, err = r.Budget(ctx, project, cost.MonthOf(now))
		return err
	})
	return g, err
}

// SetBudget implements store.Store.
func (b *Book) SetBudget(ctx context.Context, r store.Request, project string, limit int64, now time.Time) (g store.Budget, err error) {
	month := cost.MonthOf(now)
	err = b.write(ctx, now, func(ctx context.Context, w *work) error {
		err := w.once(ctx, project, r, store.BudgetName(project), func() error {
			g, err := w.LockBudget(ctx, project, month)
			if err != nil {
				return err
			}
			g.Limit = limit
			set := Limit{Project: project, Micros: limit, Updated: now}
			if g.Reached() {
				set.Reached = month.First
			}
			w.out.Limits = append(w.out.Limits, set)
			return nil
		})
		if err != nil {
			return err
		}
		g, err = w.Budget(ctx, project, month)
		return err
	})
	return g, err
}
