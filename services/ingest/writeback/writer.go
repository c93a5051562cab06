package writeback

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
)

const (
	// intervalStep is between two looks at a spreadsheet for each that is written now, and once more for those that read: all
	// together stay within what Google allows. intervalMost is the longest.
	intervalStep, intervalMost = time.Second, 10 * time.Second
	// A sheet that cannot be written is tried again after a while, sooner when the trouble is not the sheet's.
	pauseRefused, pauseTrouble = 5 * time.Minute, 30 * time.Second
	// giveUpAfter is how long after its end a bulk job's results are still tried.
	giveUpAfter = 24 * time.Hour
	// mostProblems is how many problems are reported.
	mostProblems = 100
)

// writer writes into one spreadsheet while it has the lease.
type writer struct {
	deps   Deps
	token  string
	leased func() int // how many spreadsheets are leased
	log    *slog.Logger

	bulks map[string]*bulk
	views map[string]*view
}

// bulk is a bulk job whose results are written.
type bulk struct {
	job      *schedulerv1.BulkJob
	view     string
	sequence int64 // so far its results are known
	reported int64
	videos   map[string]*schedulerv1.ListResultsResponse_Result
	costs    map[string]map[int32]int64
	currency string
}

// run writes until nothing is to be expected for now, and says how long nobody needs to look at the spreadsheet.
func (w *writer) run(ctx context.Context) (pause time.Duration, err error) {
	for {
		waiting, err := w.refresh(ctx)
		if err != nil {
			return 0, err
		}
		active := false
		for _, name := range sorted(w.views) {
			looked, err := w.work(ctx, name)
			if err != nil {
				return 0, err
			}
			active = active || looked
		}
		if !active && !waiting {
			pause, more := w.rest()
			if !more {
				return pause, nil
			}
		}
		if err := wait(ctx, min(time.Duration(max(w.leased(), 1)+1)*intervalStep, intervalMost)); err != nil {
			return 0, err
		}
	}
}

// work lets a view look and write once, if there is a reason, and tells whether it did.
func (w *writer) work(ctx context.Context, name string) (bool, error) {
	v := w.views[name]
	if !v.dirty || w.deps.Now().Before(v.retry) {
		return false, nil
	}
	if v.report == nil && len(v.known.byJob) == 0 { // its sheet was not read yet, or could not be
		v.dirty = false
		return false, w.report(ctx, name, plan{})
	}
	done, err := v.cycle(ctx)
	switch {
	case ctx.Err() != nil:
		return false, context.Cause(ctx)
	case err != nil:
		pause, err := w.refused(ctx, name, err)
		if pause >= pauseRefused {
			v.last = nil // nothing was written, and nothing can be looked at
		}
		v.retry = w.deps.Now().Add(pause)
		return false, err
	case done.clean:
		v.dirty = false
		return true, w.report(ctx, name, done.plan)
	}
	return true, nil
}

// rest tells how long no view can do anything, or that there is more to do: a bulk job that has ended is looked at a last
// time, although only its progress has changed, and what our last write may have covered only we can put back.
func (w *writer) rest() (pause time.Duration, more bool) {
	for name, v := range w.views {
		for _, b := range w.bulks {
			v.dirty = v.dirty || b.view == name && b.reported < b.sequence
		}
		if !v.dirty {
			continue
		}
		if left := v.retry.Sub(w.deps.Now()); left > 0 && v.last == nil {
			pause = max(pause, left)
		} else {
			more = true
		}
	}
	return pause, more
}

// refresh asks which bulk jobs there are, and what has changed in them.
// waiting tells that more is to come without anybody's doing.
func (w *writer) refresh(ctx context.Context) (waiting bool, err error) {
	list, err := w.deps.Scheduler.ListWriteBacks(ctx, &schedulerv1.ListWriteBacksRequest{LeaseToken: w.token})
	if err != nil {
		return false, err
	}
	for _, e := range list.GetEntries() {
		name := e.GetBulkJob().GetName()
		b := w.bulks[name]
		if b == nil {
			b = &bulk{videos: map[string]*schedulerv1.ListResultsResponse_Result{}, costs: map[string]map[int32]int64{}, reported: e.GetWrittenSequence()}
			if b.view, err = w.open(e.GetBulkJob()); err != nil {
				return false, err
			}
			w.bulks[name] = b
		}
		b.job = e.GetBulkJob()
		switch b.job.GetState() {
		case schedulerv1.BulkJob_PENDING, schedulerv1.BulkJob_INGESTING, schedulerv1.BulkJob_RUNNING:
			waiting = true
		}
		v := w.views[b.view]
		if r := b.job.GetImportReport(); r != nil {
			v.dirty = v.dirty || v.report == nil // now it is known which rows cannot be used
			v.report = r
		}
		for more := b.sequence < e.GetLastSequence(); more; {
			if more, err = w.fetch(ctx, b); err != nil {
				return false, err
			}
		}
	}
	return waiting, nil
}

