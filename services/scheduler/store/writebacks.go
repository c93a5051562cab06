package store

import (
	"context"
	"regexp"
	"strings"
	"time"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

// WriteBacks leases the writing of results into spreadsheets. The lease is of a spreadsheet: all bulk jobs that write into
// it are written by one. There is something to do for a bulk job while its last event is not written.
type WriteBacks interface {
	// LeaseSheet leases a spreadsheet into which something is to be written, the one that is due longest, or returns
	// ErrNotFound. live is how many are leased then.
	LeaseSheet(ctx context.Context, l NewLease, now time.Time) (sheet string, live int, err error)
	// RenewSheet extends a lease that is in force.
	RenewSheet(ctx context.Context, lease string, until, now time.Time) (live int, err error)
	// ReleaseSheet ends a lease. The spreadsheet is not leased again before due, unless a bulk job is created for it.
	ReleaseSheet(ctx context.Context, lease string, due, now time.Time) error
	// SheetBulkJobs returns up to limit bulk jobs of a leased spreadsheet for which something is to be written, oldest first.
	SheetBulkJobs(ctx context.Context, lease string, limit int, now time.Time) ([]Bulk, error)
	// SheetResults returns what has changed in a bulk job of a leased spreadsheet after an event.
	SheetResults(ctx context.Context, lease string, k BulkKey, after int64, now time.Time) (Results, error)
	// SaveWriteBack stores how far a bulk job of a leased spreadsheet is written.
	SaveWriteBack(ctx context.Context, lease string, k BulkKey, written int64, status *schedulerv1.WriteBack, now time.Time) error
}

// Results are video jobs that have changed.
type Results struct {
	Videos   []Video // as they are now, without attempts
	Costs    []PlacedCost
	Sequence int64 // what comes after this event is not in it
	More     bool
}

var sheetLink = regexp.MustCompile(`(?:/(?:spreadsheets|file)/(?:u/[0-9]+/)?d/|[?&]id=)([A-Za-z0-9_-]+)`)

// WriteBackSheet names the spreadsheet into which a bulk job's results are written; empty for none. All spellings of a link
// give the same name.
func WriteBackSheet(spec *schedulerv1.BulkJob) string {
	sheet := spec.GetSource().GetGoogleSheet().GetSpreadsheet()
	if !spec.GetSource().GetOptions().GetWriteBack() {
		return ""
	}
	if m := sheetLink.FindStringSubmatch(sheet); m != nil {
		return m[1]
	}
	return strings.TrimSpace(sheet)
}
