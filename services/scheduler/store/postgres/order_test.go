package postgres

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/pg/pgtest"
	"github.com/sheetreel/sheetreel/services/scheduler/order"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// Two replicas with four claimers each, and room for five: never more run, and all of them come to an end.
func TestReplicasKeepToALimit(t *testing.T) {
	const jobs, limit = 60, 5
	now := time.Now()
	dsn := pgtest.Schema(t)
	replicas := []*Store{open(t, dsn), open(t, dsn)}
	for _, s := range replicas {
		s.Govern(store.Rules{Limits: store.Limits{PerUser: limit}})
		running(t, s, jobs/2, now)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var runs, done atomic.Int64
	var group sync.WaitGroup
	for _, s := range replicas {
		for range 4 {
			group.Go(func() {
				for done.Load() < jobs {
					woken := s.Wake().Wait(store.TopicQueue)
					leased, err := lease(ctx, s, 3, now)
					if ctx.Err() != nil {
						return
					}
					if err != nil {
						t.Error(err)
						stop()
						return
					}
					if n := runs.Add(int64(len(leased))); n > limit {
						t.Errorf("%d run at once, and %d may", n, limit)
					}
					for _, l := range leased {
						runs.Add(-1) // before it ends, so that the count is never above the truth
						if err := s.Complete(ctx, l.Lease, store.Result{}, now); err != nil {
							t.Error(err)
						}
						if done.Add(1) == jobs {
							stop()
						}
					}
					if len(leased) > 0 {
						continue
					}
					select {
					case <-woken:
					case <-ctx.Done():
						return
					}
				}
			})
		}
	}
	group.Wait()
	if done.Load() != jobs {
		t.Errorf("%d of %d came to an end", done.Load(), jobs)
	}
}

// Replicas that append and claim for the same users at once stand in nobody's way: no deadlock, nothing twice.
func TestReplicasShareLanes(t *testing.T) {
	const appenders, chunks, chunk = 4, 5, 20
	now := time.Now()
	dsn := pgtest.Schema(t)
	replicas := []*Store{open(t, dsn), open(t, dsn)}
	rules := store.Rules{Sharing: order.Sharing{Policy: "fair"}}
	for _, s := range replicas {
		s.Govern(rules)
	}
	place := func(_ store.Bulk, v *store.NewVideo, queued time.Time) {
		v.Priority, v.SortKey, v.MaxAttempts = ingestv1.Priority_NORMAL, rules.Key(queued, ingestv1.Priority_NORMAL), 3
	}
	imports := make([]string, appenders)
	for i := range imports {
		k := store.BulkKey{Project: "demo", ID: newID()}
		bulk := store.Bulk{BulkKey: k, User: []string{"ada", "bob"}[i%2], Spec: &schedulerv1.BulkJob{}}
		if _, _, err := replicas[0].CreateBulkJob(t.Context(), store.Request{}, bulk, now); err != nil {
			t.Fatal(err)
		}
		imports[i] = newID()
		if _, err := replicas[0].LeaseImport(t.Context(), store.NewLease{ID: imports[i], Until: now.Add(time.Minute)}, now); err != nil {
			t.Fatal(err)
		}
	}
	var open sync.WaitGroup
	for i, token := range imports {
		s := replicas[i/2]
		open.Go(func() {
			for c := range chunks {
				var all []store.NewVideo
				for j := range chunk {
					all = append(all, store.NewVideo{ID: newID(), Idea: &ingestv1.Idea{RowKey: fmt.Sprint(c, "/", j)}})
				}
				if _, err := s.AppendVideoJobs(t.Context(), token, all, place, now); err != nil {
					t.Error(err)
				}
			}
		})
	}
	appended := make(chan struct{})
	go func() { // waited for by the claimers below
		open.Wait()
		close(appended)
	}()
	var mu sync.Mutex
	times := map[string]int{}
	var claimers sync.WaitGroup
	for i := range 4 {
		claimers.Go(func() {
			for last := false; ; {
				leased, err := lease(t.Context(), replicas[i%2], 7, now)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				for _, l := range leased {
					times[l.Video.Video]++
				}
				mu.Unlock()
				if len(leased) == 0 && last {
					return
				}
				select {
				case <-appended:
					last = len(leased) == 0
				default:
				}
			}
		})
	}
	claimers.Wait()
	for id, n := range times {
		if n != 1 {
			t.Errorf("video job %s was leased %d times", id, n)
		}
	}
	if want := appenders * chunks * chunk; len(times) != want {
		t.Errorf("%d of %d were leased", len(times), want)
	}
}
