package postgres

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/pg/pgtest"
	"github.com/sheetreel/sheetreel/services/scheduler/cost"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// costing makes a RUNNING bulk job of a user with n video jobs, whose images cost 500,000 micros each. Those of several
// bulk jobs come in turn.
func costing(t *testing.T, s *Store, user string, n int, now time.Time) store.BulkKey {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	k := store.BulkKey{Project: "demo", ID: newID()}
	spec := &schedulerv1.BulkJob{RenderOptions: &schedulerv1.RenderOptions{Provider: "priced"}}
	_, _, err := s.CreateBulkJob(t.Context(), store.Request{}, store.Bulk{BulkKey: k, User: user, Spec: spec}, now)
	must(err)
	lease := newID()
	_, err = s.LeaseImport(t.Context(), store.NewLease{ID: lease, Worker: "reader", Until: now.Add(time.Minute)}, now)
	must(err)
	var jobs []store.NewVideo
	for i := range n {
		jobs = append(jobs, store.NewVideo{ID: newID(), Idea: &ingestv1.Idea{RowKey: fmt.Sprint(i), RowNumber: int32(i), Title: fmt.Sprint("Video ", i)}})
	}
	inTurn := func(_ store.Bulk, v *store.NewVideo, _ time.Time) {
		v.SortKey, v.MaxAttempts = int64(v.Idea.GetRowNumber()), 3
	}
	_, err = s.AppendVideoJobs(t.Context(), lease, jobs, inTurn, now)
	must(err)
	must(s.CompleteImport(t.Context(), lease, &ingestv1.ImportReport{}, now))
	return k
}

// Schedulers that charge the same users and project at once must lose nothing, and none may start anything once a
// budget was reached.
func TestCostsAndBudgetWithReplicas(t *testing.T) {
	const (
		price   = 500_000
		limit   = 10 * price
		workers = 6
	)
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	dsn := pgtest.Schema(t)
	replicas := []*Store{open(t, dsn), open(t, dsn), open(t, dsn)}
	var bulks []store.BulkKey
	for i := range 4 {
		bulks = append(bulks, costing(t, replicas[0], fmt.Sprint("user", i%2), 20, now))
	}
	if _, err := replicas[0].SetBudget(t.Context(), store.Request{}, "demo", limit, now); err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for i := range workers {
		s := replicas[i%len(replicas)]
		group.Go(func() { drainCostly(t, s, now) })
	}
	group.Wait()

	var sum, items int64
	for _, k := range bulks {
		b, err := replicas[1].BulkJob(t.Context(), k)
		if err != nil {
			t.Fatal(err)
		}
		sum += b.Cost
		if b.State != schedulerv1.BulkJob_PAUSED || b.Counts.Running != 0 {
			t.Errorf("%v with %d running, want PAUSED without any", b.State, b.Counts.Running)
		}
		all, err := replicas[1].CostItems(t.Context(), k, store.CostPlace{}, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range all {
			items += i.GetAmount().GetMicros()
		}
	}
	g, err := replicas[2].Budget(t.Context(), "demo", now)
	if err != nil {
		t.Fatal(err)
	}
	// Every worker may have had one at hand when the budget was reached.
	if g.Spent != sum || items != sum || sum < limit || sum > limit+workers*price {
		t.Errorf("spent %d, bulk jobs cost %d, line items %d; want the same, from %d to %d", g.Spent, sum, items, limit, limit+workers*price)
	}
}

// drainCostly leases one after the other, and completes it with one image, until nothing may start.
func drainCostly(t *testing.T, s *Store, now time.Time) {
	ctx := context.Background()
	for {
		candidates, err := s.Candidates(ctx, store.Search{Limit: 1}, now)
		if err != nil {
			t.Error(err)
			return
		}
		if len(candidates) == 0 {
			return
		}
		leased, err := lease(ctx, s, 1, now)
		if err != nil {
			t.Error(err)
			return
		}
		for _, l := range leased {
			if err := s.Complete(ctx, l.Lease, store.Result{Usage: []cost.Usage{{Type: "image", Units: 1}}}, now); err != nil {
				t.Error(err)
				return
			}
		}
	}
}
