package ledger

import (
	"context"
	"slices"
	"time"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// rememberer is how a Reader reads what is remembered of sources.
type rememberer interface {
	// SourceRows reads rows of a source. Unknown ones are left out.
	SourceRows(ctx context.Context, k store.SourceKey, rows []store.Hash) ([]store.SourceRow, error)
	// SourceRowsAfter reads up to limit rows that are not removed, in the order of their hashes, after one.
	SourceRowsAfter(ctx context.Context, k store.SourceKey, after store.Hash, limit int) ([]store.SourceRow, error)
}

// memoryWriter is how a Tx changes it. A source is locked after bulk jobs, and a transaction locks one at most.
type memoryWriter interface {
	// LockSource locks a source and all its rows, and notes that it is imported now.
	LockSource(ctx context.Context, k store.SourceKey, now time.Time) error
	// RemoveRows notes that rows are removed from now on. Those that are removed already stay as they are.
	RemoveRows(ctx context.Context, k store.SourceKey, rows []store.Hash, now time.Time) error
	// ForgetRows deletes up to limit rows that were removed before one time, or whose source was last imported before
	// another, then such sources without rows, and returns how many.
	ForgetRows(ctx context.Context, removed, unused time.Time, limit int) (int, error)
}

// chosenRows says which rows of a source are appended.
type chosenRows struct {
	work  *work
	bulk  store.BulkKey
	key   store.SourceKey
	all   bool
	known map[store.Hash]store.SourceRow
	found []store.ComparedRow
}

func remembered(rows []store.SourceRow, err error) (map[store.Hash]store.SourceRow, error) {
	known := make(map[store.Hash]store.SourceRow, len(rows))
	for _, r := range rows {
		known[r.Row] = r
	}
	return known, err
}

// wants implements chooser.
func (c *chosenRows) wants(v *store.NewVideo, key [16]byte) bool {
	row, ok := c.known[key]
	found := compare(row, ok, c.bulk, c.all, store.RowMark{Row: key, Content: v.Content, Skip: v.Skip != nil})
	c.found = append(c.found, found)
	if ok && !found.Submitted && !row.Removed.IsZero() {
		row.Removed = time.Time{} // it is there again
		c.work.out.Rows = append(c.work.out.Rows, row)
		c.known[key] = row
	}
	return found.Submitted
}

// appended implements chooser.
func (c *chosenRows) appended(v *store.NewVideo, key [16]byte) {
	row := store.SourceRow{
		SourceKey: c.key, Row: key, Content: v.Content, Video: store.VideoKey{BulkKey: c.bulk, Video: v.ID}, Kind: c.found[len(c.found)-1].Kind, There: true,
	}
	c.known[key] = row
	c.work.out.Rows = append(c.work.out.Rows, row)
}

// compare says what has become of a row for an import. A row that the import itself has submitted stays what it was for
// it, so that a reader who takes over finds the same.
func compare(row store.SourceRow, known bool, in store.BulkKey, all bool, mark store.RowMark) store.ComparedRow {
	if !known {
		return store.ComparedRow{Kind: ingestv1.EarlierRow_NEW, Submitted: true}
	}
	if row.Video.BulkKey == in {
		return store.ComparedRow{Kind: row.Kind, Submitted: true}
	}
	found := store.ComparedRow{Kind: ingestv1.EarlierRow_UNCHANGED, Rendered: row.State == state.Completed, Submitted: all}
	if row.There {
		found.Earlier = row.Video
	}
	switch {
	case row.Content != mark.Content:
		found.Kind, found.Submitted = ingestv1.EarlierRow_CHANGED, true
	case !mark.Skip && slices.Contains([]state.Video{state.Failed, state.Cancelled, state.Skipped}, row.State):
		found.Kind, found.Submitted = ingestv1.EarlierRow_AGAIN, true
	}
	return found
}

// AppendRemembered implements store.Store.
func (b *Book) AppendRemembered(ctx context.Context, lease string, m store.Remembered, jobs []store.NewVideo, place store.Place, now time.Time) (int, []store.ComparedRow, error) {
	var chosen *chosenRows
	n, err := b.appendVideoJobs(ctx, lease, jobs, place, now, func(ctx context.Context, w *work, in *Bulk) (_ chooser, err error) {
		chosen = &chosenRows{work: w, bulk: in.BulkKey, key: store.SourceKey{Project: in.Project, Source: m.Source}, all: m.All}
		if err = w.LockSource(ctx, chosen.key, now); err != nil {
			return nil, err
		}
		keys := make([]store.Hash, len(jobs))
		for i, j := range jobs {
			keys[i] = RowKey(j.Idea.GetRowKey())
		}
		chosen.known, err = remembered(w.SourceRows(ctx, chosen.key, keys))
		return chosen, err
	})
	if err != nil {
		return 0, nil, err
	}
	return n, chosen.found, nil
}

// CompareRows implements store.Store.
func (b *Book) CompareRows(ctx context.Context, k store.SourceKey, all bool, rows []store.RowMark) (found []store.ComparedRow, err error) {
	keys := make([]store.Hash, len(rows))
	for i, r := range rows {
		keys[i] = r.Row
	}
	err = b.db.Read(ctx, func(ctx context.Context, r Reader) error {
		known, err := remembered(r.SourceRows(ctx, k, keys))
		if err != nil {
			return err
		}
		found = make([]store.ComparedRow, len(rows))
		for i, mark := range rows {
			row, ok := known[mark.Row]
			found[i] = compare(row, ok, store.BulkKey{}, all, mark)
		}
		return nil
	})
	return found, err
}

// RecallRows implements store.Store.
func (b *Book) RecallRows(ctx context.Context, k store.SourceKey, after store.Hash, limit int) (all []store.SourceRow, err error) {
	err = b.db.Read(ctx, func(ctx context.Context, r Reader) error {
		all, err = r.SourceRowsAfter(ctx, k, after, limit)
		return err
	})
	return all, err
}

// CompleteRemembered implements store.Store.
func (b *Book) CompleteRemembered(ctx context.Context, lease string, source store.Hash, removed []store.Hash, report *ingestv1.ImportReport, now time.Time) error {
	return b.completeImport(ctx, lease, report, now, func(ctx context.Context, w *work, in *Bulk) error {
		k := store.SourceKey{Project: in.Project, Source: source}
		if err := w.LockSource(ctx, k, now); err != nil {
			return err
		}
		return w.RemoveRows(ctx, k, removed, now)
	})
}

// ForgetRows implements store.Store.
func (b *Book) ForgetRows(ctx context.Context, removed, unused time.Time, limit int) (n int, err error) {
	err = b.db.Write(ctx, func(ctx context.Context, tx Tx) error {
		n, err = tx.ForgetRows(ctx, removed, unused, limit)
		return err
	})
	return n, err
}