// open finds or makes the view of a bulk job: those with the same range and options share one.
func (w *writer) open(job *schedulerv1.BulkJob) (string, error) {
	source := proto.CloneOf(job.GetSource())
	raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(source)
	if err != nil {
		return "", err
	}
	name := string(raw)
	if w.views[name] != nil {
		return name, nil
	}
	tab, reading, err := w.deps.Open(job)
	if err != nil {
		// It cannot be opened at all; the error is told like one of the sheet.
		tab = broken{err}
	}
	w.views[name] = &view{tab: tab, reading: reading, known: results{byKey: map[string]*result{}, byJob: map[string]*result{}}, before: map[string]values{}, dirty: true}
	return name, nil
}

// fetch takes a part of what has changed in a bulk job.
func (w *writer) fetch(ctx context.Context, b *bulk) (more bool, err error) {
	found, err := w.deps.Scheduler.ListResults(ctx, &schedulerv1.ListResultsRequest{LeaseToken: w.token, BulkJob: b.job.GetName(), AfterSequence: b.sequence})
	if err != nil {
		return false, err
	}
	changed := map[string]bool{}
	for _, r := range found.GetResults() {
		b.videos[r.GetVideoJob().GetName()] = r
		changed[r.GetVideoJob().GetName()] = true
	}
	for _, c := range found.GetCosts() {
		if b.costs[c.GetVideoJob()] == nil {
			b.costs[c.GetVideoJob()] = map[int32]int64{}
		}
		b.costs[c.GetVideoJob()][c.GetAttempt()] = c.GetAmount().GetMicros()
		b.currency = c.GetAmount().GetCurrencyCode()
		changed[c.GetVideoJob()] = true
	}
	v := w.views[b.view]
	for name := range changed {
		r := b.videos[name]
		if r == nil {
			continue // its cost came first
		}
		var micros int64
		for _, m := range b.costs[name] {
			micros += m
		}
		v.known.add(&result{
			video: r.GetVideoJob(), key: r.GetRowKey(), rowNumber: r.GetRowNumber(),
			values: resultValues(r.GetVideoJob(), micros, b.currency, w.deps.PublicURL),
		})
		v.dirty = true
	}
	b.sequence = found.GetSequence()
	return found.GetMore(), nil
}

// report tells what a look has found that found nothing to write: all that is known stands in the sheet.
func (w *writer) report(ctx context.Context, view string, p plan) error {
	for name, b := range w.bulks {
		if b.view != view {
			continue
		}
		r := &schedulerv1.ReportWriteBackRequest{LeaseToken: w.token, BulkJob: name, WrittenSequence: b.sequence, WrittenRowCount: p.written[name]}
		for _, problem := range p.problems {
			if bulkOf(problem.GetVideoJob()) != name {
				continue
			}
			r.ProblemCount++
			r.Problems = append(r.Problems, problem)
		}
		slices.SortFunc(r.Problems, func(a, b *schedulerv1.WriteBack_WriteBackProblem) int {
			return int(a.GetRowNumber() - b.GetRowNumber())
		})
		r.Problems = r.Problems[:min(len(r.Problems), mostProblems)]
		if err := w.send(ctx, b, r); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) send(ctx context.Context, b *bulk, r *schedulerv1.ReportWriteBackRequest) error {
	_, err := w.deps.Scheduler.ReportWriteBack(ctx, r)
	if status.Code(err) == codes.NotFound { // it was deleted meanwhile
		delete(w.bulks, r.GetBulkJob())
		return nil
	}
	if err == nil {
		b.reported = r.GetWrittenSequence()
	}
	return err
}

// refused reports why a view cannot be written, and says how long to leave it.
func (w *writer) refused(ctx context.Context, view string, cause error) (time.Duration, error) {
	public := errs.Public(cause)
	pause := pauseTrouble
	switch status.Code(public) {
	case codes.FailedPrecondition, codes.InvalidArgument, codes.NotFound, codes.PermissionDenied, codes.Unauthenticated:
		pause = pauseRefused
	}
	if delay, ok := errs.RetryDelay(cause); ok {
		pause = max(pause, delay)
	}
	w.log.InfoContext(ctx, "results cannot be written", "error", cause)
	for name, b := range w.bulks {
		if b.view != view {
			continue
		}
		r := &schedulerv1.ReportWriteBackRequest{LeaseToken: w.token, BulkJob: name, WrittenSequence: b.reported, Error: status.Convert(public).Proto()}
		if end := b.job.GetEndTime(); end != nil && w.deps.Now().Sub(end.AsTime()) > giveUpAfter {
			r.WrittenSequence = b.sequence // nobody waits for it any more
		}
		if err := w.send(ctx, b, r); err != nil {
			return 0, err
		}
	}
	return pause, nil
}
