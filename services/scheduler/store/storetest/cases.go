package storetest

import (
	"errors"
	"slices"
	"sync"
	"time"

	statuspb "google.golang.org/genproto/googleapis/rpc/status"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

func createIsIdempotent(b *bundle) {
	in := func() store.Bulk {
		return store.Bulk{BulkKey: store.BulkKey{Project: "demo", ID: newID()}, User: "ada", Spec: &schedulerv1.BulkJob{}}
	}
	r := store.Request{Method: "CreateBulkJob", ID: "one", Hash: "x"}
	first, _, err := b.s.CreateBulkJob(b.ctx(), r, in(), b.now)
	b.must(err)
	again, created, err := b.s.CreateBulkJob(b.ctx(), r, in(), b.now)
	b.must(err)
	if created || again.ID != first.ID {
		b.Errorf("the same request made %s, want %s again", again.ID, first.ID)
	}
	var reused *store.RequestReusedError
	_, _, err = b.s.CreateBulkJob(b.ctx(), store.Request{Method: "CreateBulkJob", ID: "one", Hash: "y"}, in(), b.now)
	if !errors.As(err, &reused) || reused.Resource != first.Name() {
		b.Errorf("another request with the same id: %v, want a RequestReusedError that names %s", err, first.Name())
	}
	b.now = b.now.Add(store.RequestRetention)
	b.must(b.s.Forget(b.ctx(), b.now))
	later, created, err := b.s.CreateBulkJob(b.ctx(), r, in(), b.now)
	b.must(err)
	if !created || later.ID == first.ID {
		b.Error("a day later the same request id made nothing new")
	}
}

func createTogether(b *bundle) {
	r := store.Request{Method: "CreateBulkJob", ID: "one", Hash: "x"}
	var mu sync.Mutex
	ids := map[string]bool{}
	creations := 0
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			in := store.Bulk{BulkKey: store.BulkKey{Project: "demo", ID: newID()}, User: "ada", Spec: &schedulerv1.BulkJob{}}
			got, created, err := b.s.CreateBulkJob(b.ctx(), r, in, b.now)
			if err != nil {
				b.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			ids[got.ID] = true
			if created {
				creations++
			}
		})
	}
	group.Wait()
	if len(ids) != 1 || creations != 1 {
		b.Errorf("%d creations, answers %v; want one", creations, ids)
	}
}

func derivedRequestForgetsFailures(b *bundle) {
	in := func() store.Bulk {
		return store.Bulk{BulkKey: store.BulkKey{Project: "demo", ID: newID()}, User: "ada", Spec: &schedulerv1.BulkJob{}}
	}
	r := store.Request{Method: "CreateBulkJob", ID: "derived:x", Derived: true}
	first, _, err := b.s.CreateBulkJob(b.ctx(), r, in(), b.now)
	b.must(err)
	_, err = b.s.CancelBulkJob(b.ctx(), store.Request{}, first.BulkKey, b.now)
	b.must(err)
	again, created, err := b.s.CreateBulkJob(b.ctx(), r, in(), b.now)
	b.must(err)
	if !created || again.ID == first.ID {
		b.Error("a cancelled bulk job came back instead of a new one")
	}

	// One that has ended well counts, unless doing it again does what is new.
	b.must(b.s.CompleteImport(b.ctx(), b.leaseImport(), &ingestv1.ImportReport{}, b.now))
	b.wantBulk(again.BulkKey, state.BulkCompleted)
	stored, created, err := b.s.CreateBulkJob(b.ctx(), r, in(), b.now)
	b.must(err)
	if created || stored.ID != again.ID {
		b.Error("a new bulk job was made instead of the one that has ended")
	}
	r.Repeats = true
	stored, created, err = b.s.CreateBulkJob(b.ctx(), r, in(), b.now)
	b.must(err)
	if !created || stored.ID == again.ID {
		b.Error("the bulk job that has ended came back instead of a new one")
	}
	if _, created, err = b.s.CreateBulkJob(b.ctx(), r, in(), b.now); created || err != nil {
		b.Errorf("the same bulk job was made twice while it runs, %v", err)
	}
}

