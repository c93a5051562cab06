package ledger

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// batchMost is how many jobs one transaction takes at most, with one report more.
const batchMost = 1000

// report is what a worker says of its leases, or what leases it is to get. apply only changes what is loaded, so that
// many reports can share a transaction; it may run more than once.
type report struct {
	now    time.Time
	claims []Claim // to be given
	leases []Lease
	done   bool   // of one lease, whose attempt has made a result
	result []byte // sheetreel.scheduler.v1.VideoJob, when done
	apply  applying

	err      error
	answered chan struct{} // closed when err is the answer
	lead     chan struct{} // closed when this report's caller is to run the next batch
}

type applying func(ctx context.Context, w *work, jobs map[store.VideoKey]*Job) error

// gathering collects reports while a transaction is under way; the next one takes all of them. Nobody waits for
// others to come: a lone report is written at once. One of the callers runs the batch, so there is no goroutine.
type gathering struct {
	mu      sync.Mutex
	busy    bool
	waiting []*report
}

// bulk is the bulk job of a report of one lease, as far as it names one.
func (r *report) bulk() (k store.BulkKey) {
	if r != nil && len(r.leases) > 0 {
		k = r.leases[0].BulkKey
	}
	return k
}

// thatApplies makes a report complete.
func (r *report) thatApplies(apply applying) *report {
	r.apply, r.answered, r.lead = apply, make(chan struct{}), make(chan struct{})
	return r
}

