package ledger

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/cost"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// costPagesAtOnce is how many pages of line items are read at once.
const costPagesAtOnce = 16

// CostPage holds line items of a bulk job as they are stored: each after its length, with the bare id of its video job,
// without user and currency. Its number is that of the event which ended the last of its attempts.
type CostPage struct {
	store.BulkKey
	Last int64
	Raw  []byte
}

// Charge adds to what a user has spent on a day.
type Charge struct {
	store.UserKey
	Day    cost.Day
	Micros int64
}

func (c Charge) compare(o Charge) int {
	return cmp.Or(cmp.Compare(c.Project, o.Project), cmp.Compare(c.Day, o.Day), cmp.Compare(c.User, o.User))
}

// costReader is what a Reader knows of costs.
type costReader interface {
	// CostPages reads up to limit pages of a bulk job's line items from a number on, in order.
	CostPages(ctx context.Context, k store.BulkKey, from int64, limit int) ([]CostPage, error)
	// Spending reads what a project has spent from a day on and before another one, by day, then user.
	Spending(ctx context.Context, project string, from, before cost.Day, limit int) ([]store.Spent, error)
	// Budget reads a project's budget of a month.
	Budget(ctx context.Context, project string, m cost.Month) (store.Budget, error)
}

// charger is how a Tx charges.
type charger interface {
	// Charge adds to what was spent, in the given order, which is the same for everybody. It first locks the budgets of
	// the projects; those that have a limit it returns, with what is spent in a month then.
	Charge(ctx context.Context, charges []Charge, m cost.Month) (map[string]store.Budget, error)
	// LockBudget is Budget with a lock on the limit, if there is one yet.
	LockBudget(ctx context.Context, project string, m cost.Month) (store.Budget, error)
}

// charging is what the ended attempts of a transaction cost, not yet written.
type charging struct {
	spent map[Charge]int64 // by project, user and day
	bulks []*Bulk          // those that cost something
}

// bill charges an attempt that ends now to its bulk job and its user. A worker that was lost is paid until its lease
// ended: nobody knows better.
func (w *work) bill(b *Bulk, j *Job, end time.Time) error {
	if w.now.Before(end) {
		end = w.now
	}
	items := w.book.rates.Bill(j.Provider, end.Sub(j.Start), j.Used)
	j.Used = nil
	for _, i := range items {
		raw := &schedulerv1.CostItem{
			VideoJob: j.Video, Attempt: j.Attempt, Provider: cmp.Or(j.Provider, cost.Studio), Type: i.Type, Units: i.Units,
			Amount: &schedulerv1.Amount{Micros: i.Micros}, StartTime: timestamppb.New(j.Start), EndTime: timestamppb.New(end),
		}
		if err := b.addCost(raw); err != nil {
			return err
		}
	}
	total := cost.Total(items)
	if total == 0 {
		return nil
	}
	b.Cost += total
	if w.charges.spent == nil {
		w.charges.spent = map[Charge]int64{}
	}
	w.charges.spent[Charge{UserKey: store.UserKey{Project: b.Project, User: j.User}, Day: cost.DayOf(w.now)}] += total
	if !slices.Contains(w.charges.bulks, b) {
		w.charges.bulks = append(w.charges.bulks, b)
	}
	return nil
}

// addCost appends a line item to the bulk job's pages. An attempt's items are on one page.
func (b *Bulk) addCost(item *schedulerv1.CostItem) error {
	n := len(b.costs)
	if n == 0 || len(b.costs[n-1].Raw) >= pageBytes && b.costs[n-1].Last != b.LastSequence {
		b.costs = append(b.costs, &CostPage{BulkKey: b.BulkKey})
		n++
	}
	p := b.costs[n-1]
	raw, err := appendDelimited(p.Raw, item)
	if err != nil {
		return fmt.Errorf("cost of %s: %w", b.Name(), err)
	}
	p.Raw, p.Last = raw, b.LastSequence
	return nil
}

// settleCharges writes what was spent, and pauses what has reached its budget by that.
func (w *work) settleCharges(ctx context.Context) error {
	done := w.charges
	w.charges = charging{}
	if len(done.spent) == 0 {
		return nil
	}
	var all []Charge
	for c, micros := range done.spent {
		c.Micros = micros
		all = append(all, c)
	}
	slices.SortFunc(all, Charge.compare)
	month := cost.MonthOf(w.now)
	budgets, err := w.Charge(ctx, all, month)
	if err != nil {
		return err
	}
	if err := w.pauseByOwnBudget(ctx, done.bulks); err != nil {
		return err
	}
	for _, project := range slices.Sorted(maps.Keys(budgets)) {
		g := budgets[project]
		if !g.Reached() {
			continue
		}
		w.out.Limits = append(w.out.Limits, Limit{project, g.Limit, g.Updated, month.First})
		for _, b := range w.inOrder() {
			if b.Project == project {
				if err := w.pauseByBudget(b, w.projectBudget(project, g)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// CostItems implements store.Store.
func (b *Book) CostItems(ctx context.Context, k store.BulkKey, after store.CostPlace, limit int) (all []store.PlacedCost, err error) {
	err = b.db.Read(ctx, func(ctx context.Context, r Reader) error {
		all = nil
		bulk, err := r.ShowBulk(ctx, k)
		if err != nil {
			return err
		}
		for at := after; len(all) < limit; {
			pages, err := r.CostPages(ctx, k, at.Page, costPagesAtOnce)
			if err != nil {
				return err
			}
			for _, p := range pages {
				items, err := p.after(at, bulk.User)
				if err != nil {
					return err
				}
				all, at = append(all, items...), store.CostPlace{Page: p.Last + 1}
			}
			if len(pages) < costPagesAtOnce {
				break
			}
		}
		all = all[:min(len(all), limit)]
		return nil
	})
	return all, err
}

// after gives the items of a page after a place.
func (p CostPage) after(at store.CostPlace, user string) ([]store.PlacedCost, error) {
	items, err := delimited(p.Raw, func() *schedulerv1.CostItem { return &schedulerv1.CostItem{} })
	if err != nil {
		return nil, fmt.Errorf("costs up to event %d of %s: %w", p.Last, p.Name(), err)
	}
	var all []store.PlacedCost
	for i, item := range items {
		if p.Last == at.Page && i < at.Item {
			continue
		}
		item.VideoJob, item.User = store.VideoKey{BulkKey: p.BulkKey, Video: item.GetVideoJob()}.Name(), user
		all = append(all, store.PlacedCost{CostItem: item, After: store.CostPlace{Page: p.Last, Item: i + 1}})
	}
	return all, nil
}

// Spending implements store.Store.
func (b *Book) Spending(ctx context.Context, project string, from, before cost.Day, limit int) (all []store.Spent, err error) {
	err = b.db.Read(ctx, func(ctx context.Context, r Reader) error {
		all, err = r.Spending(ctx, project, from, before, limit)
		return err
	})
	return all, err
}

// Rates implements store.Store.
func (b *Book) Rates() cost.Rates { return b.rates }
