package ledger

import (
	"context"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// work is a transaction under way: what it has loaded, what it is about to write, whom it wakes.
type work struct {
	Tx
	book   *Book
	now    time.Time
	bulks  map[store.BulkKey]*Bulk
	topics []string
	out    *Changes
	stamp  *timestamppb.Timestamp
	given  map[store.VideoKey]string // the ids of leases that Take has given

	charges charging
}

func newWork(b *Book, tx Tx, now time.Time) *work {
	return &work{Tx: tx, book: b, now: now, bulks: map[store.BulkKey]*Bulk{}, out: &Changes{Now: now}}
}

// time is the present as events have it.
func (w *work) time() *timestamppb.Timestamp {
	if w.stamp == nil || !w.stamp.AsTime().Equal(w.now) {
		w.stamp = timestamppb.New(w.now)
	}
	return w.stamp
}

// flush writes what has changed so far, for those who read it again in the same transaction.
func (w *work) flush(ctx context.Context) error {
	if err := w.settleCharges(ctx); err != nil {
		return err
	}
	c := w.out
	if c.empty() {
		return nil
	}
	w.out = &Changes{Now: w.now}
	c.Now = w.now
	for _, b := range c.Bulks {
		c.Events, c.Costs = append(c.Events, b.history...), append(c.Costs, b.costs...)
		b.history, b.costs = nil, nil
	}
	if err := w.Write(ctx, c); err != nil {
		return err
	}
	for _, j := range c.Jobs {
		j.Stored = j.Place()
	}
	return nil
}

func (w *work) wakes(topic string) {
	if !slices.Contains(w.topics, topic) {
		w.topics = append(w.topics, topic)
	}
}

// add takes what was loaded. A bulk job that was loaded before stays as it is: it is locked, and may be changed already.
func (w *work) add(bulks ...*Bulk) {
	for _, b := range bulks {
		if w.bulks[b.BulkKey] == nil {
			w.bulks[b.BulkKey] = b
		}
	}
}

// bulk locks and loads a bulk job, or returns ErrNotFound.
func (w *work) bulk(ctx context.Context, k store.BulkKey) (*Bulk, error) {
	all, err := w.Bulks(ctx, []store.BulkKey{k})
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, store.ErrNotFound
	}
	w.add(all...)
	return w.bulks[k], nil
}

// jobs locks and loads video jobs with their bulk jobs and ideas.
func (w *work) jobs(ctx context.Context, keys []store.VideoKey) (map[store.VideoKey]*Job, error) {
	bulks, jobs, err := w.Jobs(ctx, keys)
	if err != nil {
		return nil, err
	}
	waiting, err := w.book.inBlocks(ctx, w, without(keys, jobs), nil)
	return w.loaded(ctx)(bulks, append(jobs, waiting...), err)
}

// without gives the keys of video jobs that are not among those.
func without(keys []store.VideoKey, jobs []*Job) []store.VideoKey {
	if len(jobs) == len(keys) {
		return nil
	}
	there := make(map[store.VideoKey]bool, len(jobs))
	for _, j := range jobs {
		there[j.VideoKey] = true
	}
	return slices.DeleteFunc(slices.Clone(keys), func(k store.VideoKey) bool { return there[k] })
}

// loaded gives what was loaded its ideas, and sorts it.
func (w *work) loaded(ctx context.Context) func([]*Bulk, []*Job, error) (map[store.VideoKey]*Job, error) {
	return func(bulks []*Bulk, jobs []*Job, err error) (map[store.VideoKey]*Job, error) {
		if err != nil {
			return nil, err
		}
		w.add(bulks...)
		// Those of a deleted bulk job are still there until they are pruned.
		jobs = slices.DeleteFunc(jobs, func(j *Job) bool { return w.bulks[j.BulkKey] == nil })
		return w.byKey(ctx, jobs)
	}
}

func (w *work) byKey(ctx context.Context, jobs []*Job) (map[store.VideoKey]*Job, error) {
	if err := w.book.fill(ctx, w, jobs); err != nil {
		return nil, err
	}
	all := make(map[store.VideoKey]*Job, len(jobs))
	for _, j := range jobs {
		all[j.VideoKey] = j
	}
	return all, nil
}

// job locks and loads a video job with its bulk job, or returns ErrNotFound.
func (w *work) job(ctx context.Context, k store.VideoKey) (*Job, error) {
	all, err := w.jobs(ctx, []store.VideoKey{k})
	if err != nil {
		return nil, err
	}
	if j, ok := all[k]; ok {
		return j, nil
	}
	return nil, store.ErrNotFound
}