func importLeases(b *bundle) {
	bulk := b.create("ada")
	lease := b.leaseImport()
	b.wantBulk(bulk.BulkKey, state.BulkIngesting)
	_, err := b.s.LeaseImport(b.ctx(), store.NewLease{ID: newID(), Until: b.now.Add(time.Minute)}, b.now)
	b.wantErr(err, store.ErrNotFound)

	b.now = b.now.Add(30 * time.Second)
	b.must(b.s.RenewImport(b.ctx(), lease, b.now.Add(time.Minute), b.now))
	b.now = b.now.Add(2 * time.Minute)
	b.wantErr(b.s.RenewImport(b.ctx(), lease, b.now.Add(time.Minute), b.now), store.ErrLeaseLost)
	other := b.leaseImport()
	b.wantErr(b.s.CompleteImport(b.ctx(), lease, &ingestv1.ImportReport{}, b.now), store.ErrLeaseLost)
	_, err = b.s.AppendVideoJobs(b.ctx(), lease, ideas(1), place, b.now)
	b.wantErr(err, store.ErrLeaseLost)
	b.must(b.s.FailImport(b.ctx(), other, nil, &statuspb.Status{Message: "not shared"}, b.now))
	if got := b.wantBulk(bulk.BulkKey, state.BulkFailed); got.Error.GetMessage() != "not shared" {
		b.Errorf("error = %v", got.Error)
	}
	_, err = b.s.RetryBulkJob(b.ctx(), store.Request{}, bulk.BulkKey, b.now)
	b.must(err)
	b.wantBulk(bulk.BulkKey, state.BulkPending)
	b.leaseImport()
}

func importLostThreeTimes(b *bundle) {
	bulk := b.create("ada")
	for range store.MaxCrashes {
		b.leaseImport()
		b.now = b.now.Add(2 * time.Minute)
	}
	_, err := b.s.LeaseImport(b.ctx(), store.NewLease{ID: newID(), Until: b.now.Add(time.Minute)}, b.now)
	b.wantErr(err, store.ErrNotFound)
	// The failure is kept although nothing was leased.
	_, err = b.s.LeaseImport(b.ctx(), store.NewLease{ID: newID(), Until: b.now.Add(time.Minute)}, b.now)
	b.wantErr(err, store.ErrNotFound)
	b.wantBulk(bulk.BulkKey, state.BulkFailed)
}

func appendKnowsRowKeys(b *bundle) {
	bulk := b.create("ada")
	lease := b.leaseImport()
	n, err := b.s.AppendVideoJobs(b.ctx(), lease, ideas(3), place, b.now)
	b.must(err)
	again := ideas(4)
	again[3].Skip = &statuspb.Status{Message: "duplicate of row 2"}
	m, err := b.s.AppendVideoJobs(b.ctx(), lease, again, place, b.now)
	b.must(err)
	if n != 3 || m != 1 {
		b.Errorf("appended %d, then %d; want 3, then 1", n, m)
	}
	all, sequence, err := b.s.ListVideoJobs(b.ctx(), bulk.BulkKey, 0, 10)
	b.must(err)
	if len(all) != 4 || all[3].State != state.Skipped || all[3].Error.GetMessage() == "" {
		b.Errorf("listed %d, the last one %v; want 4, SKIPPED with a reason", len(all), all[len(all)-1].State)
	}
	if got := b.bulk(bulk.BulkKey); got.LastSequence != sequence || got.Counts.Skipped != 1 || got.Counts.Pending != 3 {
		b.Errorf("counts = %+v at %d", got.Counts, got.LastSequence)
	}
}

func candidatesInOrder(b *bundle) {
	bulk := b.create("ada")
	lease := b.leaseImport()
	jobs := ideas(3)
	jobs[0].Idea.Priority, jobs[2].Idea.Priority = ingestv1.Priority_LOW, ingestv1.Priority_URGENT
	_, err := b.s.AppendVideoJobs(b.ctx(), lease, jobs, place, b.now)
	b.must(err)
	got := b.candidates(10)
	want := []string{jobs[2].ID, jobs[1].ID, jobs[0].ID}
	if !slices.EqualFunc(got, want, func(c store.Candidate, id string) bool { return c.Video == id && c.ID == bulk.ID && c.User == "ada" }) {
		b.Errorf("candidates = %v, want the videos %v", got, want)
	}
	if got := b.candidates(10, store.UserKey{Project: "demo", User: "ada"}); len(got) != 0 {
		b.Errorf("candidates of a skipped user: %v", got)
	}
}

