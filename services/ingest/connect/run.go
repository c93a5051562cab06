package connect

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/retry"
	"github.com/sheetreel/sheetreel/services/ingest/source/sheets"
)

// Deps are what watching works with. All are needed.
type Deps struct {
	Polls schedulerv1.SheetPollServiceClient
	Jobs  schedulerv1.SchedulerServiceClient
	// Version asks for the version of the spreadsheet of a bulk job's source.
	Version func(ctx context.Context, project string, job *schedulerv1.BulkJob) (sheets.Version, error)
	// Changed compares the rows of a bulk job's source with what was submitted of it before, and tells whether any is new
	// or changed.
	Changed func(ctx context.Context, project string, job *schedulerv1.BulkJob) (bool, error)
	// Worker is the name under which looks are leased, unique among live workers.
	Worker string
	// Interval is how often a sheet is looked at.
	Interval time.Duration
	Log      *slog.Logger
}

const (
	atOnce       = 4                // looks
	leaseWait    = 20 * time.Second // of the long poll
	leaseSlack   = 10 * time.Second // beyond the long poll, until the scheduler counts as gone
	settleTime   = 15 * time.Second // of a lease, for telling what was seen
	defaultLease = time.Minute      // when a scheduler names none
)

// Run looks at connected sheets until ctx ends, and returns when all its goroutines have.
func Run(ctx context.Context, deps Deps) {
	slots := make(chan struct{}, atOnce)
	var looks sync.WaitGroup
	defer looks.Wait()
	for failures := 0; ; {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			return
		}
		asked := time.Now()
		leased, err := lease(ctx, deps)
		if err == nil && leased.GetLeaseToken() != "" {
			failures = 0
			looks.Go(func() {
				defer func() { <-slots }()
				look(ctx, deps, leased, asked)
			})
			continue
		}
		<-slots
		pause := time.Duration(0)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			failures++
			if failures == 1 { // once for each outage
				deps.Log.WarnContext(ctx, "no connected sheets can be leased; trying on", "error", err)
			}
			pause = retry.Policy{Initial: 200 * time.Millisecond, Multiplier: 2, Max: 10 * time.Second}.Wait(failures, rand.Float64)
		case time.Since(asked) < time.Second:
			failures, pause = 0, time.Second // a scheduler that drains answers at once
		}
		wait(ctx, pause)
	}
}

func lease(ctx context.Context, deps Deps) (*schedulerv1.LeaseConnectedSheetResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, leaseWait+leaseSlack)
	defer cancel()
	return deps.Polls.LeaseConnectedSheet(ctx, &schedulerv1.LeaseConnectedSheetRequest{Worker: deps.Worker, WaitDuration: durationpb.New(leaseWait)})
}

// look looks at a leased sheet while the lease holds, and tells what was seen. When the process ends in the middle, the look is
// given back as if it had not begun.
func look(ctx context.Context, deps Deps, leased *schedulerv1.LeaseConnectedSheetResponse, asked time.Time) {
	length := leased.GetLeaseDuration().AsDuration()
	if length <= settleTime {
		length = defaultLease
	}
	within, cancel := context.WithDeadline(ctx, asked.Add(length-settleTime))
	defer cancel()
	log := deps.Log.With("connected_sheet", leased.GetConnectedSheet().GetName())
	v := &visit{Deps: deps, log: log, seen: proto.CloneOf(leased.GetConnectedSheet())}
	pause := v.look(within)
	if ctx.Err() != nil {
		v.seen, pause = leased.GetConnectedSheet(), 0
	}
	settle, done := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer done()
	_, err := deps.Polls.SettleConnectedSheet(settle, &schedulerv1.SettleConnectedSheetRequest{
		LeaseToken: leased.GetLeaseToken(), ConnectedSheet: v.seen, PauseDuration: durationpb.New(pause),
	})
	if err != nil { // it was deleted, or is looked at again when the lease ends
		log.InfoContext(ctx, "a look at a connected sheet could not be told", "error", err)
	}
}

func wait(ctx context.Context, pause time.Duration) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
