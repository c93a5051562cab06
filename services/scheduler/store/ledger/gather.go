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
	leases []Lease
	done   bool   // of one lease, whose attempt has made a result
	result []byte // sheetreel.scheduler.v1.VideoJob, when done
	apply  func(w *work, jobs map[store.VideoKey]*Job) error

	err      error
	answered chan struct{} // closed when err is the answer
	lead     chan struct{} // closed when this report's caller is to run the next batch
}

// gathering collects reports while a transaction is under way; the next one takes all of them. Nobody waits for
// others to come: a lone report is written at once. One of the callers runs the batch, so there is no goroutine.
type gathering struct {
	mu      sync.Mutex
	busy    bool
	waiting []*report
}

// thatApplies makes a report complete.
func (r *report) thatApplies(apply func(*work, map[store.VideoKey]*Job) error) *report {
	r.apply, r.answered, r.lead = apply, make(chan struct{}), make(chan struct{})
	return r
}

// gather applies a report, together with those of others that wait.
func (b *Book) gather(ctx context.Context, r *report, apply func(*work, map[store.VideoKey]*Job) error) error {
	b.queue.add(r.thatApplies(apply))
	return b.await(ctx, r)
}

// add lets reports wait. Their caller must then await each, in this order: the first that is free leads.
func (q *gathering) add(reports ...*report) {
	if len(reports) == 0 {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, reports...)
	if !q.busy {
		q.busy = true
		close(reports[0].lead)
	}
}

// await gives the answer to a report that waits, and runs the next batch when that falls to it.
func (b *Book) await(ctx context.Context, r *report) error {
	q := &b.queue
	select {
	case <-r.answered:
		return r.err
	case <-r.lead:
	case <-ctx.Done():
		if q.leave(r) {
			return ctx.Err()
		}
		select { // too late to leave
		case <-r.answered:
			return r.err
		case <-r.lead:
		}
	}
	// A batch serves others too, so the end of this caller must not end it; the database's own limits do.
	b.runBatch(context.WithoutCancel(ctx))
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

// runBatch writes the reports that wait in one transaction, and answers them.
func (b *Book) runBatch(ctx context.Context) {
	var batch []*report
	err := b.write(ctx, time.Time{}, func(ctx context.Context, w *work) error {
		if batch == nil {
			batch = b.queue.take() // only now: more have come while the transaction was begun
		}
		return b.apply(ctx, w, batch)
	})
	if batch == nil { // it could not even begin
		batch = b.queue.take()
	}
	if err != nil {
		b.writeAlone(ctx, batch, err)
	}
	for _, r := range batch {
		close(r.answered)
	}
}

// writeAlone writes the reports of a batch that failed one by one, so that a bad one cannot take others down. When two
// fail in a row it is not the reports: the rest is answered as they were.
func (b *Book) writeAlone(ctx context.Context, batch []*report, err error) {
	failed := 0
	for _, r := range batch {
		if failed < 2 && len(batch) > 1 {
			err = b.write(ctx, r.now, func(ctx context.Context, w *work) error { return b.apply(ctx, w, []*report{r}) })
			if err == nil {
				failed = 0
				continue
			}
			failed++
		}
		r.err = err
	}
}

// apply applies reports in a transaction.
func (b *Book) apply(ctx context.Context, w *work, batch []*report) error {
	w.now = batch[0].now
	jobs, err := b.holding(ctx, w, batch)
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
}

// harmless tells whether a report that ended so has changed nothing.
func harmless(err error) bool {
	var conflict *store.StateError
	return err == nil || errors.Is(err, store.ErrLeaseLost) || errors.As(err, &conflict)
}

// holding loads the jobs of reports. Those that are done, under a lease that is in force, have moved already.
func (b *Book) holding(ctx context.Context, w *work, batch []*report) (map[store.VideoKey]*Job, error) {
	var done []Done
	var bulks []store.BulkKey
	for _, r := range batch {
		for _, l := range r.leases {
			if l.ID == "" {
				continue
			}
			if r.done && !b.options.NoFence {
				done = append(done, Done{l, r.result, r.now})
			} else {
				bulks = append(bulks, l.BulkKey)
			}
		}
	}
	jobs := map[store.VideoKey]*Job{}
	if len(done) > 0 {
		moved, err := w.loaded(ctx)(w.Finish(ctx, done, bulks))
		if err != nil {
			return nil, err
		}
		for _, j := range moved {
			j.Stored = InFinished
		}
		jobs = moved
	}
	var keys []store.VideoKey
	for _, r := range batch {
		for _, l := range r.leases {
			if _, ok := jobs[l.VideoKey]; !ok && l.ID != "" {
				keys = append(keys, l.VideoKey)
			}
		}
	}
	if len(keys) == 0 {
		return jobs, nil
	}
	rest, err := w.jobs(ctx, keys)
	maps.Copy(jobs, rest)
	return jobs, err
}
