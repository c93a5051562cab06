package storetest

import (
	"time"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

func pauseHolds(b *bundle) {
	bulk := b.running("ada", 2)
	l := b.claim(1)[0]
	_, err := b.s.PauseBulkJob(b.ctx(), store.Request{}, bulk.BulkKey, b.now)
	b.must(err)
	again, err := b.s.PauseBulkJob(b.ctx(), store.Request{}, bulk.BulkKey, b.now)
	b.must(err)
	if again.State != state.BulkPaused || again.Counts.Running != 0 || again.Counts.Pending != 2 {
		b.Errorf("paused: %v, %+v", again.State, again.Counts)
	}
	if got := b.renew(l.Lease, 1); got != schedulerv1.LeaseStatus_LOST {
		b.Errorf("renewal while paused: %v, want LOST", got)
	}
	if got := b.candidates(5); len(got) != 0 {
		b.Errorf("candidates while paused: %v", got)
	}
	_, err = b.s.ResumeBulkJob(b.ctx(), store.Request{}, bulk.BulkKey, b.now)
	b.must(err)
	b.wantBulk(bulk.BulkKey, state.BulkRunning)
	if got := b.candidates(5); len(got) != 2 {
		b.Errorf("%d candidates after resume, want 2", len(got))
	}

	// Paused before its sheet was read: after resume it is read.
	other := b.create("ada")
	lease := b.leaseImport()
	_, err = b.s.PauseBulkJob(b.ctx(), store.Request{}, other.BulkKey, b.now)
	b.must(err)
	b.wantErr(b.s.CompleteImport(b.ctx(), lease, &ingestv1.ImportReport{}, b.now), store.ErrLeaseLost)
	_, err = b.s.ResumeBulkJob(b.ctx(), store.Request{}, other.BulkKey, b.now)
	b.must(err)
	b.wantBulk(other.BulkKey, state.BulkPending)
	b.leaseImport()
}

func pauseEnds(b *bundle) {
	bulk := b.running("ada", 1)
	k := b.candidates(1)[0].VideoKey
	_, err := b.s.PauseBulkJob(b.ctx(), store.Request{}, bulk.BulkKey, b.now)
	b.must(err)
	_, err = b.s.CancelVideoJob(b.ctx(), store.Request{}, k, b.now)
	b.must(err)
	b.wantBulk(bulk.BulkKey, state.BulkCompleted)
	_, err = b.s.RetryVideoJob(b.ctx(), store.Request{}, k, b.now)
	b.must(err)
	b.wantBulk(bulk.BulkKey, state.BulkRunning)
	if len(b.claim(1)) != 1 {
		b.Error("a video job that was retried after the pause does not start")
	}
}

func cancelTells(b *bundle) {
	bulk := b.running("ada", 3)
	l := b.claim(2)
	b.must(b.s.Complete(b.ctx(), l[0].Lease, result, b.now))
	got, err := b.s.CancelBulkJob(b.ctx(), store.Request{}, bulk.BulkKey, b.now)
	b.must(err)
	if got.State != state.BulkCancelled || got.Counts.Cancelled != 2 || got.Counts.Completed != 1 || got.Ended.IsZero() {
		b.Errorf("cancelled: %v, %+v", got.State, got.Counts)
	}
	if v := b.renew(l[1].Lease, 1); v != schedulerv1.LeaseStatus_CANCEL {
		b.Errorf("renewal after cancel: %v, want CANCEL", v)
	}
	b.wantErr(b.s.Complete(b.ctx(), l[1].Lease, result, b.now), store.ErrLeaseLost)
	_, err = b.s.RetryBulkJob(b.ctx(), store.Request{}, bulk.BulkKey, b.now)
	b.wantConflict(err)

	single := b.running("ada", 1)
	v := b.candidates(1)[0].VideoKey
	_, err = b.s.CancelVideoJob(b.ctx(), store.Request{}, v, b.now)
	b.must(err)
	b.wantState(v, state.Cancelled)
	b.wantBulk(single.BulkKey, state.BulkCompleted)
	_, err = b.s.CancelBulkJob(b.ctx(), store.Request{}, single.BulkKey, b.now)
	b.wantConflict(err)
}

func retryStartsOver(b *bundle) {
	bulk := b.running("ada", 2)
	for _, l := range b.claim(2) {
		_, err := b.s.Fail(b.ctx(), l.Lease, failure(schedulerv1.FailureClass_PERMANENT), b.retryUpTo(0), b.now)
		b.must(err)
	}
	b.wantBulk(bulk.BulkKey, state.BulkCompleted)
	r := store.Request{Method: "RetryBulkJob", ID: "again", Hash: "h"}
	_, err := b.s.RetryBulkJob(b.ctx(), r, bulk.BulkKey, b.now)
	b.must(err)
	got := b.wantBulk(bulk.BulkKey, state.BulkRunning)
	if got.Counts.Pending != 2 || got.Counts.Failed != 0 || !got.Ended.IsZero() {
		b.Errorf("after retry: %+v, ended %v", got.Counts, got.Ended)
	}
	letters, err := b.s.ListDeadLetters(b.ctx(), store.LetterFilter{Project: "demo"}, store.LetterPlace{}, 10)
	b.must(err)
	if len(letters) != 0 {
		b.Errorf("%d dead letters after retry", len(letters))
	}
	_, err = b.s.RetryBulkJob(b.ctx(), r, bulk.BulkKey, b.now)
	b.must(err) // the same request once more changes nothing
	if after := b.bulk(bulk.BulkKey); after.LastSequence != got.LastSequence {
		b.Error("the repeated request changed something")
	}
	l := b.claim(1)[0]
	b.must(b.s.Complete(b.ctx(), l.Lease, result, b.now))
	_, err = b.s.RetryVideoJob(b.ctx(), store.Request{}, l.Video.VideoKey, b.now)
	b.wantConflict(err)
}

func parkWaits(b *bundle) {
	bulk := b.running("ada", 1)
	k := b.candidates(1)[0].VideoKey
	until := b.now.Add(7 * time.Second)
	b.must(b.s.Park(b.ctx(), []store.VideoKey{k}, until, b.now))
	if v := b.wantState(k, state.RateLimited); !v.Due.Equal(until) {
		b.Errorf("due %v, want %v", v.Due, until)
	}
	if got := b.bulk(bulk.BulkKey).Counts; got.RateLimited != 1 || got.Pending != 1 {
		b.Errorf("counts = %+v", got)
	}
	b.now = until.Add(-time.Millisecond)
	if len(b.candidates(1)) != 0 {
		b.Error("a parked job may start too early")
	}
	b.now = until
	if len(b.claim(1)) != 1 {
		b.Error("a parked job does not start at its time")
	}
	if got := b.bulk(bulk.BulkKey).Counts; got.RateLimited != 0 || got.Running != 1 {
		b.Errorf("counts = %+v", got)
	}
}

func eventsAgree(b *bundle) {
	bulk := b.running("ada", 5)
	leased := b.claim(4)
	b.must(b.s.Complete(b.ctx(), leased[0].Lease, result, b.now))
	_, err := b.s.Fail(b.ctx(), leased[1].Lease, failure(schedulerv1.FailureClass_PERMANENT), b.retryUpTo(0), b.now)
	b.must(err)
	b.must(b.s.Release(b.ctx(), leased[2].Lease, b.now))
	_, err = b.s.CancelVideoJob(b.ctx(), store.Request{}, leased[3].Video.VideoKey, b.now)
	b.must(err)

	states := map[string]state.Video{}
	for i, e := range b.events(bulk.BulkKey) {
		if e.GetSequence() != int64(i+1) {
			b.Fatalf("event %d has sequence %d", i+1, e.GetSequence())
		}
		if e.GetVideoJob() == "" {
			continue
		}
		if e.GetType() == schedulerv1.JobEvent_VIDEO_JOB_STATE_CHANGED && states[e.GetVideoJob()] != e.GetPreviousVideoJobState() {
			b.Errorf("event %d: was %v, says %v", i+1, states[e.GetVideoJob()], e.GetPreviousVideoJobState())
		}
		states[e.GetVideoJob()] = e.GetVideoJobState()
	}
	var replayed store.Counts
	for _, s := range states {
		replayed.Total++
		switch {
		case state.Waiting(s):
			replayed.Pending++
		case state.Running(s):
			replayed.Running++
		case s == state.Completed:
			replayed.Completed++
		case s == state.Failed:
			replayed.Failed++
		case s == state.Cancelled:
			replayed.Cancelled++
		}
	}
	if got := b.bulk(bulk.BulkKey); got.Counts != replayed || got.LastSequence != int64(len(b.events(bulk.BulkKey))) {
		b.Errorf("counters say %+v, the history says %+v", got.Counts, replayed)
	}
}

func progressCoalesces(b *bundle) {
	bulk := b.running("ada", 1)
	l := b.claim(1)[0]
	b.renew(l.Lease, 1) // DISPATCHED -> IN_PROGRESS
	before := b.bulk(bulk.BulkKey).LastSequence
	for i := range 10 {
		b.now = b.now.Add(200 * time.Millisecond)
		b.renew(l.Lease, float64(2+i))
	}
	if got := b.bulk(bulk.BulkKey); got.LastSequence-before != 2 || got.RunningPercent != 11 {
		b.Errorf("%d events in two seconds, percent %v; want 2, 11", got.LastSequence-before, got.RunningPercent)
	}
	b.renew(l.Lease, 3)
	if got := b.video(l.Video.VideoKey); got.Progress.GetPercent() != 11 {
		b.Errorf("percent ran back to %v", got.Progress.GetPercent())
	}
}

func unknownNames(b *bundle) {
	k := store.BulkKey{Project: "demo", ID: newID()}
	_, err := b.s.BulkJob(b.ctx(), k)
	b.wantErr(err, store.ErrNotFound)
	_, err = b.s.VideoJob(b.ctx(), store.VideoKey{BulkKey: k, Video: newID()})
	b.wantErr(err, store.ErrNotFound)
	_, err = b.s.PauseBulkJob(b.ctx(), store.Request{}, k, b.now)
	b.wantErr(err, store.ErrNotFound)
	_, err = b.s.DeadLetter(b.ctx(), "demo", newID())
	b.wantErr(err, store.ErrNotFound)
	for _, id := range []string{"", "x", "\x00", newID() + "0"} {
		odd := store.BulkKey{Project: "demo", ID: id}
		_, err = b.s.BulkJob(b.ctx(), odd)
		b.wantErr(err, store.ErrNotFound)
		_, err = b.s.CancelBulkJob(b.ctx(), store.Request{}, odd, b.now)
		b.wantErr(err, store.ErrNotFound)
		_, err = b.s.RetryVideoJob(b.ctx(), store.Request{}, store.VideoKey{BulkKey: k, Video: id}, b.now)
		b.wantErr(err, store.ErrNotFound)
		_, err = b.s.DeadLetter(b.ctx(), "demo", id)
		b.wantErr(err, store.ErrNotFound)
		b.wantErr(b.s.Complete(b.ctx(), id, result, b.now), store.ErrLeaseLost)
	}
	bulk := b.create("ada")
	_, err = b.s.BulkJob(b.ctx(), store.BulkKey{Project: "other", ID: bulk.ID})
	b.wantErr(err, store.ErrNotFound) // another project's
}
