package ledger

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// Complete implements store.Store.
func (b *Book) Complete(ctx context.Context, lease string, result store.Result, now time.Time) error {
	return b.CompleteAll(ctx, []store.Completion{{Lease: lease, Result: result}}, now)[0]
}

// CompleteAll implements store.Store.
func (b *Book) CompleteAll(ctx context.Context, all []store.Completion, now time.Time) []error {
	errs := make([]error, len(all))
	reports := make([]*report, len(all))
	for i, c := range all {
		reports[i], errs[i] = b.completion(c, now)
	}
	_ = b.lanes.split(len(all), func(i int) store.BulkKey { return reports[i].bulk() }, func(q *gathering, places []int) error {
		var waiting []*report
		for _, i := range places {
			if errs[i] == nil {
				waiting = append(waiting, reports[i])
			}
		}
		q.add(waiting...)
		for _, i := range places {
			if errs[i] == nil {
				errs[i] = b.await(ctx, q, reports[i])
			}
		}
		return nil
	})
	return errs
}

// completion is the report that an attempt has made a result.
func (b *Book) completion(c store.Completion, now time.Time) (*report, error) {
	raw, err := proto.Marshal(&schedulerv1.VideoJob{Artifacts: c.Result.Artifacts, VideoDuration: durationpb.New(c.Result.VideoDuration)})
	if err != nil {
		return nil, err
	}
	if err := b.rates.Check(c.Result.Usage); err != nil {
		return nil, err
	}
	held := parseLeases(c.Lease)
	r := &report{now: now, leases: held, done: true, result: raw}
	return r.thatApplies(func(_ context.Context, w *work, jobs map[store.VideoKey]*Job) error {
		j := b.holder(jobs, held[0])
		if j != nil && j.State == state.Completed && j.Lease == held[0].ID {
			return nil // the same report once more: its first answer was lost
		}
		if !b.running(j, now) {
			return store.ErrLeaseLost
		}
		if err := j.mayBecome(state.Completed); err != nil {
			return err
		}
		bulk := w.bulks[j.BulkKey]
		bulk.RenderTime += max(0, now.Sub(j.Start)) // a clock that was set back must not take time away
		j.Result, j.Used = raw, c.Result.Usage
		if j.Stored != InFinished { // without the fence
			w.put(j)
		}
		if err := w.follow(j, state.Completed, nil); err != nil {
			return err
		}
		return w.settle(bulk)
	}), nil
}
