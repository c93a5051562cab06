package ledger

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	statuspb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// LeaseImport implements store.Store.
func (b *Book) LeaseImport(ctx context.Context, l store.NewLease, now time.Time) (leased store.Bulk, err error) {
	for {
		gaveUp := false
		err = b.write(ctx, now, func(ctx context.Context, w *work) error {
			leased, gaveUp, err = w.leaseImport(ctx, l)
			return err
		})
		if err != nil || !gaveUp {
			return leased, err
		}
	}
}

// leaseImport leases the oldest import, or gives up on it when its reader was lost too often.
func (w *work) leaseImport(ctx context.Context, l store.NewLease) (leased store.Bulk, gaveUp bool, err error) {
	b, err := w.NextImport(ctx, w.now)
	if err != nil {
		return leased, false, err
	}
	w.add(b)
	if b.Import.ID != "" {
		b.ImportCrashes++
	}
	if b.ImportCrashes >= store.MaxCrashes {
		why := errs.New(codes.Unavailable, errorsv1.ErrorReason_WORKER_LOST, "reading the sheet was tried three times, and each time the reader was lost")
		return leased, true, w.failImport(ctx, b, nil, status.Convert(why).Proto())
	}
	b.Import = l
	w.touch(b)
	if b.State == state.BulkPending {
		if err := w.moveBulk(b, state.BulkIngesting, nil); err != nil {
			return leased, false, err
		}
	}
	if err := w.flush(ctx); err != nil {
		return leased, false, err
	}
	leased, err = w.ShowBulk(ctx, b.BulkKey)
	return leased, false, err
}

// withImport runs a change of the bulk job of an import's lease that is in force, or returns ErrLeaseLost.
func (b *Book) withImport(ctx context.Context, lease string, now time.Time, change func(context.Context, *work, *Bulk) error) error {
	return b.write(ctx, now, func(ctx context.Context, w *work) error {
		b, err := w.BulkOfImport(ctx, lease)
		if errors.Is(err, store.ErrNotFound) || err == nil && !now.Before(b.Import.Until) {
			return store.ErrLeaseLost
		}
		if err != nil {
			return err
		}
		w.add(b)
		return change(ctx, w, b)
	})
}

// RenewImport implements store.Store.
func (b *Book) RenewImport(ctx context.Context, lease string, until, now time.Time) error {
	return b.withImport(ctx, lease, now, func(_ context.Context, w *work, b *Bulk) error {
		b.Import.Until = until
		w.touch(b)
		return nil
	})
}

// knownRows are the row keys of a bulk job that has so many video jobs, of which the last has this id.
type knownRows struct {
	total int32
	last  string
	top   string // the highest id of all
	keys  map[[16]byte]struct{}
}

// knownOf gives the row keys that a loaded bulk job has: those of the last append of this process, when nobody has
// appended since, or else those of the database. The count alone does not tell: after a failover to a database that was
// behind, the same number may be reached by others. The id does, as it is of one append only.
func (w *work) knownOf(ctx context.Context, b *Bulk) (*knownRows, error) {
	known, ok := w.book.rows.Peek(b.BulkKey)
	w.book.rows.Remove(b.BulkKey) // it is this transaction's until that has committed
	last, top := "", ""
	if b.Counts.Total > 0 {
		var err error
		if last, top, err = w.LastVideo(ctx, b.BulkKey); err != nil {
			return nil, err
		}
	}
	if ok && known.total == b.Counts.Total && known.last == last {
		return known, nil
	}
	raw, err := w.RowKeys(ctx, b.BulkKey)
	if err != nil {
		return nil, err
	}
	known = &knownRows{last: last, top: top, keys: make(map[[16]byte]struct{}, len(raw)/16)}
	for key := range slices.Chunk(raw, 16) {
		known.keys[[16]byte(key)] = struct{}{}
	}
	return known, nil
}

// AppendVideoJobs implements store.Store.
func (b *Book) AppendVideoJobs(ctx context.Context, lease string, jobs []store.NewVideo, place store.Place, now time.Time) (appended int, err error) {
	return b.appendVideoJobs(ctx, lease, jobs, place, now, func(context.Context, *work, *Bulk) (chooser, error) { return appendAll{}, nil })
}

// chooser says which video jobs are appended, and hears of those that are.
type chooser interface {
	wants(v *store.NewVideo, key [16]byte) bool
	appended(v *store.NewVideo, key [16]byte)
}

// appendAll wants all video jobs.
type appendAll struct{}

func (appendAll) wants(*store.NewVideo, [16]byte) bool { return true }
func (appendAll) appended(*store.NewVideo, [16]byte)   {}

func (b *Book) appendVideoJobs(ctx context.Context, lease string, jobs []store.NewVideo, place store.Place, now time.Time,
	choose func(context.Context, *work, *Bulk) (chooser, error),
) (appended int, err error) {
	var known *knownRows
	var bulk *Bulk
	err = b.withImport(ctx, lease, now, func(ctx context.Context, w *work, in *Bulk) error {
		appended, bulk = 0, in
		chosen, err := choose(ctx, w, in)
		if err != nil {
			return err
		}
		shown, err := w.ShowBulk(ctx, in.BulkKey)
		if err != nil {
			return err
		}
		if known, err = w.knownOf(ctx, in); err != nil {
			return err
		}
		a := appending{work: w, bulk: in, top: known.top, provider: shown.Spec.GetRenderOptions().GetProvider()}
		if a.queueing, err = w.queueing(ctx, in); err != nil {
			return err
		}
		for _, j := range jobs {
			key := RowKey(j.Idea.GetRowKey())
			wanted := chosen.wants(&j, key)
			if _, ok := known.keys[key]; ok || !wanted {
				continue
			}
			known.keys[key], known.last = struct{}{}, j.ID
			if err := a.add(j, a.queueing.place(shown, &j, place)); err != nil {
				return err
			}
			chosen.appended(&j, key)
			appended++
		}
		a.close()
		known.top = a.top
		a.queueing.close(w)
		if appended > 0 {
			w.wakes(store.TopicQueue)
		}
		return nil
	})
	if err == nil {
		known.total = bulk.Counts.Total
		b.rows.Add(bulk.BulkKey, known)
	}
	return appended, err
}

