package storetest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/status"
	"pgregory.net/rapid"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/scheduler/cost"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// Rates are the prices that a store under test must have: a second of the provider "priced" is 1,000 micros, an image
// 500,000.
func Rates(t testing.TB) cost.Rates {
	t.Helper()
	r, err := cost.Read(strings.NewReader(`
currency: EUR
rates:
  - {provider: priced, type: render_second, amount: 0.001}
  - {provider: priced, type: image, amount: 0.5}
`))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// priced makes a RUNNING bulk job with n queued video jobs of a provider that costs. A budget of 0 is none.
func (b *bundle) priced(project, user string, budget int64, n int) store.BulkKey {
	b.Helper()
	spec := &schedulerv1.BulkJob{RenderOptions: &schedulerv1.RenderOptions{Provider: "priced"}}
	if budget > 0 {
		spec.Budget = &schedulerv1.Amount{Micros: budget}
	}
	k := store.BulkKey{Project: project, ID: newID()}
	_, _, err := b.s.CreateBulkJob(b.ctx(), store.Request{}, store.Bulk{BulkKey: k, User: user, Spec: spec}, b.now)
	b.must(err)
	lease := b.leaseImport()
	_, err = b.s.AppendVideoJobs(b.ctx(), lease, ideas(n), place, b.now)
	b.must(err)
	b.must(b.s.CompleteImport(b.ctx(), lease, &ingestv1.ImportReport{}, b.now))
	return k
}

func (b *bundle) costs(k store.BulkKey) []store.PlacedCost {
	b.Helper()
	all, err := b.s.CostItems(b.ctx(), k, store.CostPlace{}, 1000)
	b.must(err)
	return all
}

// spent sums what a project has spent on all days.
func (b *bundle) spent(project string) (total int64) {
	b.Helper()
	all, err := b.s.Spending(b.ctx(), project, 0, 1<<30, 1000)
	b.must(err)
	for _, s := range all {
		total += s.Micros
	}
	return total
}

func (b *bundle) wantOverBudget(err error) {
	b.Helper()
	var over *store.BudgetError
	if !errors.As(err, &over) {
		b.Fatalf("error = %v, want a BudgetError", err)
	}
}

// wantPausedByBudget wants a PAUSED bulk job that says why.
func (b *bundle) wantPausedByBudget(k store.BulkKey, budget, cost string) {
	b.Helper()
	why := status.FromProto(b.wantBulk(k, state.BulkPaused).Error).Err()
	info, _ := errs.Detail[*errdetails.ErrorInfo](why)
	if errs.ReasonOf(why) != errorsv1.ErrorReason_BUDGET_EXCEEDED || info.GetMetadata()["budget"] != budget || info.GetMetadata()["cost"] != cost {
		b.Errorf("paused because of %v with %v, want BUDGET_EXCEEDED with budget %s, cost %s", why, info.GetMetadata(), budget, cost)
	}
}

func everyEndIsBilled(b *bundle) {
	k := b.priced("demo", "ada", 0, 5)
	l := b.claim(5)
	start := b.now
	b.now = start.Add(10 * time.Second)
	images := []cost.Usage{{Type: "image", Units: 2}}
	b.must(b.s.Complete(b.ctx(), l[0].Lease, store.Result{Artifacts: result.Artifacts, Usage: images}, b.now))
	b.must(b.s.Complete(b.ctx(), l[0].Lease, store.Result{Artifacts: result.Artifacts, Usage: images}, b.now)) // once more changes nothing
	f := failure(schedulerv1.FailureClass_PERMANENT)
	f.Usage = []cost.Usage{{Type: "gpu_second", Units: 3}} // has no price
	_, err := b.s.Fail(b.ctx(), l[1].Lease, f, b.retryUpTo(0), b.now)
	b.must(err)
	b.must(b.s.Release(b.ctx(), l[2].Lease, b.now))
	_, err = b.s.CancelVideoJob(b.ctx(), store.Request{}, l[3].Video.VideoKey, b.now)
	b.must(err)
	b.now = start.Add(time.Hour) // the last one's worker is lost: it is paid until its lease ended
	_, err = b.s.Expire(b.ctx(), 10, b.now)
	b.must(err)

	type line struct {
		video, kind string
		units       float64
		micros      int64
	}
	name := func(i int) string { return l[i].Video.Name() }
	want := []line{
		{name(0), cost.RenderSecond, 10, 10_000},
		{name(0), "image", 2, 1_000_000},
		{name(1), cost.RenderSecond, 10, 10_000},
		{name(1), "gpu_second", 3, 0},
		{name(2), cost.RenderSecond, 10, 10_000},
		{name(3), cost.RenderSecond, 10, 10_000},
		{name(4), cost.RenderSecond, 60, 60_000},
	}
	var got []line
	for _, i := range b.costs(k) {
		got = append(got, line{i.GetVideoJob(), i.GetType(), i.GetUnits(), i.GetAmount().GetMicros()})
		if i.GetUser() != "ada" || i.GetProvider() != "priced" || i.GetAttempt() != 1 || !i.GetStartTime().AsTime().Equal(start) {
			b.Errorf("line item %v", i.CostItem)
		}
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(line{})); diff != "" {
		b.Errorf("line items (-want +got):\n%s", diff)
	}
	if got := b.bulk(k).Cost; got != 1_100_000 {
		b.Errorf("the bulk job has cost %d, want 1,100,000", got)
	}
	days, err := b.s.Spending(b.ctx(), "demo", cost.DayOf(b.now), cost.DayOf(b.now)+1, 10)
	b.must(err)
	if diff := cmp.Diff([]store.Spent{{Day: cost.DayOf(b.now), User: "ada", Micros: 1_100_000}}, days); diff != "" {
		b.Errorf("spending (-want +got):\n%s", diff)
	}

	// A listing may stop anywhere and go on.
	var parts []string
	for at := (store.CostPlace{}); ; {
		some, err := b.s.CostItems(b.ctx(), k, at, 2)
		b.must(err)
		for _, i := range some {
			parts = append(parts, i.GetType())
			at = i.After
		}
		if len(some) < 2 {
			break
		}
	}
	if len(parts) != len(want) {
		b.Errorf("by pages of two: %v", parts)
	}
	_, err = b.s.CostItems(b.ctx(), store.BulkKey{Project: "demo", ID: newID()}, store.CostPlace{}, 1)
	b.wantErr(err, store.ErrNotFound)
}

func freeLeavesNothing(b *bundle) {
	bulk := b.running("ada", 1)
	l := b.claim(1)[0]
	b.now = b.now.Add(30 * time.Second)
	b.must(b.s.Complete(b.ctx(), l.Lease, result, b.now))
	if items := b.costs(bulk.BulkKey); len(items) != 0 || b.spent("demo") != 0 {
		b.Errorf("a free video job has line items %v, and %d was spent", items, b.spent("demo"))
	}
}

func untrueUsageChangesNothing(b *bundle) {
	k := b.priced("demo", "ada", 0, 1)
	l := b.claim(1)[0]
	var untrue *cost.UsageError
	used := []cost.Usage{{Type: "image", Units: 1e18}}
	if err := b.s.Complete(b.ctx(), l.Lease, store.Result{Usage: used}, b.now); !errors.As(err, &untrue) {
		b.Errorf("complete: %v, want a UsageError", err)
	}
	if _, err := b.s.Fail(b.ctx(), l.Lease, store.Failure{Usage: used}, b.retryUpTo(9), b.now); !errors.As(err, &untrue) {
		b.Errorf("fail: %v, want a UsageError", err)
	}
	b.wantState(l.Video.VideoKey, state.Dispatched)
	if b.bulk(k).Cost != 0 {
		b.Error("it was billed")
	}
}

func ownBudget(b *bundle) {
	k := b.priced("demo", "ada", 15_000, 4)
	l := b.claim(2)
	b.now = b.now.Add(10 * time.Second)
	b.must(b.s.Complete(b.ctx(), l[0].Lease, result, b.now))
	b.wantBulk(k, state.BulkRunning)
	l = append(l, b.claim(1)...)
	b.must(b.s.Complete(b.ctx(), l[1].Lease, result, b.now))
	b.wantPausedByBudget(k, "0.015 EUR", "0.02 EUR")
	if got := b.candidates(9); len(got) != 0 {
		b.Errorf("candidates over budget: %v", got)
	}
	// What runs goes on.
	if v := b.renew(l[2].Lease, 1); v != schedulerv1.LeaseStatus_OK {
		b.Errorf("renewal over budget: %v, want OK", v)
	}
	_, err := b.s.ResumeBulkJob(b.ctx(), store.Request{}, k, b.now)
	b.wantOverBudget(err)
	b.must(b.s.Complete(b.ctx(), l[2].Lease, result, b.now))
	if got := b.wantBulk(k, state.BulkPaused).Counts; got.Completed != 3 || got.Pending != 1 {
		b.Errorf("counts = %+v", got)
	}
	_, err = b.s.CancelVideoJob(b.ctx(), store.Request{}, b.pendingOf(k), b.now)
	b.must(err)
	if got := b.wantBulk(k, state.BulkCompleted); got.Error != nil {
		b.Errorf("it has ended and still says %v", got.Error)
	}

	// Retried beyond the budget: the claim pauses it.
	_, err = b.s.RetryVideoJob(b.ctx(), store.Request{}, b.firstIn(k, state.Cancelled), b.now)
	b.must(err)
	if got := b.claim(1); len(got) != 0 {
		b.Errorf("claimed %v over budget", got)
	}
	b.wantPausedByBudget(k, "0.015 EUR", "0.02 EUR")
}

// firstIn is the first video job of a bulk job in a state.
func (b *bundle) firstIn(k store.BulkKey, s state.Video) store.VideoKey {
	b.Helper()
	all, _, err := b.s.ListVideoJobs(b.ctx(), k, 0, 1000)
	b.must(err)
	for _, v := range all {
		if v.State == s {
			return v.VideoKey
		}
	}
	b.Fatalf("no video job is %v", s)
	return store.VideoKey{}
}

func (b *bundle) pendingOf(k store.BulkKey) store.VideoKey { return b.firstIn(k, state.Queued) }

func projectBudget(b *bundle) {
	request := store.Request{Method: "UpdateBudget", ID: "once", Hash: "h"}
	g, err := b.s.SetBudget(b.ctx(), request, "demo", 20_000, b.now)
	b.must(err)
	if g.Limit != 20_000 || g.Spent != 0 || !g.Updated.Equal(b.now) {
		b.Errorf("budget = %+v", g)
	}
	first, second := b.priced("demo", "ada", 0, 2), b.priced("demo", "bob", 0, 3)
	other := b.priced("other", "ada", 0, 1)
	l := b.claim(2) // of the first
	b.now = b.now.Add(10 * time.Second)
	b.must(b.s.Complete(b.ctx(), l[0].Lease, result, b.now))
	b.now = b.now.Add(10 * time.Second)
	_, err = b.s.Fail(b.ctx(), l[1].Lease, failure(schedulerv1.FailureClass_TRANSIENT), b.retryUpTo(3), b.now)
	b.must(err)
	b.wantPausedByBudget(first, "0.02 EUR", "0.03 EUR")
	b.now = b.now.Add(2 * time.Second)

	// The other one of the project is paused by the claim; other projects go on.
	if got := b.claim(9); len(got) != 1 || got[0].Video.BulkKey != other {
		b.Errorf("claimed %d over budget, want the one of another project", len(got))
	}
	b.wantPausedByBudget(second, "0.02 EUR", "0.03 EUR")
	if got := b.bulk(second).Counts; got.Pending != 3 || got.Running != 0 {
		b.Errorf("counts = %+v", got)
	}
	if got := b.candidates(9); len(got) != 0 {
		b.Errorf("candidates over budget: %v", got)
	}
	_, err = b.s.ResumeBulkJob(b.ctx(), store.Request{}, second, b.now)
	b.wantOverBudget(err)

	// The same request once more changes nothing; a raised budget lets it go on.
	if g, err = b.s.SetBudget(b.ctx(), request, "demo", 20_000, b.now); err != nil || g.Limit != 20_000 || g.Spent != 30_000 {
		b.Errorf("budget = %+v, %v", g, err)
	}
	_, err = b.s.SetBudget(b.ctx(), store.Request{}, "demo", 1_000_000, b.now)
	b.must(err)
	b.wantBulk(second, state.BulkPaused)
	_, err = b.s.ResumeBulkJob(b.ctx(), store.Request{}, second, b.now)
	b.must(err)
	if got := b.claim(9); len(got) != 3 || got[0].Video.Attempt != 1 {
		b.Errorf("claimed %d after the budget was raised, want 3, each its first attempt", len(got))
	}

	// Below what is spent: nothing starts any more, until the next month.
	_, err = b.s.SetBudget(b.ctx(), store.Request{}, "demo", 1, b.now)
	b.must(err)
	_, err = b.s.ResumeBulkJob(b.ctx(), store.Request{}, first, b.now)
	b.wantOverBudget(err)
	b.now = time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	_, err = b.s.ResumeBulkJob(b.ctx(), store.Request{}, first, b.now)
	b.must(err)
	if got := b.claim(9); len(got) != 1 {
		b.Errorf("claimed %d in the new month, want 1", len(got))
	}
	if g, err = b.s.Budget(b.ctx(), "demo", b.now); err != nil || g.Spent != 0 || g.Limit != 1 {
		b.Errorf("budget = %+v, %v", g, err)
	}
}

// costsAddUp checks after any history that the line items, the sums of the bulk jobs, and what was spent agree.
func costsAddUp(b *bundle) {
	rapid.Check(b.T, func(t *rapid.T) {
		project := "p" + strings.ReplaceAll(newID(), "-", "")
		bulks := []store.BulkKey{b.priced(project, "ada", rapid.Int64Range(0, 60_000).Draw(t, "budget"), 3), b.priced(project, "bob", 0, 2)}
		if limit := rapid.Int64Range(0, 100_000).Draw(t, "limit"); limit > 0 {
			_, err := b.s.SetBudget(b.ctx(), store.Request{}, project, limit, b.now)
			b.must(err)
		}
		var leases []string
		for range rapid.IntRange(1, 10).Draw(t, "steps") {
			leases = b.anything(t, bulks, leases)
		}
		var sum, items int64
		for _, k := range bulks {
			// What still runs is billed too; a bulk job that has ended cannot be cancelled.
			if _, err := b.s.CancelBulkJob(b.ctx(), store.Request{}, k, b.now); err != nil {
				b.wantConflict(err)
			}
			bulk := b.bulk(k)
			sum += bulk.Cost
			for _, i := range b.costs(k) {
				items += i.GetAmount().GetMicros()
			}
			if bulk.Counts.Running != 0 {
				t.Fatalf("%d still run", bulk.Counts.Running)
			}
		}
		if spent := b.spent(project); items != sum || spent != sum {
			t.Fatalf("line items %d, bulk jobs %d, spent %d; want the same", items, sum, spent)
		}
	})
}

// anything does something at random, and returns the leases that were ever given.
func (b *bundle) anything(t *rapid.T, bulks []store.BulkKey, leases []string) []string {
	b.now = b.now.Add(time.Duration(rapid.IntRange(0, 20_000).Draw(t, "milliseconds")) * time.Millisecond)
	lease := ""
	if len(leases) > 0 {
		lease = rapid.SampledFrom(leases).Draw(t, "lease")
	}
	k := rapid.SampledFrom(bulks).Draw(t, "bulk job")
	used := []cost.Usage{{Type: "image", Units: rapid.Float64Range(0, 0.05).Draw(t, "images")}}
	var err error
	switch rapid.IntRange(0, 9).Draw(t, "what") {
	case 0, 1, 2:
		for _, l := range b.claim(2) {
			leases = append(leases, l.Lease)
		}
	case 3, 4:
		err = b.s.Complete(b.ctx(), lease, store.Result{Usage: used}, b.now)
	case 5:
		f := failure(schedulerv1.FailureClass_TRANSIENT)
		f.Usage = used
		_, err = b.s.Fail(b.ctx(), lease, f, b.retryUpTo(2), b.now)
	case 6:
		err = b.s.Release(b.ctx(), lease, b.now)
	case 7:
		_, err = b.s.Expire(b.ctx(), 10, b.now)
	case 8:
		_, err = b.s.PauseBulkJob(b.ctx(), store.Request{}, k, b.now)
	case 9:
		_, err = b.s.ResumeBulkJob(b.ctx(), store.Request{}, k, b.now)
	}
	var conflict *store.StateError
	var over *store.BudgetError
	if err != nil && !errors.Is(err, store.ErrLeaseLost) && !errors.As(err, &conflict) && !errors.As(err, &over) {
		t.Fatal(err)
	}
	return leases
}
