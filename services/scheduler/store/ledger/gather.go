package ledger

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// batchMost is how many reports of workers one transaction takes at most.
const batchMost = 500

// report is what a worker says of its leases. apply only changes what is loaded, so that many reports can share a
// transaction; it may run more than once.
type report struct {
	now    time.Time
	kind   reportKind
	leases []Lease
	apply  func(w *work, jobs map[store.VideoKey]*Job) error

	err  error
	done chan struct{} // closed when err is the answer
	lead chan struct{} // closed when this report's caller is to run the next batch
}

// reportKind tells how the jobs of a report are loaded.
type reportKind int

const (
	renewing reportKind = iota // their rows stay
	ending                     // their rows leave, as a rule
)

// gathering collects reports while a transaction is under way; the next one takes all of them. Nobody waits for
// others to come: a lone report is written at once. One of the callers runs the batch, so there is no goroutine.
type gathering struct {
	mu      sync.Mutex
	busy    bool
	waiting []*report
}

// gather applies a report, together with those of others that wait.
func (b *Book) gather(ctx context.Context, now time.Time, kind reportKind, leases []Lease, apply func(*work, map[store.VideoKey]*Job) error) error {
	r := &report{now: now, kind: kind, leases: leases, apply: apply, done: make(chan struct{}), lead: make(chan struct{})}
	q := &b.queue
	q.mu.Lock()
	q.waiting = append(q.waiting, r)
	if !q.busy {
		q.busy = true
		close(r.lead)
	}
	q.mu.Unlock()
	select {
	case <-r.done:
		return r.err
	case <-r.lead:
	case <-ctx.Done():
		if q.leave(r) {
			return ctx.Err()
		}
		select { // too late to leave
		case <-r.done:
			return r.err
		case <-r.lead:
		}
	}
	// A batch serves others too, so the end of this caller must not end it; the database's own limits do.
	b.runBatch(context.WithoutCancel(ctx), q.take())
	q.handOver()
	return r.err
}

// leave takes a report out, unless it is being written or leads.
func (q *gathering) leave(r *report) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.Index(q.waiting, r)
	select {
	case <-r.lead:
		return false
	default:
	}
	if i < 0 {
		return false
	}
	q.waiting = slices.Delete(q.waiting, i, i+1)
	return true
}

func (q *gathering) take() []*report {
	q.mu.Lock()
	defer q.mu.Unlock()
	batch := slices.Clone(q.waiting[:min(len(q.waiting), batchMost)])
	q.waiting = slices.Delete(q.waiting, 0, len(batch))
	return batch
}

// handOver lets the first that waits run the next batch.
func (q *gathering) handOver() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) > 0 {
		close(q.waiting[0].lead)
		return
	}
	q.busy = false
}

// runBatch writes reports in one transaction and answers them. When it fails each is tried alone, so that one bad
// report cannot take others down.
func (b *Book) runBatch(ctx context.Context, batch []*report) {
	err := b.writeBatch(ctx, batch)
	for _, r := range batch {
		if err != nil && len(batch) > 1 {
			r.err = errors.Join(b.writeBatch(ctx, []*report{r}), r.err)
		} else if err != nil {
			r.err = err
		}
		close(r.done)
	}
}

func (b *Book) writeBatch(ctx context.Context, batch []*report) error {
	return b.write(ctx, batch[0].now, func(ctx context.Context, w *work) error {
		var ends, renewals []Lease
		for _, r := range batch {
			if r.kind == ending {
				ends = append(ends, r.leases...)
			} else {
				renewals = append(renewals, r.leases...)
			}
		}
		jobs, err := b.holding(ctx, w, ends, renewals...)
		if err != nil {
			return err
		}
		for _, r := range batch {
			w.now = r.now
			r.err = r.apply(w, jobs)
			if !harmless(r.err) {
				return r.err
			}
		}
		return nil
	})
}

// harmless tells whether a report that ended so has changed nothing.
func harmless(err error) bool {
	var conflict *store.StateError
	return err == nil || errors.Is(err, store.ErrLeaseLost) || errors.As(err, &conflict)
}

// holding loads the jobs of leases: those that end are taken, the others, and those that are not what their lease
// says, are looked at.
func (b *Book) holding(ctx context.Context, w *work, ends []Lease, others ...Lease) (map[store.VideoKey]*Job, error) {
	jobs := map[store.VideoKey]*Job{}
	if len(ends) > 0 && !b.options.NoFence {
		var next []store.BulkKey
		for _, l := range others {
			if l.ID != "" {
				next = append(next, l.BulkKey)
			}
		}
		taken, err := w.running(ctx, ends, next)
		if err != nil {
			return nil, err
		}
		jobs = taken
	}
	var keys []store.VideoKey
	for _, l := range slices.Concat(ends, others) {
		if _, ok := jobs[l.VideoKey]; !ok && l.ID != "" {
			keys = append(keys, l.VideoKey)
		}
	}
	if len(keys) == 0 {
		return jobs, nil
	}
	rest, err := w.jobs(ctx, keys)
	maps.Copy(jobs, rest)
	return jobs, err
}
