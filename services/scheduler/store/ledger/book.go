// Package ledger is what every store does with jobs, told once: how a change of a job moves its row, the counters of
// its bulk job and its history, all in one transaction. A database under it ([Database], [Tx]) only loads, locks and
// writes, and has no opinion.
//
// The lock of a bulk job's row is the lock of everything in it. Whoever changes one of its video jobs holds it, so
// what a transaction has loaded stays true until it commits, sequence numbers are given in commit order, and there
// is one order of locks: a request id first, then bulk jobs by project and id, then what was spent.
//
// What never changes is written once and by the page: the ideas of an import ([Page]) and the events of a
// transaction ([EventPage]). What moves is one narrow row a video job ([Job]), which leaves the queue when the job
// ends, so that the queue has the size of what is left to do.
package ledger

import (
	"context"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/cost"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// Database runs transactions.
type Database interface {
	// Write runs fn in a transaction and commits it. It may run fn more than once; an error of fn rolls back and is
	// returned as it is.
	Write(ctx context.Context, fn func(context.Context, Tx) error) error
	// Read runs fn in a read-only transaction: everything that it sees is of one moment.
	Read(ctx context.Context, fn func(context.Context, Reader) error) error
	// Glance runs fn outside of a transaction, which is cheaper: each thing that it reads is of a moment of its own.
	Glance(ctx context.Context, fn func(context.Context, Reader) error) error
	finder
}

// Reader reads without locks. Unknown things are left out of lists.
type Reader interface {
	historian
	costReader
	letterReader
	webhookReader
	rememberer
	blocker
	sheetReader
	connectedReader
	// ShowBulk reads a bulk job, or returns ErrNotFound.
	ShowBulk(ctx context.Context, k store.BulkKey) (store.Bulk, error)
	// ShowJobs reads video jobs with their results. Those in blocks are left out.
	ShowJobs(ctx context.Context, keys []store.VideoKey) ([]*Job, error)
	// Pages reads pages of ideas.
	Pages(ctx context.Context, keys []PageKey) ([]*Page, error)
	// PagesAfter reads up to limit pages of a bulk job that hold positions after one, in order.
	PagesAfter(ctx context.Context, k store.BulkKey, after int64, limit int) ([]*Page, error)
	// RowKeys reads the row keys that a bulk job has, as RowKey made them, one after the other.
	RowKeys(ctx context.Context, k store.BulkKey) ([]byte, error)
	// LastVideo reads the id of the newest video job that was appended to a bulk job, and the Top of its page, or returns
	// ErrNotFound.
	LastVideo(ctx context.Context, k store.BulkKey) (id, top string, err error)
	// Specs reads what callers wrote into bulk jobs.
	Specs(ctx context.Context, keys []store.BulkKey) (map[store.BulkKey]*schedulerv1.BulkJob, error)
	// Attempts reads the attempts of a video job that ended without a result, oldest first.
	Attempts(ctx context.Context, k store.VideoKey) ([]*schedulerv1.Attempt, error)
	// EventPages reads up to limit pages of a bulk job's history that hold events after a sequence number, in order.
	EventPages(ctx context.Context, k store.BulkKey, after int64, limit int) ([]EventPage, error)
}

// Tx is a write transaction. What its own methods load is locked until its end, unless they say otherwise.
type Tx interface {
	Reader
	compactor
	pruner
	charger
	letterWriter
	sharer
	limiter
	deadliner
	webhookWriter
	sheetWriter
	memoryWriter
	connectedWriter
	// Request locks a request id, and returns what an earlier call with it did unless that is forgotten at now.
	Request(ctx context.Context, project string, r store.Request, now time.Time) (hash, resource string, err error)

	// Bulks loads bulk jobs. Unknown ones are left out.
	Bulks(ctx context.Context, keys []store.BulkKey) ([]*Bulk, error)
	// BulkOfImport loads the bulk job of an import's lease, or returns ErrNotFound.
	BulkOfImport(ctx context.Context, lease string) (*Bulk, error)
	// NextImport loads the oldest bulk job whose sheet waits to be read, or returns ErrNotFound.
	NextImport(ctx context.Context, now time.Time) (*Bulk, error)

	// Jobs loads video jobs and their bulk jobs. Unknown ones and those in blocks are left out.
	Jobs(ctx context.Context, keys []store.VideoKey) ([]*Bulk, []*Job, error)
	// Take moves the rows of jobs, and returns the jobs as they were, with their bulk jobs, but only as far as it is
	// needed to tell of the move: who stores such a job again loads it first. claimed are those of claims
	// that may start: they move from the waiting to the running, with one more attempt, DISPATCHED, started now. finished
	// are those of done that run under the given lease, in force at the given time: they move from the running to the
	// finished. No job is named twice in claims. running are those of look that run, as far as they are not among the others; their
	// rows stay. It also locks, in the same order, the bulk jobs of next, which the transaction will ask for.
	Take(ctx context.Context, claims []Claim, done []Done, look []store.VideoKey, next []store.BulkKey) (bulks []*Bulk, claimed, finished, running []*Job, err error)
	// JobsIn loads up to limit video jobs of a loaded bulk job in a place and in some states, by id, after an id (empty:
	// from the first). Without results.
	JobsIn(ctx context.Context, k store.BulkKey, in Place, states []state.Video, after string, limit int) ([]*Job, error)
	// Overdue looks, without a lock, for video jobs whose lease is over, oldest first.
	Overdue(ctx context.Context, limit int, now time.Time) ([]store.VideoKey, error)

	// Write stores changes.
	Write(ctx context.Context, c *Changes) error
}

// Lease names a lease of a video job.
type Lease struct {
	store.VideoKey
	ID string
}

// Claim is a lease to be given.
type Claim struct {
	Lease
	Row        store.Row
	Worker     string
	Until, Now time.Time
}

// Done is a lease whose attempt has made a result.
type Done struct {
	Lease
	Result []byte
	Now    time.Time
}

// What a book keeps in memory of what never changes.
const (
	cachedPages   = 512
	cachedSpecs   = 1024
	cachedImports = 16
)

// Options are what a book works by.
type Options struct {
	// Rates are what attempts are billed by; the built-in ones when zero.
	Rates cost.Rates `kong:"-"`
	// NoFence takes reports of workers that have lost their lease. It loses and repeats work: only to see that a
	// check finds it.
	NoFence bool `name:"unsafe-no-fence" hidden:"" help:"Take reports of workers that have lost their lease. For tests of tests only." env:"SHEETREEL_UNSAFE_NO_FENCE"`
}

// Book implements store.Store, apart from what each database does best itself, over a database.
type Book struct {
	db      Database
	wake    func(topics []string)
	options Options
	rates   cost.Rates
	rules   store.Rules
	lanes   lanes
	pages   *lru.Cache[PageKey, *Page]
	specs   *lru.Cache[store.BulkKey, *schedulerv1.BulkJob]
	rows    *lru.Cache[store.BulkKey, *knownRows]
	apart   atomic.Bool // the last search found rows that stand for few video jobs
}

// New makes a book. So many transactions with reports of workers may run at once; one, when the database runs them one
// after the other anyway. wake is called after each commit that others may wait for.
func New(db Database, atOnce int, options Options, wake func(topics []string)) *Book {
	return &Book{
		lanes: make(lanes, atOnce),
		db:    db, wake: wake, options: options, rates: options.Rates.OrDefault(),
		pages: cache[PageKey, *Page](cachedPages),
		specs: cache[store.BulkKey, *schedulerv1.BulkJob](cachedSpecs),
		rows:  cache[store.BulkKey, *knownRows](cachedImports),
	}
}

func cache[K comparable, V any](size int) *lru.Cache[K, V] {
	c, err := lru.New[K, V](size)
	if err != nil {
		panic(err) // only for a size that is not positive
	}
	return c
}

// write runs a change at a time.
func (b *Book) write(ctx context.Context, now time.Time, change func(context.Context, *work) error) error {
	var topics []string
	err := b.db.Write(ctx, func(ctx context.Context, tx Tx) error {
		topics = nil
		w := newWork(b, tx, now)
		if err := change(ctx, w); err != nil {
			return err
		}
		if err := w.flush(ctx); err != nil {
			return err
		}
		topics = w.topics
		return nil
	})
	// A commit that failed may have happened all the same. Who is woken for nothing looks once and waits again.
	if len(topics) > 0 {
		b.wake(topics)
	}
	return err
}
