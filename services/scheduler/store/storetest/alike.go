package storetest

import (
	"time"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// eachOfThoseAlike wants that video jobs which wait alike, and may share a row, are each its own: to be found, claimed once,
// parked, cancelled, and kept in order.
func eachOfThoseAlike(b *bundle) {
	const n = 150
	bulk := b.create("ada")
	lease := b.leaseImport()
	all := ideas(n)
	for i := range all {
		all[i].Idea.Priority = []ingestv1.Priority{ingestv1.Priority_URGENT, ingestv1.Priority_NORMAL, ingestv1.Priority_LOW}[i%3]
	}
	all[100].ID = "01000000-0000-7000-8000-000000000001" // not higher than those before
	_, err := b.s.AppendVideoJobs(b.ctx(), lease, all, place, b.now)
	b.must(err)
	b.must(b.s.CompleteImport(b.ctx(), lease, &ingestv1.ImportReport{}, b.now))
	key := func(i int) store.VideoKey { return store.VideoKey{BulkKey: bulk.BulkKey, Video: all[i].ID} }
	b.sameList(bulk.BulkKey, all)

	// In order: the urgent ones, by row.
	stale := b.candidates(60)
	if len(stale) != 60 {
		b.Fatalf("%d candidates, want 60", len(stale))
	}
	for at, c := range stale[:48] {
		if want := 3 * at; want != 99 && c.Video != all[want].ID {
			b.Fatalf("candidate %d is not row %d", at, want)
		}
	}
	// What was parked or cancelled meanwhile, and what is asked for twice, is not given.
	b.must(b.s.Park(b.ctx(), []store.VideoKey{key(0)}, b.now.Add(time.Minute), b.now))
	if v, err := b.s.CancelVideoJob(b.ctx(), store.Request{}, key(3), b.now); err != nil || v.State != state.Cancelled || v.Position != 4 {
		b.Errorf("cancelled: %v in %v at %d", err, v.State, v.Position)
	}
	b.wantState(key(0), state.RateLimited)
	got := map[string]int{}
	for range 2 {
		var claims []store.Claim
		for _, c := range stale {
			claims = append(claims, store.Claim{VideoKey: c.VideoKey, Row: c.Row, Lease: newID()})
		}
		leased, err := b.s.Claim(b.ctx(), claims, "w", b.now.Add(time.Hour), b.now)
		b.must(err)
		for _, l := range leased {
			got[l.Video.Video]++
			if l.Video.Idea.GetTitle() != b.video(l.Video.VideoKey).Idea.GetTitle() || l.Video.Attempt != 1 {
				b.Errorf("%s was leased as %q, attempt %d", l.Video.Name(), l.Video.Idea.GetTitle(), l.Video.Attempt)
			}
		}
	}
	if len(got) != 58 || got[all[0].ID] > 0 || got[all[3].ID] > 0 {
		b.Errorf("%d of 58 were leased", len(got))
	}
	for id, times := range got {
		if times != 1 {
			b.Errorf("%s was leased %d times", id, times)
		}
	}
	b.sameList(bulk.BulkKey, all)
	after, err := b.s.CancelBulkJob(b.ctx(), store.Request{}, bulk.BulkKey, b.now)
	b.must(err)
	if want := (store.Counts{Total: n, Cancelled: n}); after.Counts != want {
		b.Errorf("cancelled: %+v, want %+v", after.Counts, want)
	}
	if left := b.candidates(10); len(left) != 0 {
		b.Errorf("%v may start in a cancelled bulk job", left)
	}
	b.sameList(bulk.BulkKey, all)
}

// sameList wants all video jobs in their order, whatever their state is, also by pages.
func (b *bundle) sameList(k store.BulkKey, want []store.NewVideo) {
	b.Helper()
	var at int64
	for len(want) > 0 {
		listed, _, err := b.s.ListVideoJobs(b.ctx(), k, at, 70)
		b.must(err)
		if len(listed) != min(70, len(want)) {
			b.Fatalf("%d video jobs are listed after %d", len(listed), at)
		}
		for i, v := range listed {
			if v.Video != want[i].ID || v.Position != at+int64(i)+1 || v.Idea.GetTitle() != want[i].Idea.GetTitle() {
				b.Fatalf("position %d is %s, %q", v.Position, v.Video, v.Idea.GetTitle())
			}
		}
		at, want = at+int64(len(listed)), want[len(listed):]
	}
}
