package report

import (
	"fmt"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/cost"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/columns"
)

// Money writes an amount, such as 12.50 USD.
func Money(a *schedulerv1.Amount) string { return cost.Format(a.GetMicros(), a.GetCurrencyCode()) }

// Costs is the table of what a project has spent by day and user, with the sum below; no lines when it is nothing.
func Costs(s *schedulerv1.SummarizeCostsResponse, width int) []string {
	if len(s.GetDays()) == 0 {
		return nil
	}
	head := []columns.Column{{Title: "day"}, {Title: "user", Flex: true}, {Title: "cost", Right: true}}
	var rows [][]string
	last := ""
	for _, d := range s.GetDays() {
		day := d.GetDay()
		if day == last {
			day = ""
		}
		rows, last = append(rows, []string{day, columns.Clean(d.GetUser()), Money(d.GetAmount())}), d.GetDay()
	}
	return columns.Table(head, append(rows, []string{"in all", "", Money(s.GetTotal())}), width)
}

// Budget says what a project may spend in this month, and what is left of it.
func Budget(b *schedulerv1.Budget) string {
	limit, spent := b.GetLimit(), b.GetSpent()
	switch left := limit.GetMicros() - spent.GetMicros(); {
	case limit == nil:
		return fmt.Sprintf("no budget; spent this month: %s", Money(spent))
	case left <= 0:
		return fmt.Sprintf("the budget of this month, %s, is used up; spent: %s", Money(limit), Money(spent))
	default:
		return fmt.Sprintf("budget of this month: %s, of which %s are left", Money(limit), cost.Format(left, limit.GetCurrencyCode()))
	}
}