// appending adds video jobs to a bulk job, page by page.
type appending struct {
	*work
	bulk     *Bulk
	queueing *queueing
	provider string
	top      string // the highest id of all
	page     *NewPage
	jobs     []*Job // of the page
	rising   []bool // of jobs: their id is higher than all before
}

func (a *appending) add(v store.NewVideo, wanted int64) error {
	if a.page == nil {
		a.page = newPage()
	}
	v.ID = strings.ToLower(v.ID) // as the store gives it out
	if err := a.page.add(v.ID, v.Idea); err != nil {
		return err
	}
	why, err := Marshal(v.Skip)
	if err != nil {
		return err
	}
	b := a.bulk
	// Every video job that ever was is counted in the total, so the next position follows it.
	j := &Job{
		VideoKey: store.VideoKey{BulkKey: b.BulkKey, Video: v.ID}, User: b.User, Provider: a.provider, Position: int64(b.Counts.Total) + 1,
		Priority: v.Priority, MaxAttempts: v.MaxAttempts, State: state.Queued, SortKey: v.SortKey, Error: why, Idea: v.Idea,
		Progressed: time.UnixMilli(0),
	}
	if wanted != 0 {
		j.SortKey, j.WantedKey, j.PlainKey = min(v.SortKey, wanted), wanted, v.SortKey
	}
	switch {
	case v.Skip != nil:
		j.State, j.Ended = state.Skipped, a.now
	case v.NotBefore.After(a.now):
		j.Due = v.NotBefore.Add(time.Millisecond - 1).Truncate(time.Millisecond) // as it is stored, and not earlier
	}
	a.jobs = append(a.jobs, j)
	a.rising = append(a.rising, v.ID > a.top)
	a.top = max(a.top, v.ID)
	event := j.event(schedulerv1.JobEvent_VIDEO_JOB_CREATED)
	event.Error = v.Skip
	if !j.Due.IsZero() {
		event.NextAttemptTime = timestamppb.New(j.Due)
	}
	if err := a.record(b, event, Between(schedulerv1.VideoJob_STATE_UNSPECIFIED, j.State)); err != nil {
		return err
	}
	if a.page.full() {
		a.close()
	}
	return nil
}

// close ends the page.
func (a *appending) close() {
	if a.page == nil {
		return
	}
	a.page.PageKey, a.page.Top = PageKey{a.bulk.BulkKey, a.jobs[len(a.jobs)-1].Position}, a.top
	for _, j := range a.jobs {
		j.LastOnPage = a.page.Last
	}
	a.out.Pages = append(a.out.Pages, a.page)
	blocks, alone := a.page.blocksOf(a.jobs, func(i int) bool {
		j := a.jobs[i]
		return a.rising[i] && j.State == state.Queued && j.Due.IsZero() && j.WantedKey == 0
	})
	a.out.Blocks = append(a.out.Blocks, blocks...)
	for _, j := range alone {
		a.put(j)
	}
	a.page, a.jobs, a.rising = nil, nil, nil
}

// CompleteImport implements store.Store.
func (b *Book) CompleteImport(ctx context.Context, lease string, report *ingestv1.ImportReport, now time.Time) error {
	return b.completeImport(ctx, lease, report, now, func(context.Context, *work, *Bulk) error { return nil })
}

func (b *Book) completeImport(ctx context.Context, lease string, report *ingestv1.ImportReport, now time.Time, also func(context.Context, *work, *Bulk) error) error {
	return b.withImport(ctx, lease, now, func(ctx context.Context, w *work, b *Bulk) error {
		if err := also(ctx, w, b); err != nil {
			return err
		}
		if err := w.endImport(ctx, b, report, state.BulkRunning, nil); err != nil {
			return err
		}
		return w.settle(b)
	})
}

// FailImport implements store.Store.
func (b *Book) FailImport(ctx context.Context, lease string, report *ingestv1.ImportReport, why *statuspb.Status, now time.Time) error {
	return b.withImport(ctx, lease, now, func(ctx context.Context, w *work, b *Bulk) error {
		return w.failImport(ctx, b, report, why)
	})
}

// failImport ends an import and its bulk job. What a half-read sheet has queued must not run in a bulk job that failed:
// it is cancelled with the import's error, by which retryImport knows it.
func (w *work) failImport(ctx context.Context, b *Bulk, report *ingestv1.ImportReport, why *statuspb.Status) error {
	if err := w.moveAll(ctx, b.BulkKey, unfinished(), state.Cancelled, why); err != nil {
		return err
	}
	return w.endImport(ctx, b, report, state.BulkFailed, why)
}

// retryImport lets a sheet be read again. What was read before the import failed is queued again, as its rows are known
// and are not appended a second time. What a user has cancelled has no error, and stays cancelled.
func (w *work) retryImport(ctx context.Context, b *Bulk) error {
	b.ImportDone, b.ImportCrashes = false, 0
	w.wakes(store.TopicImports)
	if err := w.moveBulk(b, state.BulkPending, nil); err != nil {
		return err
	}
	return w.each(ctx, b.BulkKey, []state.Video{state.Cancelled}, func(j *Job) error {
		if j.Error == nil {
			return nil
		}
		return w.requeue(ctx, j)
	})
}
