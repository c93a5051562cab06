package ledger

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/order"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// NewSpec is what a bulk job's caller wants from now on.
type NewSpec struct {
	store.BulkKey
	Spec []byte
}

// Reorder gives the waiting video jobs of a bulk job another priority. Their places move by the difference of the
// offsets, so that their age stays.
type Reorder struct {
	store.BulkKey
	Priority ingestv1.Priority
	Offsets  order.Offsets
}

// ChangePriority implements store.Store.
func (b *Book) ChangePriority(ctx context.Context, r store.Request, k store.BulkKey, p ingestv1.Priority, now time.Time) (store.Bulk, error) {
	return b.steer(ctx, r, k, now, func(ctx context.Context, w *work, b *Bulk) error {
		if state.BulkFinished(b.State) {
			return &store.StateError{State: b.State.String(), Message: "a finished bulk job has no priority to change"}
		}
		specs, err := w.Specs(ctx, []store.BulkKey{k}) // not from memory, where an older priority may be
		if err != nil {
			return err
		}
		spec := proto.CloneOf(specs[k])
		spec.Priority = p
		raw, err := proto.Marshal(spec)
		if err != nil {
			return err
		}
		w.out.Specs = append(w.out.Specs, NewSpec{k, raw})
		w.out.Reorders = append(w.out.Reorders, Reorder{k, p, w.book.rules.Offsets})
		w.wakes(store.TopicQueue)
		return w.record(b, &schedulerv1.JobEvent{
			Type: schedulerv1.JobEvent_BULK_JOB_PRIORITY_CHANGED, BulkJobState: b.State, Priority: p,
		}, store.Counts{})
	})
}
