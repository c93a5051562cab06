package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/rpc/status"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

func euros(micros int64) *schedulerv1.Amount {
	return &schedulerv1.Amount{Micros: micros, CurrencyCode: "EUR"}
}

// costly is a server on which something was spent.
func costly(t *testing.T) *bundle {
	t.Helper()
	b := setup(t, schedulerv1.BulkJob_COMPLETED)
	b.fake.Costs = &schedulerv1.SummarizeCostsResponse{
		Days: []*schedulerv1.SummarizeCostsResponse_Day{
			{Day: "2026-11-23", User: "ada", Amount: euros(1_250_000)},
			{Day: "2026-11-23", User: "bob", Amount: euros(47)},
			{Day: "2026-11-24", User: "ada", Amount: euros(12_000_000)},
		},
		Total: euros(13_250_047),
	}
	b.fake.Budget = &schedulerv1.Budget{Name: "projects/default/budget", Limit: euros(20_000_000), Spent: euros(13_250_047)}
	return b
}

func TestCosts(t *testing.T) {
	b := costly(t)
	if code := b.run("costs", "--from", "2026-11-23", "--until", "2026-11-24"); code != exitOK {
		t.Fatalf("exit code = %d; stderr: %s", code, &b.stderr)
	}
	want := `day         user           cost
2026-11-23  ada        1.25 EUR
            bob    0.000047 EUR
2026-11-24  ada       12.00 EUR
in all            13.250047 EUR
budget of this month: 20.00 EUR, of which 6.749953 EUR are left
`
	if diff := cmp.Diff(want, b.stdout.String()); diff != "" {
		t.Errorf("output (-want +got):\n%s", diff)
	}
	in := b.fake.Requests()[0].(*schedulerv1.SummarizeCostsRequest)
	if from, until := in.GetStartTime().AsTime().String(), in.GetEndTime().AsTime().String(); !strings.HasPrefix(from, "2026-11-23 00:00") || !strings.HasPrefix(until, "2026-11-25 00:00") {
		t.Errorf("asked from %s until %s, want both days whole", from, until)
	}

	if code := b.run("costs", "--output", "json"); code != exitOK {
		t.Fatalf("exit code = %d; stderr: %s", code, &b.stderr)
	}
	var document struct{ Total struct{ CurrencyCode string } }
	if err := json.Unmarshal(b.stdout.Bytes(), &document); err != nil || document.Total.CurrencyCode != "EUR" {
		t.Errorf("document %+v, %v", document, err)
	}
}

func TestNoCosts(t *testing.T) {
	b := setup(t, schedulerv1.BulkJob_COMPLETED)
	b.fake.Costs = &schedulerv1.SummarizeCostsResponse{Total: euros(0)}
	b.fake.Budget = &schedulerv1.Budget{Spent: euros(0)}
	if code := b.run("costs"); code != exitOK {
		t.Fatalf("exit code = %d; stderr: %s", code, &b.stderr)
	}
	if got, want := b.stdout.String(), "nothing was spent in this time\nno budget; spent this month: 0.00 EUR\n"; got != want {
		t.Errorf("output %q, want %q", got, want)
	}
}

func TestCostsBudget(t *testing.T) {
	b := costly(t)
	tests := []struct{ amount, want string }{
		{"", "budget of this month: 20.00 EUR, of which 6.749953 EUR are left\n"},
		{"10", "the budget of this month, 10.00 EUR, is used up; spent: 13.250047 EUR\n"},
		{"none", "no budget; spent this month: 13.250047 EUR\n"},
	}
	for _, tt := range tests {
		args := []string{"costs", "budget"}
		if tt.amount != "" {
			args = append(args, tt.amount)
		}
		if code := b.run(args...); code != exitOK || b.stdout.String() != tt.want {
			t.Errorf("budget %s: exit code %d, %q, want %q; stderr: %s", tt.amount, code, &b.stdout, tt.want, &b.stderr)
		}
	}
	if n := len(b.fake.Requests()); n != 2 {
		t.Errorf("%d changes, want 2", n)
	}
	for _, args := range [][]string{{"costs", "budget", "much"}, {"batch", "create", "sheet", "--budget", "-1"}, {"costs", "--from", "today"}} {
		if code := b.run(args...); code == exitOK {
			t.Errorf("%v is taken", args)
		}
	}
}

func TestGetTellsOfMoney(t *testing.T) {
	b := costly(t)
	b.fake.Jobs[0].State, b.fake.Jobs[0].Cost = schedulerv1.BulkJob_PAUSED, euros(500_000)
	b.fake.Jobs[0].PauseReason = &status.Status{Message: "the bulk job has cost 0.50 EUR"}
	if code := b.run("batch", "get", jobID); code != exitOK {
		t.Fatalf("exit code = %d; stderr: %s", code, &b.stderr)
	}
	for _, want := range []string{", cost 0.50 EUR\n", "paused: the bulk job has cost 0.50 EUR\n"} {
		if !strings.Contains(b.stdout.String(), want) {
			t.Errorf("output has no %q:\n%s", want, &b.stdout)
		}
	}
}

func TestCreateWithABudget(t *testing.T) {
	b := costly(t)
	if code := b.run("batch", "create", "sheet", "--budget", "2.5"); code != exitOK {
		t.Fatalf("exit code = %d; stderr: %s", code, &b.stderr)
	}
	if got := b.fake.Requests()[0].(*schedulerv1.CreateBulkJobRequest).GetBulkJob().GetBudget().GetMicros(); got != 2_500_000 {
		t.Errorf("budget of %d micros, want 2,500,000", got)
	}
}
