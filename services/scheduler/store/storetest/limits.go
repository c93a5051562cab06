package storetest

import (
	"slices"
	"sync"
	"time"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

func limitPerUser(b *bundle) {
	r := rules()
	r.PerUser = 3
	b.s.Govern(r)
	b.queued("ada", &schedulerv1.BulkJob{}, 500)
	b.now = b.now.Add(time.Second)
	b.queued("bob", &schedulerv1.BulkJob{}, 2)
	b.wantUsers("with room for three", b.candidates(10), "ada", "ada", "ada", "bob", "bob")
	first := b.claim(2)
	b.wantUsers("with room for one", b.candidates(2), "ada", "bob")
	b.claim(2)
	b.wantUsers("without room", b.candidates(10), "bob")
	woken := b.s.Wake().Wait(store.TopicQueue)
	b.must(b.s.Complete(b.ctx(), first[0].Lease, result, b.now))
	select {
	case <-woken:
	default:
		b.Error("the end of a job wakes nobody, although it makes room")
	}
	b.wantUsers("after an end", b.candidates(10), "ada", "bob")
	// What is claimed without looking is refused too.
	var claims []store.Claim
	all, _, err := b.s.ListVideoJobs(b.ctx(), first[0].Video.BulkKey, 100, 50)
	b.must(err)
	for _, v := range all {
		claims = append(claims, store.Claim{VideoKey: v.VideoKey, Lease: newID()})
	}
	leased, err := b.s.Claim(b.ctx(), claims, "worker", b.now.Add(time.Minute), b.now)
	b.must(err)
	if len(leased) != 1 {
		b.Errorf("%d leased with room for one", len(leased))
	}
}

func limitPerProvider(b *bundle) {
	r := rules()
	r.PerProvider = 2
	b.s.Govern(r)
	b.queued("ada", byProvider("pika"), 300)
	b.now = b.now.Add(time.Second)
	b.queued("bob", byProvider("pika"), 1)
	b.queued("eve", byProvider("studio"), 1)
	b.wantUsers("with room for two", b.candidates(10), "ada", "ada", "eve")
	leased := b.claim(2)
	b.wantUsers("without room", b.candidates(10), "eve")
	b.must(b.s.Release(b.ctx(), leased[0].Lease, b.now))
	b.wantUsers("after one was handed back", b.candidates(10), "ada", "eve")
}

func byProvider(p string) *schedulerv1.BulkJob {
	return &schedulerv1.BulkJob{RenderOptions: &schedulerv1.RenderOptions{Provider: p}}
}

func limitTogether(b *bundle) {
	r := rules()
	r.PerUser = 5
	b.s.Govern(r)
	for range 4 {
		b.queued("ada", &schedulerv1.BulkJob{}, 5)
	}
	b.s.Govern(rules())
	all, err := b.s.Candidates(b.ctx(), store.Search{Limit: 20}, b.now)
	b.must(err)
	b.s.Govern(r)
	var group sync.WaitGroup
	var mu sync.Mutex
	n := 0
	for chunk := range slices.Chunk(all, 2) {
		group.Go(func() {
			var claims []store.Claim
			for _, c := range chunk {
				claims = append(claims, store.Claim{VideoKey: c.VideoKey, Row: c.Row, Lease: newID()})
			}
			leased, err := b.s.Claim(b.ctx(), claims, "worker", b.now.Add(time.Minute), b.now)
			if err != nil {
				b.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			n += len(leased)
		})
	}
	group.Wait()
	if n != 5 {
		b.Errorf("%d run at once, want 5", n)
	}
}