// gather applies a report, whose bulk jobs are all of one lane, together with those of others that wait.
func (b *Book) gather(ctx context.Context, q *gathering, r *report, apply applying) error {
	q.add(r.thatApplies(apply))
	return b.await(ctx, q, r)
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
func (b *Book) await(ctx context.Context, q *gathering, r *report) error {
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
	b.runBatch(context.WithoutCancel(ctx), q)
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
	n, jobs := 0, 0
	for n < len(q.waiting) && jobs < batchMost {
		jobs += len(q.waiting[n].claims) + len(q.waiting[n].leases)
		n++
	}
	batch := slices.Clone(q.waiting[:n])
	q.waiting = slices.Delete(q.waiting, 0, n)
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

// runBatch writes the reports that wait in one transaction, answers them, and lets the next one lead, whatever happens.
func (b *Book) runBatch(ctx context.Context, q *gathering) {
	defer q.handOver()
	var batch []*report
	defer func() {
		if cause := recover(); cause != nil { // others wait for this batch too
			err := fmt.Errorf("write of reports: panic: %v\n%s", cause, debug.Stack())
			for _, r := range batch {
				r.err = err
			}
		}
		for _, r := range batch {
			close(r.answered)
		}
	}()
	err := b.write(ctx, time.Time{}, func(ctx context.Context, w *work) error {
		if batch == nil {
			batch = q.take() // only now: more have come while the transaction was begun
		}
		return b.apply(ctx, w, batch)
	})
	if batch == nil { // it could not even begin
		batch = q.take()
	}
	if err != nil {
		b.writeAlone(ctx, batch, err)
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

// apply applies reports in a transaction: first those that are done, as their rows have moved already.
func (b *Book) apply(ctx context.Context, w *work, batch []*report) error {
	w.now = batch[0].now
	jobs, err := b.holding(ctx, w, batch)
	if err != nil {
		return err
	}
	for _, done := range []bool{true, false} {
		for _, r := range batch {
			if r.done != done {
				continue
			}
			w.now = r.now
			if r.err = r.apply(ctx, w, jobs); !harmless(r.err) {
				return r.err
			}
		}
	}
	return nil
}

// harmless tells whether a report that ended so has changed nothing.
func harmless(err error) bool {
	var conflict *store.StateError
	return err == nil || errors.Is(err, store.ErrLeaseLost) || errors.As(err, &conflict)
}

// holding loads the jobs of reports. The rows of those that are claimed, and of those that are done under a lease in
// force, have moved already.
func (b *Book) holding(ctx context.Context, w *work, batch []*report) (map[store.VideoKey]*Job, error) {
	claims, err := w.claims(ctx, batch)
	if err != nil {
		return nil, err
	}
	var done []Done
	var look []store.VideoKey
	var bulks []store.BulkKey
	told := map[Lease]bool{}
	for _, r := range batch {
		for _, l := range r.leases {
			switch {
			case l.ID == "":
			case r.done && !told[l] && !b.options.NoFence:
				told[l] = true // it may be told twice, and is done once
				done = append(done, Done{l, r.result, r.now})
			default:
				look, bulks = append(look, l.VideoKey), append(bulks, l.BulkKey)
			}
		}
	}
	jobs, err := w.take(ctx, claims, done, look, bulks)
	if err != nil {
		return nil, err
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

// claims are those of reports that are within the limits, each job once.
func (w *work) claims(ctx context.Context, batch []*report) ([]Claim, error) {
	var all []Claim
	w.given = map[store.VideoKey]string{}
	for _, r := range batch {
		for _, c := range r.claims {
			if _, twice := w.given[c.VideoKey]; !twice {
				w.given[c.VideoKey] = c.ID
				all = append(all, c)
			}
		}
	}
	if len(all) == 0 {
		return nil, nil
	}
	if err := w.locate(ctx, all); err != nil {
		return nil, err
	}
	return w.withinLimits(ctx, all)
}

// locate finds the rows of claims that do not say which.
func (w *work) locate(ctx context.Context, claims []Claim) error {
	var keys []store.VideoKey
	for _, c := range claims {
		if c.Row.ID == "" {
			keys = append(keys, c.VideoKey)
		}
	}
	waiting, err := w.book.inBlocks(ctx, w, keys, nil)
	if err != nil {
		return err
	}
	rows := make(map[store.VideoKey]store.Row, len(waiting))
	for _, j := range waiting {
		rows[j.VideoKey] = store.Row{ID: j.Block, Bit: j.Bit, Position: j.Position, LastOnPage: j.LastOnPage}
	}
	for i, c := range claims {
		if c.Row.ID == "" {
			claims[i].Row = rows[c.VideoKey]
		}
		if claims[i].Row.ID == "" {
			claims[i].Row.ID = c.Video
		}
	}
	return nil
}

// Split parts claims of rows of their own from those in blocks.
func Split(claims []Claim) (single, inBlocks []Claim) {
	for _, c := range claims {
		if c.Row.ID == c.Video {
			single = append(single, c)
		} else {
			inBlocks = append(inBlocks, c)
		}
	}
	return single, inBlocks
}

// take moves the rows of claims and of those that are done, and gives the jobs as they were, with those to look at that run.
func (w *work) take(ctx context.Context, claims []Claim, done []Done, look []store.VideoKey, next []store.BulkKey) (map[store.VideoKey]*Job, error) {
	clear(w.given)
	if len(claims)+len(done)+len(look) == 0 {
		return map[store.VideoKey]*Job{}, nil
	}
	bulks, claimed, finished, running, err := w.Take(ctx, claims, done, look, next)
	if err != nil {
		return nil, err
	}
	for _, j := range claimed {
		j.Stored = InQueue // until claimed says that its row has moved
	}
	for _, j := range finished {
		j.Stored = InFinished
	}
	jobs, err := w.loaded(ctx)(bulks, slices.Concat(running, claimed, finished), nil)
	if err != nil {
		return nil, err
	}
	for _, j := range jobs {
		j.User = w.bulks[j.BulkKey].User
	}
	for _, c := range claims {
		if j := jobs[c.VideoKey]; j != nil && j.Stored == InQueue {
			w.given[c.VideoKey] = c.ID
		}
	}
	if len(claims) > 0 {
		err = w.holdByBudget(ctx)
	}
	return jobs, err
}
