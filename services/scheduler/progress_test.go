package scheduler

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

func TestProgress(t *testing.T) {
	created := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	started, now := created.Add(30*time.Second), created.Add(130*time.Second)
	seconds := func(n float64) *durationpb.Duration {
		return durationpb.New(time.Duration(n * float64(time.Second)))
	}
	type counts = store.Counts
	type progress = schedulerv1.BulkJobProgress
	tests := map[string]struct {
		bulk store.Bulk
		want *progress
	}{
		"nothing yet":      {store.Bulk{State: state.BulkPending}, &progress{}},
		"nothing to do":    {store.Bulk{State: state.BulkCompleted}, &progress{Percent: 100}},
		"no valid row":     {store.Bulk{State: state.BulkFailed}, &progress{}},
		"not yet started":  {store.Bulk{State: state.BulkRunning, Counts: counts{Total: 4, Pending: 4}}, &progress{TotalCount: 4, PendingCount: 4}},
		"duplicates count": {store.Bulk{State: state.BulkRunning, Counts: counts{Total: 4, Pending: 3, Skipped: 1}}, &progress{Percent: 25, TotalCount: 4, PendingCount: 3, SkippedCount: 1}},
		"started, no part yet": {
			store.Bulk{State: state.BulkRunning, Started: started, Counts: counts{Total: 4, Pending: 3, Running: 1}},
			&progress{TotalCount: 4, PendingCount: 3, RunningCount: 1, TimeToStart: seconds(30), ProcessingDuration: seconds(100)},
		},
		"by running parts": { // 1 of 4 in 100 s
			store.Bulk{State: state.BulkRunning, Started: started, RunningPercent: 100, Counts: counts{Total: 4, Pending: 2, Running: 2}},
			&progress{Percent: 25, TotalCount: 4, PendingCount: 2, RunningCount: 2, TimeToStart: seconds(30), ProcessingDuration: seconds(100), Eta: seconds(300)},
		},
		"by what runs": { // 6.5 left, 2 at a time, 40 s each
			store.Bulk{State: state.BulkRunning, Started: started, RenderTime: 80 * time.Second, RunningPercent: 50, Counts: counts{Total: 10, Pending: 5, Running: 2, Completed: 2, Failed: 1}},
			&progress{Percent: 35, TotalCount: 10, PendingCount: 5, RunningCount: 2, CompletedCount: 2, FailedCount: 1, AverageItemDuration: seconds(40), TimeToStart: seconds(30), ProcessingDuration: seconds(100), Eta: seconds(130)},
		},
		"by the rate when the quota sets the pace": { // 3 in 100 s, 7 left
			store.Bulk{State: state.BulkRunning, Started: started, RenderTime: 30 * time.Second, Counts: counts{Total: 10, Pending: 6, Running: 1, Completed: 3, RateLimited: 2}},
			&progress{Percent: 30, TotalCount: 10, PendingCount: 6, RunningCount: 1, CompletedCount: 3, RateLimited: true, AverageItemDuration: seconds(10), TimeToStart: seconds(30), ProcessingDuration: seconds(100), Eta: seconds(233)},
		},
		"by the rate when nothing runs": {
			store.Bulk{State: state.BulkRunning, Started: started, RenderTime: 50 * time.Second, Counts: counts{Total: 10, Pending: 5, Completed: 5}},
			&progress{Percent: 50, TotalCount: 10, PendingCount: 5, CompletedCount: 5, AverageItemDuration: seconds(10), TimeToStart: seconds(30), ProcessingDuration: seconds(100), Eta: seconds(100)},
		},
		"paused": {
			store.Bulk{State: state.BulkPaused, Started: started, RenderTime: 50 * time.Second, Counts: counts{Total: 10, Pending: 5, Completed: 5}},
			&progress{Percent: 50, TotalCount: 10, PendingCount: 5, CompletedCount: 5, AverageItemDuration: seconds(10), TimeToStart: seconds(30), ProcessingDuration: seconds(100)},
		},
		"completed": {
			store.Bulk{State: state.BulkCompleted, Started: started, Ended: started.Add(time.Minute), RenderTime: time.Minute, Counts: counts{Total: 3, Completed: 2, Failed: 1}},
			&progress{Percent: 100, TotalCount: 3, CompletedCount: 2, FailedCount: 1, AverageItemDuration: seconds(30), TimeToStart: seconds(30), ProcessingDuration: seconds(60)},
		},
		"cancelled": {
			store.Bulk{State: state.BulkCancelled, Started: started, Ended: started.Add(time.Minute), Counts: counts{Total: 3, Cancelled: 3}},
			&progress{Percent: 100, TotalCount: 3, CancelledCount: 3, TimeToStart: seconds(30), ProcessingDuration: seconds(60)},
		},
		"a worker that reports nonsense": {
			store.Bulk{State: state.BulkRunning, Started: started, RunningPercent: math.NaN(), Counts: counts{Total: 2, Pending: 1, Running: 1}},
			&progress{TotalCount: 2, PendingCount: 1, RunningCount: 1, TimeToStart: seconds(30), ProcessingDuration: seconds(100)},
		},
		"a worker that reports too much": {
			store.Bulk{State: state.BulkRunning, Started: started, RunningPercent: 1e300, Counts: counts{Total: 2, Pending: 1, Running: 1}},
			&progress{Percent: 50, TotalCount: 2, PendingCount: 1, RunningCount: 1, TimeToStart: seconds(30), ProcessingDuration: seconds(100), Eta: seconds(100)},
		},
		"a clock that was set back": {
			store.Bulk{State: state.BulkRunning, Started: now.Add(time.Hour), Counts: counts{Total: 2, Pending: 1, Completed: 1}},
			&progress{Percent: 50, TotalCount: 2, PendingCount: 1, CompletedCount: 1, AverageItemDuration: seconds(0), TimeToStart: seconds(3730), ProcessingDuration: seconds(0)},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.bulk.Created = created
			if diff := cmp.Diff(test.want, progressOf(test.bulk, now), protocmp.Transform()); diff != "" {
				t.Errorf("progress (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPercentNeverRunsBackwards(t *testing.T) {
	p, k := newPeaks(), store.BulkKey{Project: "demo", ID: "a"}
	for i, step := range []struct {
		counts        store.Counts
		percent, want float64
	}{
		{store.Counts{Total: 4, Pending: 2, Running: 2}, 30, 30},
		{store.Counts{Total: 4, Pending: 3, Running: 1}, 10, 30},            // an attempt was lost
		{store.Counts{Total: 4, Pending: 2, Running: 1, Failed: 1}, 35, 35}, // and failed for good
		{store.Counts{Total: 4, Pending: 2, Running: 1, Failed: 1}, 26, 35}, // another one was lost
		{store.Counts{Total: 4, Pending: 3, Running: 1}, 5, 5},              // the failed one is tried again
		{store.Counts{Total: 8, Pending: 7, Running: 1}, 2, 2},              // more rows
		{store.Counts{Total: 8, Completed: 8}, 100, 100},
	} {
		if got := p.raise(k, step.counts, step.percent); got != step.want {
			t.Errorf("step %d: %v, want %v", i, got, step.want)
		}
	}
	if got := p.raise(store.BulkKey{Project: "demo", ID: "b"}, store.Counts{Total: 8, Completed: 8}, 3); got != 3 {
		t.Errorf("another bulk job: %v, want 3", got)
	}
}
