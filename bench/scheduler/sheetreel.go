package main

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
	"github.com/sheetreel/sheetreel/services/scheduler/store/sqlite"
)

const claimBatch = 100

// sheetreel takes jobs through the scheduler's SQLite store.
func sheetreel(ctx context.Context, path string) (figures, error) {
	s, err := sqlite.Open(ctx, path, ledger.Options{})
	if err != nil {
		return figures{}, err
	}
	defer s.Close()
	var f figures
	if f.insert, err = insert(ctx, s); err != nil {
		return f, err
	}
	f.work, err = work(ctx, s)
	return f, err
}

func insert(ctx context.Context, s store.Store) (float64, error) {
	b := store.Bulk{BulkKey: store.BulkKey{Project: "bench", ID: id()}, User: "u", Spec: &schedulerv1.BulkJob{}}
	if _, _, err := s.CreateBulkJob(ctx, store.Request{}, b, time.Now()); err != nil {
		return 0, err
	}
	lease := id()
	if _, err := s.LeaseImport(ctx, store.NewLease{ID: lease, Worker: "w", Until: time.Now().Add(time.Hour)}, time.Now()); err != nil {
		return 0, err
	}
	place := func(_ store.Bulk, v *store.NewVideo, now time.Time) { v.SortKey, v.MaxAttempts = now.UnixMilli(), 3 }
	start := time.Now()
	for from := 0; from < jobs; from += 1000 {
		var batch []store.NewVideo
		for i := from; i < from+1000; i++ {
			batch = append(batch, store.NewVideo{ID: id(), Idea: &ingestv1.Idea{RowKey: fmt.Sprint(i), Title: "A video"}})
		}
		if _, err := s.AppendVideoJobs(ctx, lease, batch, place, time.Now()); err != nil {
			return 0, err
		}
	}
	rate := perSecond(jobs, start)
	return rate, s.CompleteImport(ctx, lease, &ingestv1.ImportReport{}, time.Now())
}

func work(ctx context.Context, s store.Store) (float64, error) {
	start := time.Now()
	for done := 0; done < jobs; {
		candidates, err := s.Candidates(ctx, nil, claimBatch, time.Now())
		if err != nil {
			return 0, err
		}
		if len(candidates) == 0 {
			return 0, fmt.Errorf("only %d of %d jobs were there", done, jobs)
		}
		var claims []store.Claim
		for _, c := range candidates {
			claims = append(claims, store.Claim{VideoKey: c.VideoKey, Lease: id()})
		}
		leased, err := s.Claim(ctx, claims, "w", time.Now().Add(time.Hour), time.Now())
		if err != nil {
			return 0, err
		}
		// Workers report on their own; the store may put reports that come together into one transaction.
		var workers errgroup.Group
		for _, l := range leased {
			workers.Go(func() error { return s.Complete(ctx, l.Lease, store.Result{}, time.Now()) })
		}
		if err := workers.Wait(); err != nil {
			return 0, err
		}
		done += len(leased)
	}
	return perSecond(jobs, start), nil
}

func id() string { return uuid.Must(uuid.NewV7()).String() }
