package ledger

import (
	"context"

	statuspb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// VideoJob implements store.Store.
func (b *Book) VideoJob(ctx context.Context, k store.VideoKey) (v store.Video, err error) {
	err = b.db.Read(ctx, func(ctx context.Context, r Reader) error {
		specs, err := r.Specs(ctx, []store.BulkKey{k.BulkKey})
		if err != nil {
			return err
		}
		if len(specs) == 0 {
			return store.ErrNotFound // those of a deleted bulk job are still there until they are pruned
		}
		v, err = b.show(ctx, r, k)
		return err
	})
	return v, err
}

// show reads a video job with its attempts, or ErrNotFound.
func (b *Book) show(ctx context.Context, r Reader, k store.VideoKey) (store.Video, error) {
	all, err := b.showAll(ctx, r, []store.VideoKey{k}, nil)
	if err != nil {
		return store.Video{}, err
	}
	if len(all) == 0 {
		return store.Video{}, store.ErrNotFound
	}
	v := all[0]
	v.Attempts, err = r.Attempts(ctx, k)
	// The attempt that runs, or has made the result, stands in the job's own row.
	if v.State == state.Completed || state.Running(v.State) {
		last := &schedulerv1.Attempt{Number: v.Attempt, Worker: v.Worker, StartTime: timestamppb.New(v.Started)}
		if !v.Ended.IsZero() {
			last.EndTime = timestamppb.New(v.Ended)
		}
		v.Attempts = append(v.Attempts, last)
	}
	return v, err
}

// showAll reads video jobs without their attempts. Unknown ones are left out. on says on which page they are, if the
// caller knows.
func (b *Book) showAll(ctx context.Context, r Reader, keys []store.VideoKey, on map[store.VideoKey]PageKey) ([]store.Video, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	jobs, err := r.ShowJobs(ctx, keys)
	if err != nil {
		return nil, err
	}
	waiting, err := b.inBlocks(ctx, r, without(keys, jobs), on)
	if err != nil {
		return nil, err
	}
	jobs = append(jobs, waiting...)
	if err := b.fill(ctx, r, jobs); err != nil {
		return nil, err
	}
	all := make([]store.Video, len(jobs))
	for i, j := range jobs {
		if all[i], err = j.video(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// video is the job as the store gives it out.
func (j *Job) video() (store.Video, error) {
	v := store.Video{
		VideoKey: j.VideoKey, Position: j.Position, User: j.User, Idea: j.Idea, Priority: j.Priority, State: j.State,
		Attempt: j.Attempt, Failures: j.Failures, MaxAttempts: j.MaxAttempts, Due: j.Due, Worker: j.Worker,
		Created: j.Created, Started: j.Start, Ended: j.Ended,
	}
	if state.Running(j.State) {
		v.Progress = Progress(j.Percent, j.Stage, j.ETA)
	}
	made, err := Unmarshal(j.Result, &schedulerv1.VideoJob{})
	if err != nil {
		return v, err
	}
	v.Result = store.Result{Artifacts: made.GetArtifacts(), VideoDuration: made.GetVideoDuration().AsDuration()}
	v.Error, err = Unmarshal(j.Error, &statuspb.Status{})
	return v, err
}

// ListVideoJobs implements store.Store.
func (b *Book) ListVideoJobs(ctx context.Context, k store.BulkKey, after int64, limit int) (all []store.Video, sequence int64, err error) {
	err = b.db.Read(ctx, func(ctx context.Context, r Reader) error {
		all = nil
		bulk, err := r.ShowBulk(ctx, k)
		if err != nil {
			return err
		}
		sequence = bulk.LastSequence
		for at := after; len(all) < limit; {
			pages, err := r.PagesAfter(ctx, k, at, limit/pageEntries+2)
			if err != nil || len(pages) == 0 {
				return err
			}
			var keys []store.VideoKey
			on := map[store.VideoKey]PageKey{}
			for _, p := range pages {
				for i, id := range p.Videos {
					if p.first()+int64(i) > after && len(all)+len(keys) < limit {
						key := store.VideoKey{BulkKey: k, Video: id}
						keys, on[key] = append(keys, key), p.PageKey
					}
				}
				b.pages.Add(p.PageKey, p)
				at = p.Last
			}
			more, err := b.showInOrder(ctx, r, keys, on)
			if err != nil {
				return err
			}
			all = append(all, more...)
		}
		return nil
	})
	return all, sequence, err
}

func (b *Book) showInOrder(ctx context.Context, r Reader, keys []store.VideoKey, on map[store.VideoKey]PageKey) ([]store.Video, error) {
	shown, err := b.showAll(ctx, r, keys, on)
	if err != nil {
		return nil, err
	}
	byKey := make(map[store.VideoKey]store.Video, len(shown))
	for _, v := range shown {
		byKey[v.VideoKey] = v
	}
	all := make([]store.Video, 0, len(keys))
	for _, k := range keys {
		if v, ok := byKey[k]; ok {
			all = append(all, v)
		}
	}
	return all, nil
}

// Events implements store.Store.
func (b *Book) Events(ctx context.Context, k store.BulkKey, after int64, limit int) (all []*schedulerv1.JobEvent, err error) {
	err = b.db.Glance(ctx, func(ctx context.Context, r Reader) error {
		all = nil
		// Few pages first: that is enough for one who follows, and pages of an import are large.
		for n, at, more := 2, after, true; more && len(all) < limit; n = min(2*n, pagesAtOnce) {
			pages, err := r.EventPages(ctx, k, at, n)
			if err != nil {
				return err
			}
			more = len(pages) == n
			for _, p := range pages {
				events, err := p.events(after, limit-len(all))
				if err != nil {
					return err
				}
				all, at = append(all, events...), p.Last
				if len(all) >= limit {
					break
				}
			}
		}
		all = all[:min(len(all), limit)]
		return nil
	})
	return all, err
}

// BulkJob implements store.Store.
func (b *Book) BulkJob(ctx context.Context, k store.BulkKey) (bulk store.Bulk, err error) {
	err = b.db.Glance(ctx, func(ctx context.Context, r Reader) error {
		bulk, err = r.ShowBulk(ctx, k)
		return err
	})
	return bulk, err
}
