package ledger

import (
	"context"
	"errors"
	"time"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// resultsAtOnce is how many events are looked through for results at once.
const resultsAtOnce = 2000

// sheetReader is how a Reader knows of write-backs.
type sheetReader interface {
	// SheetOf reads the spreadsheet of a lease in force, or returns ErrNotFound.
	SheetOf(ctx context.Context, lease string, now time.Time) (string, error)
	// LiveSheets counts the leases in force.
	LiveSheets(ctx context.Context, now time.Time) (int, error)
	// SheetBulks reads up to limit bulk jobs of a spreadsheet whose last event is not written, oldest first.
	SheetBulks(ctx context.Context, sheet string, limit int) ([]store.BulkKey, error)
	// WritesBack tells whether a bulk job writes into a spreadsheet.
	WritesBack(ctx context.Context, k store.BulkKey, sheet string) (bool, error)
}

// sheetWriter is how a Tx writes about write-backs.
type sheetWriter interface {
	// AddWriteBack lets a new bulk job write into a spreadsheet, which is due at once.
	AddWriteBack(ctx context.Context, k store.BulkKey, sheet string) error
	// NextSheet locks the spreadsheet that is due longest, not leased, and has something to be written, or returns
	// ErrNotFound. Those that others have locked are stepped over.
	NextSheet(ctx context.Context, now time.Time) (string, error)
	// PutSheetLease stores the lease of a locked spreadsheet, and when it is due afterwards. One that is released has no id.
	PutSheetLease(ctx context.Context, sheet string, l store.NewLease, due time.Time) error
	// ExtendSheetLease extends a lease in force, and tells whether it was.
	ExtendSheetLease(ctx context.Context, lease string, until, now time.Time) (bool, error)
	// PutWriteBack stores how far a bulk job is written.
	PutWriteBack(ctx context.Context, k store.BulkKey, written int64, status []byte) error
}

// LeaseSheet implements store.Store.
func (b *Book) LeaseSheet(ctx context.Context, l store.NewLease, now time.Time) (sheet string, live int, err error) {
	err = b.db.Write(ctx, func(ctx context.Context, tx Tx) error {
		if sheet, err = tx.NextSheet(ctx, now); err != nil {
			return err
		}
		if err := tx.PutSheetLease(ctx, sheet, l, now); err != nil {
			return err
		}
		live, err = tx.LiveSheets(ctx, now)
		return err
	})
	return sheet, live, err
}

// RenewSheet implements store.Store.
func (b *Book) RenewSheet(ctx context.Context, lease string, until, now time.Time) (live int, err error) {
	err = b.db.Write(ctx, func(ctx context.Context, tx Tx) error {
		ok, err := tx.ExtendSheetLease(ctx, lease, until, now)
		if err != nil {
			return err
		}
		if !ok {
			return store.ErrLeaseLost
		}
		live, err = tx.LiveSheets(ctx, now)
		return err
	})
	return live, err
}

// ReleaseSheet implements store.Store.
func (b *Book) ReleaseSheet(ctx context.Context, lease string, due, now time.Time) error {
	return b.db.Write(ctx, func(ctx context.Context, tx Tx) error {
		sheet, err := sheetOf(ctx, tx, lease, now)
		if err != nil {
			return err
		}
		return tx.PutSheetLease(ctx, sheet, store.NewLease{}, due)
	})
}

func sheetOf(ctx context.Context, r Reader, lease string, now time.Time) (string, error) {
	sheet, err := r.SheetOf(ctx, lease, now)
	if errors.Is(err, store.ErrNotFound) {
		err = store.ErrLeaseLost
	}
	return sheet, err
}

// SheetBulkJobs implements store.Store.
func (b *Book) SheetBulkJobs(ctx context.Context, lease string, limit int, now time.Time) (all []store.Bulk, err error) {
	err = b.db.Read(ctx, func(ctx context.Context, r Reader) error {
		all = nil
		sheet, err := sheetOf(ctx, r, lease, now)
		if err != nil {
			return err
		}
		keys, err := r.SheetBulks(ctx, sheet, limit)
		if err != nil {
			return err
		}
		for _, k := range keys {
			bulk, err := r.ShowBulk(ctx, k)
			if err != nil {
				return err
			}
			all = append(all, bulk)
		}
		return nil
	})
	return all, err
}

// ofSheet is an error unless the lease is in force and of the spreadsheet into which the bulk job writes.
func ofSheet(ctx context.Context, r Reader, lease string, k store.BulkKey, now time.Time) error {
	sheet, err := sheetOf(ctx, r, lease, now)
	if err != nil {
		return err
	}
	ok, err := r.WritesBack(ctx, k, sheet)
	if err == nil && !ok {
		err = store.ErrNotFound
	}
	return err
}

// SheetResults implements store.Store. What it reads is of one moment, so a video job is never older than the events by
// which it was found.
func (b *Book) SheetResults(ctx context.Context, lease string, k store.BulkKey, after int64, now time.Time) (out store.Results, err error) {
	err = b.db.Read(ctx, func(ctx context.Context, r Reader) error {
		out = store.Results{Sequence: after}
		if err := ofSheet(ctx, r, lease, k, now); err != nil {
			return err
		}
		pages, err := r.EventPages(ctx, k, after, pagesAtOnce)
		if err != nil {
			return err
		}
		var keys []store.VideoKey
		seen := map[string]bool{}
		looked := 0
		for i, p := range pages {
			// Whole pages only: the line items of a transaction are kept under the number of its last event.
			if looked += int(p.Last - p.First + 1); i > 0 && looked > resultsAtOnce {
				out.More = true
				break
			}
			events, err := p.events(after, int(p.Last-p.First+1))
			if err != nil {
				return err
			}
			for _, e := range events {
				changed := e.GetType() == schedulerv1.JobEvent_VIDEO_JOB_CREATED || e.GetType() == schedulerv1.JobEvent_VIDEO_JOB_STATE_CHANGED
				if !changed || seen[e.GetVideoJob()] {
					continue
				}
				seen[e.GetVideoJob()] = true
				key, err := store.ParseVideo(e.GetVideoJob())
				if err != nil {
					return err
				}
				keys = append(keys, key)
			}
			out.Sequence = p.Last
		}
		out.More = out.More || len(pages) == pagesAtOnce
		if !out.More {
			bulk, err := r.ShowBulk(ctx, k)
			if err != nil {
				return err
			}
			out.Sequence = bulk.LastSequence
		}
		out.Videos, err = b.showAll(ctx, r, keys, nil)
		if err != nil {
			return err
		}
		out.Costs, err = costsBetween(ctx, r, k, after, out.Sequence)
		return err
	})
	return out, err
}

// costsBetween reads the line items of a bulk job that were written after an event and up to another.
func costsBetween(ctx context.Context, r Reader, k store.BulkKey, after, upTo int64) (all []store.PlacedCost, err error) {
	for from := after + 1; from <= upTo; {
		pages, err := r.CostPages(ctx, k, from, costPagesAtOnce)
		if err != nil {
			return nil, err
		}
		for _, p := range pages {
			if p.Last > upTo {
				return all, nil
			}
			items, err := p.after(store.CostPlace{}, "")
			if err != nil {
				return nil, err
			}
			all = append(all, items...)
			from = p.Last + 1
		}
		if len(pages) < costPagesAtOnce {
			break
		}
	}
	return all, nil
}

// SaveWriteBack implements store.Store.
func (b *Book) SaveWriteBack(ctx context.Context, lease string, k store.BulkKey, written int64, status *schedulerv1.WriteBack, now time.Time) error {
	raw, err := Marshal(status)
	if err != nil {
		return err
	}
	return b.db.Write(ctx, func(ctx context.Context, tx Tx) error {
		if err := ofSheet(ctx, tx, lease, k, now); err != nil {
			return err
		}
		return tx.PutWriteBack(ctx, k, written, raw)
	})
}
