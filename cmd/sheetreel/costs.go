package main

import (
	"fmt"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/cost"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/client"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/report"
)

// costsCommands tell of money.
type costsCommands struct {
	Show   showCostsCommand `cmd:"" default:"withargs" help:"Show what was spent, by day and user."`
	Budget budgetCommand    `cmd:"" help:"Show or set what the project may spend in a month."`
}

type showCostsCommand struct {
	clientFlags
	From  date `help:"First day, as 2026-11-24 (UTC); the first of this month when empty." placeholder:"DAY"`
	Until date `help:"Last day; today when empty." placeholder:"DAY"`
}

// date is a day of the calendar, in UTC. The zero value is none.
type date struct{ time.Time }

// UnmarshalText reads a day.
func (d *date) UnmarshalText(text []byte) (err error) {
	d.Time, err = time.Parse(time.DateOnly, string(text))
	if err != nil {
		return fmt.Errorf("%q is not a day such as 2026-11-24", text)
	}
	return nil
}

// Run shows what was spent.
func (c showCostsCommand) Run(env *environment) error {
	request := &schedulerv1.SummarizeCostsRequest{Parent: client.Project(c.Project)}
	if !c.From.IsZero() {
		request.StartTime = timestamppb.New(c.From.Time)
	}
	if !c.Until.IsZero() {
		request.EndTime = timestamppb.New(c.Until.AddDate(0, 0, 1))
	}
	return c.with(func(cl *client.Client) error {
		ctx, cancel := env.call()
		defer cancel()
		summary, err := cl.Costs.SummarizeCosts(ctx, request)
		if err != nil {
			return err
		}
		if c.json() {
			return env.document(summary)
		}
		budget, err := cl.Costs.GetBudget(ctx, &schedulerv1.GetBudgetRequest{Name: budgetName(c.Project)})
		if err != nil {
			return err
		}
		lines := report.Costs(summary, env.width())
		if len(lines) == 0 {
			lines = []string{"nothing was spent in this time"}
		}
		return env.say(append(lines, report.Budget(budget))...)
	})
}

func budgetName(project string) string { return client.Project(project) + "/budget" }

type budgetCommand struct {
	clientFlags
	Amount string `arg:"" optional:"" help:"What the project may spend in a calendar month (UTC), in the server's currency; none for no limit. Over it, its bulk jobs are paused."`
}

// Run shows or sets the budget.
func (c budgetCommand) Run(env *environment) error {
	limit, err := parseLimit("AMOUNT", c.Amount)
	if err != nil {
		return err
	}
	return c.with(func(cl *client.Client) error {
		ctx, cancel := env.call()
		defer cancel()
		var budget *schedulerv1.Budget
		var err error
		if c.Amount == "" {
			budget, err = cl.Costs.GetBudget(ctx, &schedulerv1.GetBudgetRequest{Name: budgetName(c.Project)})
		} else {
			budget, err = cl.Costs.UpdateBudget(ctx, &schedulerv1.UpdateBudgetRequest{
				Budget: &schedulerv1.Budget{Name: budgetName(c.Project), Limit: limit}, RequestId: uuid.NewString(),
			})
		}
		if err != nil {
			return err
		}
		if c.json() {
			return env.document(budget)
		}
		return env.say(report.Budget(budget))
	})
}

// noLimit is how people take a limit away.
const noLimit = "none"

// parseLimit reads the amount of a limit that people wrote; nil when there is none.
func parseLimit(name, text string) (*schedulerv1.Amount, error) {
	if text == "" || text == noLimit {
		return nil, nil
	}
	micros, err := cost.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &schedulerv1.Amount{Micros: micros}, nil
}
