package storetest

import (
	"errors"

	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

func completeMany(b *bundle) {
	bulk := b.running("ada", 100)
	leased := b.claim(100)
	_, err := b.s.CancelVideoJob(b.ctx(), store.Request{}, leased[1].Video.VideoKey, b.now)
	b.must(err)
	all := []store.Completion{{Lease: "unknown", Result: result}}
	for _, l := range leased {
		all = append(all, store.Completion{Lease: l.Lease, Result: result})
	}
	all = append(all, all[1]) // twice in one call
	for i, err := range b.s.CompleteAll(b.ctx(), all, b.now) {
		lost := i == 0 || i == 2
		if lost != errors.Is(err, store.ErrLeaseLost) || !lost && err != nil {
			b.Errorf("completion %d: %v", i, err)
		}
	}
	got := b.wantBulk(bulk.BulkKey, state.BulkCompleted)
	if got.Counts.Completed != 99 || got.Counts.Cancelled != 1 {
		b.Errorf("counts = %+v", got.Counts)
	}
	if errs := b.s.CompleteAll(b.ctx(), nil, b.now); len(errs) != 0 {
		b.Errorf("no completions: %v", errs)
	}
}