func longQueueHidesNobody(b *bundle) {
	ada := store.UserKey{Project: "demo", User: "ada"}
	b.running("ada", 500)
	b.now = b.now.Add(time.Second)
	b.running("bob", 3)
	b.now = b.now.Add(time.Second)
	b.running("eve", 3)
	b.now = b.now.Add(time.Second)
	b.running("bob", 3)
	if got := b.candidates(3); got[0].User != "ada" || got[2].User != "ada" {
		b.Errorf("with nobody skipped: %v, want ada's", got)
	}
	for _, limit := range []int{1, 4, 100} {
		var users []string
		for _, c := range b.candidates(limit, ada) {
			users = append(users, c.User)
		}
		want := []string{"bob", "bob", "bob", "eve", "eve", "eve", "bob", "bob", "bob"}
		if want = want[:min(limit, len(want))]; !slices.Equal(users, want) {
			b.Errorf("up to %d behind ada's: %v, want %v", limit, users, want)
		}
	}
	// One that waited for a time keeps its place among them.
	first := b.candidates(1, ada)[0]
	b.must(b.s.Park(b.ctx(), []store.VideoKey{first.VideoKey}, b.now.Add(time.Second), b.now))
	if got := b.candidates(1, ada)[0]; got.VideoKey == first.VideoKey {
		b.Errorf("%v is parked and may start", got)
	}
	b.now = b.now.Add(time.Second)
	if got := b.candidates(100, ada); got[0].VideoKey != first.VideoKey || len(got) != 9 {
		b.Errorf("first of %d is %v, want %v in its old place among 9", len(got), got[0], first)
	}
	if got := b.candidates(100, ada, store.UserKey{Project: "demo", User: "bob"}); len(got) != 3 || got[0].User != "eve" {
		b.Errorf("without ada and bob: %v, want eve's three", got)
	}
}

func claimOnce(b *bundle) {
	b.running("ada", 20)
	var mu sync.Mutex
	seen := map[string]int{}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 5 {
				candidates, err := b.s.Candidates(b.ctx(), store.Search{Limit: 4}, b.now)
				if err != nil {
					b.Error(err)
					return
				}
				var claims []store.Claim
				for _, c := range candidates {
					claims = append(claims, store.Claim{VideoKey: c.VideoKey, Row: c.Row, Lease: newID()})
				}
				leased, err := b.s.Claim(b.ctx(), claims, "w", b.now.Add(time.Minute), b.now)
				if err != nil {
					b.Error(err)
					return
				}
				mu.Lock()
				for _, l := range leased {
					seen[l.Video.Video]++
				}
				mu.Unlock()
			}
		})
	}
	group.Wait()
	for id, n := range seen {
		if n != 1 {
			b.Errorf("video job %s was leased %d times", id, n)
		}
	}
	if len(seen) != 20 {
		b.Errorf("%d of 20 were leased", len(seen))
	}
}

func oldLeaseChangesNothing(b *bundle) {
	bulk := b.running("ada", 1)
	old := b.claim(1)[0]
	b.now = b.now.Add(2 * time.Minute)
	if got := b.renew(old.Lease, 50); got != schedulerv1.LeaseStatus_LOST {
		b.Errorf("renewal of an expired lease: %v, want LOST", got)
	}
	n, err := b.s.Expire(b.ctx(), 10, b.now)
	b.must(err)
	if n != 1 {
		b.Fatalf("expired %d, want 1", n)
	}
	fresh := b.claim(1)[0]
	before := b.bulk(bulk.BulkKey).LastSequence
	b.wantErr(b.s.Complete(b.ctx(), old.Lease, result, b.now), store.ErrLeaseLost)
	_, err = b.s.Fail(b.ctx(), old.Lease, failure(schedulerv1.FailureClass_TRANSIENT), b.retryUpTo(3), b.now)
	b.wantErr(err, store.ErrLeaseLost)
	b.wantErr(b.s.Release(b.ctx(), old.Lease, b.now), store.ErrLeaseLost)
	if after := b.bulk(bulk.BulkKey).LastSequence; after != before {
		b.Errorf("the old lease wrote %d events", after-before)
	}
	b.must(b.s.Complete(b.ctx(), fresh.Lease, result, b.now))
	v := b.wantState(fresh.Video.VideoKey, state.Completed)
	if v.Attempt != 2 || len(v.Attempts) != 2 || v.Attempts[0].GetError() == nil || v.Attempts[1].GetError() != nil {
		b.Errorf("attempts = %v", v.Attempts)
	}
}

