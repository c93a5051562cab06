package scheduler

import (
	"math"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"google.golang.org/protobuf/types/known/durationpb"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// progressOf computes what the counters say about a bulk job.
func progressOf(b store.Bulk, now time.Time) *schedulerv1.BulkJobProgress {
	c := b.Counts
	p := &schedulerv1.BulkJobProgress{
		TotalCount: c.Total, PendingCount: c.Pending, RunningCount: c.Running, CompletedCount: c.Completed,
		FailedCount: c.Failed, SkippedCount: c.Skipped, CancelledCount: c.Cancelled, RateLimited: c.RateLimited > 0,
	}
	running := part(b)
	switch {
	case c.Total > 0:
		p.Percent = min(100, 100*(float64(finished(c))+running)/float64(c.Total))
	case b.State == state.BulkCompleted:
		p.Percent = 100 // there was nothing to do
	}
	if c.Completed > 0 {
		p.AverageItemDuration = durationpb.New(b.RenderTime / time.Duration(c.Completed))
	}
	if b.Started.IsZero() {
		return p
	}
	end := b.Ended
	if end.IsZero() {
		end = now
	}
	p.TimeToStart = durationpb.New(max(0, b.Started.Sub(b.Created)))
	p.ProcessingDuration = durationpb.New(max(0, end.Sub(b.Started)))
	if left, ok := timeLeft(b, running, p.ProcessingDuration.AsDuration()); ok {
		p.Eta = durationpb.New(left)
	}
	return p
}

// finished counts the video jobs that have ended, in whatever way.
func finished(c store.Counts) int32 { return max(0, c.Total-c.Pending-c.Running) }

// part is how much of the running video jobs is done: 1 for each whole one.
func part(b store.Bulk) float64 {
	if !(b.RunningPercent > 0) { // not a number neither
		return 0
	}
	return min(b.RunningPercent/100, float64(b.Counts.Running))
}

// timeLeft estimates when everything is done. What runs now tells best how fast it goes on: so many at a time, each as
// long as those before. When the quota sets the pace, or nothing runs or is completed yet, the rate since the first
// start does: completions, and running ones by their part.
func timeLeft(b store.Bulk, running float64, elapsed time.Duration) (time.Duration, bool) {
	c := b.Counts
	left := float64(c.Pending+c.Running) - running
	if left <= 0 || b.State == state.BulkPaused || state.BulkFinished(b.State) {
		return 0, false
	}
	var seconds float64
	switch done := float64(c.Completed+c.Failed) + running; {
	case c.Running > 0 && c.Completed > 0 && c.RateLimited == 0 && b.RenderTime > 0:
		seconds = left / float64(c.Running) * b.RenderTime.Seconds() / float64(c.Completed)
	case done > 0 && elapsed > 0:
		seconds = left * elapsed.Seconds() / done
	default:
		return 0, false
	}
	seconds = max(1, math.Round(seconds))
	if seconds > etaMost.Seconds() {
		return 0, false
	}
	return time.Duration(seconds) * time.Second, true
}

// etaMost is the longest estimate that says something.
const etaMost = 365 * 24 * time.Hour

// peakMost is how many bulk jobs are remembered.
const peakMost = 4096

// peaks keeps a percentage from running backwards, in this process, when an attempt is lost whose part was counted.
type peaks struct {
	mu   sync.Mutex
	seen *lru.Cache[store.BulkKey, peak]
}

type peak struct {
	total, finished int32
	percent         float64
}

func newPeaks() *peaks {
	seen, err := lru.New[store.BulkKey, peak](peakMost)
	if err != nil {
		panic(err) // only for a size that is not positive
	}
	return &peaks{seen: seen}
}

// raise gives the highest percentage so far. It begins anew when there are other video jobs, or finished ones are
// tried again.
func (p *peaks) raise(k store.BulkKey, c store.Counts, percent float64) float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := peak{c.Total, finished(c), percent}
	if old, ok := p.seen.Get(k); ok && old.total == now.total && old.finished <= now.finished {
		now.percent = max(now.percent, old.percent)
	}
	p.seen.Add(k, now)
	return now.percent
}
