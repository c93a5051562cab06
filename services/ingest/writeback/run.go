package writeback

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/kit/retry"
	"github.com/sheetreel/sheetreel/services/ingest/source/sheets"
)

// Deps are what writing back works with. All are needed, apart from PublicURL.
type Deps struct {
	Scheduler schedulerv1.WriteBackServiceClient
	// Open opens the range of a bulk job's source. It makes no request.
	Open func(*schedulerv1.BulkJob) (Tab, Reading, error)
	// Worker is the name under which sheets are leased, unique among live workers.
	Worker string
	// PublicURL is where people reach the gateway; no links are written without it.
	PublicURL string
	Now       func() time.Time
	Log       *slog.Logger
}

const (
	leaseWait    = 20 * time.Second // of the long poll
	leaseSlack   = 10 * time.Second // beyond the long poll, until the scheduler counts as gone
	defaultLease = 30 * time.Second // when a scheduler names none
	callTimeout  = 30 * time.Second
)

var (
	errLeaseExpired = errors.New("the lease could not be renewed in time")
	errLeaseLost    = errors.New("the lease went to another worker")
	errDone         = errors.New("the sheet is written")
)

// Run writes into up to so many spreadsheets at once until ctx ends, and returns when all its goroutines have. Sheets that are
// half written are left to whoever leases them next.
func Run(ctx context.Context, deps Deps, sheets int) {
	slots := make(chan struct{}, sheets)
	var writers sync.WaitGroup
	defer writers.Wait()
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
			writers.Go(func() {
				defer func() { <-slots }()
				write(ctx, deps, leased, asked)
			})
			continue
		}
		<-slots
		if ctx.Err() != nil {
			return
		}
		pause := time.Duration(0)
		switch {
		case err != nil:
			failures++
			if failures == 1 { // once for each outage
				deps.Log.WarnContext(ctx, "no sheets can be leased for results; trying on", "error", err)
			}
			pause = retry.Policy{Initial: 200 * time.Millisecond, Multiplier: 2, Max: 10 * time.Second}.Wait(failures, rand.Float64)
		case time.Since(asked) < time.Second:
			failures, pause = 0, time.Second // a scheduler that drains answers at once
		}
		if wait(ctx, pause) != nil {
			return
		}
	}
}

func lease(ctx context.Context, deps Deps) (*schedulerv1.LeaseSheetResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, leaseWait+leaseSlack)
	defer cancel()
	return deps.Scheduler.LeaseSheet(ctx, &schedulerv1.LeaseSheetRequest{Worker: deps.Worker, WaitDuration: durationpb.New(leaseWait)})
}

// write writes into a leased spreadsheet while the lease holds, and gives it up.
func write(ctx context.Context, deps Deps, leased *schedulerv1.LeaseSheetResponse, asked time.Time) {
	log := deps.Log.With("spreadsheet", leased.GetSpreadsheet())
	held, cancel := context.WithCancelCause(ctx)
	var count atomic.Int32
	count.Store(leased.GetLeasedCount())
	var keeper sync.WaitGroup
	keeper.Go(func() { cancel(keep(held, deps, leased, asked, &count)) })
	w := &writer{
		deps: deps, token: leased.GetLeaseToken(), leased: func() int { return int(count.Load()) }, log: log,
		bulks: map[string]*bulk{}, views: map[string]*view{},
	}
	pause, err := w.run(held)
	switch {
	case err == nil:
	case errors.Is(err, errLeaseLost), errors.Is(err, errLeaseExpired), errs.ReasonOf(err) == errorsv1.ErrorReason_LEASE_LOST:
		log.InfoContext(ctx, "results left to another worker", "cause", err)
	case ctx.Err() == nil:
		log.WarnContext(ctx, "results cannot be written just now", "error", err)
		pause = pauseTrouble
	}
	cancel(errDone)
	keeper.Wait()
	release, done := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
	defer done()
	if _, err := deps.Scheduler.ReleaseSheet(release, &schedulerv1.ReleaseSheetRequest{LeaseToken: leased.GetLeaseToken(), PauseDuration: durationpb.New(pause)}); err != nil {
		log.DebugContext(ctx, "sheet could not be given up; its lease will end", "error", err)
	}
}

// keep renews the lease until it cannot or need not, and says why it ended.
func keep(ctx context.Context, deps Deps, leased *schedulerv1.LeaseSheetResponse, asked time.Time, count *atomic.Int32) error {
	length := leased.GetLeaseDuration().AsDuration()
	if length <= 0 {
		length = defaultLease
	}
	// The answer to a long poll may be late, so the first renewal counts from the question.
	end, pause := time.Now().Add(length), length/3-time.Since(asked)
	for failures := 0; ; {
		if err := wait(ctx, pause); err != nil {
			return err
		}
		now := time.Now()
		if !now.Before(end) {
			return errLeaseExpired
		}
		renew, cancel := context.WithDeadline(ctx, end)
		reply, err := deps.Scheduler.RenewSheet(renew, &schedulerv1.RenewSheetRequest{LeaseToken: leased.GetLeaseToken()})
		cancel()
		switch {
		case err == nil:
			failures = 0
			count.Store(reply.GetLeasedCount())
			end, pause = now.Add(length), length/3
		case errs.ReasonOf(err) == errorsv1.ErrorReason_LEASE_LOST:
			return errLeaseLost
		default:
			failures++
			pause = min(time.Second<<min(failures, 4), time.Until(end))
		}
	}
}

// wait waits, or says why it was not to be.
func wait(ctx context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// broken is a tab that cannot be opened.
type broken struct{ err error }

func (b broken) Read(context.Context) (*sheets.Snapshot, error) { return nil, b.err }
func (b broken) Write(context.Context, []sheets.Update) error   { return b.err }
func (b broken) AddColumns(context.Context, int) error          { return b.err }