func completeRepeated(b *bundle) {
	bulk := b.running("ada", 1)
	l := b.claim(1)[0]
	b.renew(l.Lease, 10)
	b.now = b.now.Add(5 * time.Second)
	b.must(b.s.Complete(b.ctx(), l.Lease, result, b.now))
	done := b.wantBulk(bulk.BulkKey, state.BulkCompleted)
	b.must(b.s.Complete(b.ctx(), l.Lease, store.Result{VideoDuration: time.Hour}, b.now))
	v := b.wantState(l.Video.VideoKey, state.Completed)
	if len(v.Result.Artifacts) != 1 || v.Result.VideoDuration != result.VideoDuration {
		b.Errorf("the repeated report changed the result: %v", v.Result)
	}
	if got := b.bulk(bulk.BulkKey); got.LastSequence != done.LastSequence || got.RenderTime != 5*time.Second {
		b.Errorf("after the repeated report: sequence %d, render time %v; want %d, 5s", got.LastSequence, got.RenderTime, done.LastSequence)
	}
}

func failuresRetryThenDie(b *bundle) {
	bulk := b.running("ada", 1)
	for attempt := 1; attempt <= 3; attempt++ {
		l := b.claim(1)[0]
		to, err := b.s.Fail(b.ctx(), l.Lease, failure(schedulerv1.FailureClass_NETWORK), b.retryUpTo(3), b.now)
		b.must(err)
		if attempt == 3 {
			if to != state.Failed {
				b.Fatalf("after %d failures: %v, want FAILED", attempt, to)
			}
			break
		}
		if v := b.wantState(l.Video.VideoKey, state.Retrying); !v.Due.Equal(b.now.Add(time.Second)) || v.Error == nil {
			b.Errorf("due %v with error %v, want in a second, with one", v.Due, v.Error)
		}
		if got := b.candidates(1); len(got) != 0 {
			b.Error("a retry may start before its time")
		}
		at, ok, err := b.s.NextDue(b.ctx(), b.now)
		b.must(err)
		if !ok || !at.Equal(b.now.Add(time.Second)) {
			b.Errorf("next due %v, %v", at, ok)
		}
		b.now = b.now.Add(time.Second)
	}
	b.wantBulk(bulk.BulkKey, state.BulkCompleted)
	letters, err := b.s.ListDeadLetters(b.ctx(), store.LetterFilter{Project: "demo"}, store.LetterPlace{}, 10)
	b.must(err)
	if len(letters) != 1 || letters[0].Class != schedulerv1.FailureClass_NETWORK || len(letters[0].Video.Attempts) != 3 || letters[0].Video.Idea.GetTitle() == "" {
		b.Fatalf("dead letters = %+v", letters)
	}
	one, err := b.s.DeadLetter(b.ctx(), "demo", letters[0].Video.Video)
	b.must(err)
	if one.Video.VideoKey != letters[0].Video.VideoKey {
		b.Errorf("dead letter = %v", one.Video.VideoKey)
	}
}

func threeCrashes(b *bundle) {
	b.running("ada", 1)
	var k store.VideoKey
	for range store.MaxCrashes {
		k = b.claim(1)[0].Video.VideoKey
		b.now = b.now.Add(2 * time.Minute)
		_, err := b.s.Expire(b.ctx(), 10, b.now)
		b.must(err)
	}
	b.wantState(k, state.Failed)
	d, err := b.s.DeadLetter(b.ctx(), "demo", k.Video)
	b.must(err)
	if d.Class != schedulerv1.FailureClass_POISON {
		b.Errorf("class = %v, want POISON", d.Class)
	}
}

func releaseCostsNothing(b *bundle) {
	b.running("ada", 2)
	first := b.candidates(1)[0]
	l := b.claim(1)[0]
	b.now = b.now.Add(time.Second)
	b.must(b.s.Release(b.ctx(), l.Lease, b.now))
	if v := b.wantState(l.Video.VideoKey, state.Queued); v.Failures != 0 {
		b.Errorf("failures = %d, want 0", v.Failures)
	}
	if got := b.candidates(1)[0]; got.VideoKey != first.VideoKey {
		b.Errorf("after release %v is first, want %v in its old place", got, first)
	}
}
