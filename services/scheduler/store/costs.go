package store

import (
	"context"
	"fmt"
	"time"

	"go.einride.tech/aip/resourcename"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/scheduler/cost"
)

// Costs keeps what attempts have cost, and the budgets of projects. Every attempt that ends is billed in the
// transaction that ends it, however it ends: its line items, the sum of its bulk job, and what its user has spent on
// the day, always agree.
//
// A bulk job whose cost has reached its budget is PAUSED; so is one of a project that has reached its budget of the
// month (UTC), at the latest when one of its video jobs would start. What runs then may finish: it is paid for.
type Costs interface {
	// Rates are the prices in force.
	Rates() cost.Rates
	// CostItems returns up to limit line items of a bulk job after a place, oldest first, or ErrNotFound.
	CostItems(ctx context.Context, k BulkKey, after CostPlace, limit int) ([]PlacedCost, error)
	// Spending returns what a project has spent from a day on and before another one, by day, then user. There are
	// limit entries at most.
	Spending(ctx context.Context, project string, from, before cost.Day, limit int) ([]Spent, error)
	// Budget returns a project's budget of the month of now. Every project has one, without a limit at first.
	Budget(ctx context.Context, project string, now time.Time) (Budget, error)
	// SetBudget sets a project's limit in micros, once per request; 0 is none.
	SetBudget(ctx context.Context, r Request, project string, limit int64, now time.Time) (Budget, error)
}

// CostPlace is a place among the line items of a bulk job. The zero value is before the first.
type CostPlace struct {
	Page int64 `json:"p"`
	Item int   `json:"i"` // how many of the page lie before the place
}

// PlacedCost is a line item and the place after it. Its amount has no currency yet.
type PlacedCost struct {
	*schedulerv1.CostItem
	After CostPlace
}

// Spent is what a user has spent on a day.
type Spent struct {
	Day    cost.Day
	User   string
	Micros int64
}

// Budget is what a project may spend in a month, and has spent in this one.
type Budget struct {
	Limit   int64 // in micros; 0 is none
	Spent   int64
	Updated time.Time // of the limit; zero when it never was
}

// Reached tells whether nothing more may start.
func (b Budget) Reached() bool { return b.Limit > 0 && b.Spent >= b.Limit }

// BudgetError says that a bulk job must not go on. It is also why it was paused.
type BudgetError struct {
	Project      string // whose budget it is; empty for the bulk job's own
	Budget, Cost int64  // in micros
	Currency     string
}

func (e *BudgetError) Error() string {
	limit, spent := cost.Format(e.Budget, e.Currency), cost.Format(e.Cost, e.Currency)
	if e.Project != "" {
		return fmt.Sprintf("the project has spent %s this month, and its budget is %s; raise the budget and resume", spent, limit)
	}
	return fmt.Sprintf("the bulk job has cost %s, and its budget is %s; make a new bulk job for what is left", spent, limit)
}

// GRPCStatus is the error as callers see it.
func (e *BudgetError) GRPCStatus() *status.Status {
	return status.Convert(errs.New(codes.FailedPrecondition, errorsv1.ErrorReason_BUDGET_EXCEEDED, e.Error(),
		"budget", cost.Format(e.Budget, e.Currency), "cost", cost.Format(e.Cost, e.Currency)))
}

// BudgetName is the resource name of a project's budget.
func BudgetName(project string) string { return ProjectName(project) + "/budget" }

// ParseBudget reads `projects/{project}/budget`.
func ParseBudget(name string) (string, error) {
	var project string
	err := resourcename.Sscan(name, "projects/{project}/budget", &project)
	return project, wrap(name, err)
}
