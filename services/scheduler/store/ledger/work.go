package ledger

import (
	"context"
	"slices"
	"time"

	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// work is a transaction under way: what it has loaded, what it is about to write, whom it wakes.
type work struct {
	Tx
	now    time.Time
	bulks  map[store.BulkKey]*Bulk
	topics []string
	out    *Changes
}

func newWork(tx Tx, now time.Time) *work {
	return &work{Tx: tx, now: now, bulks: map[store.BulkKey]*Bulk{}, out: &Changes{Now: now}}
}

// flush writes what has changed so far, for those who read it again in the same transaction.
func (w *work) flush(ctx context.Context) error {
	c := w.out
	if c.empty() {
		return nil
	}
	w.out = &Changes{Now: w.now}
	c.Now = w.now
	return w.Write(ctx, c)
}

func (w *work) wakes(topic string) {
	if !slices.Contains(w.topics, topic) {
		w.topics = append(w.topics, topic)
	}
}

func (w *work) add(bulks ...*Bulk) {
	for _, b := range bulks {
		w.bulks[b.BulkKey] = b
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
	return all[0], nil
}

// jobs locks and loads video jobs with their bulk jobs.
func (w *work) jobs(ctx context.Context, keys []store.VideoKey) (map[store.VideoKey]*Job, error) {
	bulks, jobs, err := w.Jobs(ctx, keys)
	if err != nil {
		return nil, err
	}
	w.add(bulks...)
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

// show reads a video job with its attempts.
func (w *work) show(ctx context.Context, k store.VideoKey) (store.Video, error) {
	all, err := w.ShowVideos(ctx, []store.VideoKey{k})
	if err != nil {
		return store.Video{}, err
	}
	if len(all) == 0 {
		return store.Video{}, store.ErrNotFound
	}
	all[0].Attempts, err = w.ShowAttempts(ctx, k)
	return all[0], err
}
