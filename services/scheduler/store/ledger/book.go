// Package ledger is what every store does with jobs, told once: how a change of a job moves its row, the counters of
// its bulk job and its history, all in one transaction. A database under it ([Database], [Tx]) only loads, locks and
// writes, and has no opinion.
//
// The lock of a bulk job's row is the lock of everything in it. Whoever changes one of its video jobs holds it, so
// what a transaction has loaded stays true until it commits, sequence numbers are given in commit order, and there
// is one order of locks: a request id first, then bulk jobs by project and id.
package ledger

import (
	"context"
	"time"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// Database runs transactions.
type Database interface {
	// Write runs fn in a transaction and commits it. It may run fn more than once; an error of fn rolls back and is
	// returned as it is.
	Write(ctx context.Context, fn func(context.Context, Tx) error) error
}

// Tx is a write transaction. What the methods load is locked until its end, unless they say otherwise.
type Tx interface {
	// Request locks a request id, and returns what an earlier call with it did unless that is forgotten at now.
	Request(ctx context.Context, project string, r store.Request, now time.Time) (hash, resource string, err error)

	// Bulks loads bulk jobs. Unknown ones are left out.
	Bulks(ctx context.Context, keys []store.BulkKey) ([]*Bulk, error)
	// BulkOfImport loads the bulk job of an import's lease, or returns ErrNotFound.
	BulkOfImport(ctx context.Context, lease string) (*Bulk, error)
	// NextImport loads the oldest bulk job whose sheet waits to be read, or returns ErrNotFound.
	NextImport(ctx context.Context, now time.Time) (*Bulk, error)

	// Jobs loads video jobs and their bulk jobs. Unknown ones are left out.
	Jobs(ctx context.Context, keys []store.VideoKey) ([]*Bulk, []*Job, error)
	// Leased loads the video jobs of leases and their bulk jobs. Unknown ones are left out.
	Leased(ctx context.Context, leases []string) ([]*Bulk, []*Job, error)
	// JobsIn loads the video jobs of a loaded bulk job in some states, in the sheet's order.
	JobsIn(ctx context.Context, k store.BulkKey, states []state.Video) ([]*Job, error)
	// Overdue looks, without a lock, for video jobs whose lease is over, oldest first.
	Overdue(ctx context.Context, limit int, now time.Time) ([]store.VideoKey, error)
	// KnownRows returns which row keys a loaded bulk job has already.
	KnownRows(ctx context.Context, k store.BulkKey, rows []string) (map[string]bool, error)

	// ShowBulk, ShowVideos and Specs read without a lock. Unknown ones are left out, or ErrNotFound.
	ShowBulk(ctx context.Context, k store.BulkKey) (store.Bulk, error)
	ShowVideos(ctx context.Context, keys []store.VideoKey) ([]store.Video, error)
	ShowAttempts(ctx context.Context, k store.VideoKey) ([]*schedulerv1.Attempt, error)
	Specs(ctx context.Context, keys []store.BulkKey) (map[store.BulkKey]*schedulerv1.BulkJob, error)

	// Write stores changes.
	Write(ctx context.Context, c *Changes) error
}

// Book implements the writing half of store.Store over a database.
type Book struct {
	db    Database
	wake  func(topics []string)
	queue gathering
}

// New makes a book. wake is called after each commit that others may wait for.
func New(db Database, wake func(topics []string)) *Book {
	return &Book{db: db, wake: wake}
}

// write runs a change at a time.
func (b *Book) write(ctx context.Context, now time.Time, change func(context.Context, *work) error) error {
	var topics []string
	err := b.db.Write(ctx, func(ctx context.Context, tx Tx) error {
		w := newWork(tx, now)
		if err := change(ctx, w); err != nil {
			return err
		}
		if err := w.flush(ctx); err != nil {
			return err
		}
		topics = w.topics
		return nil
	})
	if err == nil && len(topics) > 0 {
		b.wake(topics)
	}
	return err
}
