package ledger

import (
	"context"
	"fmt"
	"time"

	statuspb "google.golang.org/genproto/googleapis/rpc/status"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/cost"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// Bulk is the row of a bulk job, without what the caller wrote into it.
type Bulk struct {
	store.BulkKey
	User           string
	State          state.Bulk
	Counts         store.Counts
	RenderTime     time.Duration
	LastSequence   int64
	ImportDone     bool
	Import         store.NewLease // who reads the sheet; zero when nobody does
	ImportCrashes  int
	Started, Ended time.Time
	Cost           int64     // in micros
	BudgetReached  cost.Day  // the month in which its project reached its budget, by its first day; see Limit
	Deadline       time.Time // what is unfinished then is cancelled; it never changes
	Webhooks       bool      // its project has an enabled webhook endpoint

	// Error and Report are written only when these say so; they are not loaded.
	ErrorChanged, ReportChanged bool
	Error, Report               []byte

	changed *Changes     // that lists the bulk job already
	told    bool         // those who wait for its events will be woken
	history []*EventPage // not yet written
	costs   []*CostPage  // not yet written
}

// touch stores the bulk job's row.
func (w *work) touch(b *Bulk) {
	if b.changed != w.out {
		b.changed = w.out
		w.out.Bulks = append(w.out.Bulks, b)
	}
}

// record appends an event to a bulk job's history and moves its counters.
func (w *work) record(b *Bulk, event *schedulerv1.JobEvent, d store.Counts) (err error) {
	b.LastSequence++
	event.Sequence, event.EventTime = b.LastSequence, w.time()
	if b.history, err = appendEvent(b.history, b.BulkKey, event); err != nil {
		return err
	}
	addTo(&b.Counts, d)
	w.touch(b)
	if !b.told {
		b.told = true
		w.wakes(store.TopicBulk(b.BulkKey))
		w.wakes(store.TopicProject(b.Project))
	}
	return w.notify(b, event)
}

// moveBulk takes a bulk job to a state, with its event.
func (w *work) moveBulk(b *Bulk, to state.Bulk, why *statuspb.Status) error {
	if !state.BulkMayBecome(b.State, to) {
		return &store.StateError{State: b.State.String(), Message: fmt.Sprintf("a bulk job that is %s cannot become %s", b.State, to)}
	}
	raw, err := Marshal(why)
	if err != nil {
		return err
	}
	b.State, b.Error, b.ErrorChanged, b.Ended = to, raw, true, time.Time{}
	if state.BulkFinished(to) {
		b.Ended = w.now
	}
	event := &schedulerv1.JobEvent{Type: schedulerv1.JobEvent_BULK_JOB_STATE_CHANGED, BulkJobState: to, Error: why}
	return w.record(b, event, store.Counts{})
}

// settle completes a bulk job when nothing is left to do, and opens it again when there is.
func (w *work) settle(b *Bulk) error {
	left := b.Counts.Pending + b.Counts.Running
	switch {
	case left == 0 && b.ImportDone && (b.State == state.BulkRunning || b.State == state.BulkIngesting || b.State == state.BulkPaused):
		return w.moveBulk(b, state.BulkCompleted, nil)
	case left > 0 && b.State == state.BulkCompleted:
		return w.moveBulk(b, state.BulkRunning, nil)
	}
	return nil
}

// dropImport takes an import's lease away.
func (w *work) dropImport(b *Bulk) {
	b.Import = store.NewLease{}
	w.touch(b)
}

// endImport stores what an import found and takes the bulk job to its next state. What an earlier import has put into the
// blob store is deleted.
func (w *work) endImport(ctx context.Context, b *Bulk, report *ingestv1.ImportReport, to state.Bulk, why *statuspb.Status) error {
	if err := w.dropFindings(ctx, b.BulkKey); err != nil {
		return err
	}
	raw, err := Marshal(report)
	if err != nil {
		return err
	}
	b.Report, b.ReportChanged, b.ImportDone = raw, true, to == state.BulkRunning
	w.dropImport(b)
	return w.moveBulk(b, to, why)
}
