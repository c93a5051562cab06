package storetest

import (
	"slices"
	"time"

	statuspb "google.golang.org/genproto/googleapis/rpc/status"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

func failedImportIsRetried(b *bundle) {
	bulk := b.create("ada")
	lease, rows := b.leaseImport(), ideas(5)
	_, err := b.s.AppendVideoJobs(b.ctx(), lease, rows[:4], place, b.now)
	b.must(err)
	key := func(i int) store.VideoKey { return store.VideoKey{BulkKey: bulk.BulkKey, Video: rows[i].ID} }
	l := b.claim(2)
	b.must(b.s.Complete(b.ctx(), l[0].Lease, result, b.now))
	_, err = b.s.CancelVideoJob(b.ctx(), store.Request{}, key(2), b.now)
	b.must(err)
	b.must(b.s.FailImport(b.ctx(), lease, nil, &statuspb.Status{Code: 14, Message: "the quota is used up"}, b.now))
	b.wantBulk(bulk.BulkKey, state.BulkFailed)
	for i, why := range map[int]string{1: "the quota is used up", 2: "", 3: "the quota is used up"} {
		if v := b.wantState(key(i), state.Cancelled); v.Error.GetMessage() != why {
			b.Errorf("video job %d was cancelled by %q, want %q", i, v.Error.GetMessage(), why)
		}
	}

	b.now = b.now.Add(time.Minute)
	_, err = b.s.RetryBulkJob(b.ctx(), store.Request{}, bulk.BulkKey, b.now)
	b.must(err)
	b.wantBulk(bulk.BulkKey, state.BulkPending)
	lease = b.leaseImport()
	for i := range rows {
		rows[i].ID = newID() // as it is read again
	}
	n, err := b.s.AppendVideoJobs(b.ctx(), lease, rows, place, b.now)
	b.must(err)
	b.must(b.s.CompleteImport(b.ctx(), lease, &ingestv1.ImportReport{}, b.now))
	got := b.wantBulk(bulk.BulkKey, state.BulkRunning)
	if want := (store.Counts{Total: 5, Pending: 3, Completed: 1, Cancelled: 1}); n != 1 || got.Counts != want {
		b.Errorf("appended %d, then %+v; want 1, %+v", n, got.Counts, want)
	}
	for _, l := range b.claim(5) {
		b.must(b.s.Complete(b.ctx(), l.Lease, result, b.now))
	}
	if got := b.wantBulk(bulk.BulkKey, state.BulkCompleted).Counts; got.Completed != 4 {
		b.Errorf("at the end: %+v", got)
	}
	b.wantGapFree(bulk.BulkKey)
}

// findingsAreDeleted has the file with an import's findings deleted when another import takes its place, and with the
// bulk job; one elsewhere never.
func findingsAreDeleted(b *bundle) {
	bulk := b.create("ada")
	end := func(key string) *ingestv1.ImportReport { return &ingestv1.ImportReport{FindingsBlobKey: key} }
	gone := func(want ...string) {
		b.Helper()
		keys, err := b.s.LeaseBlobs(b.ctx(), 10, b.now.Add(time.Hour), b.now)
		b.must(err)
		if !slices.Equal(keys, want) {
			b.Errorf("to delete are %q, want %q", keys, want)
		}
		b.must(b.s.ConfirmBlobs(b.ctx(), keys))
	}
	first, second := bulk.Name()+"/importFindings/a", bulk.Name()+"/importFindings/b"
	b.must(b.s.FailImport(b.ctx(), b.leaseImport(), end(first), &statuspb.Status{Code: 9, Message: "strict"}, b.now))
	gone()
	for _, next := range []struct {
		key  string
		gone []string
	}{
		{second, []string{first}},
		{"projects/demo/else", []string{second}},
		{bulk.Name() + "/../else", nil},
		{second, nil},
	} {
		_, err := b.s.RetryBulkJob(b.ctx(), store.Request{}, bulk.BulkKey, b.now)
		b.must(err)
		b.must(b.s.FailImport(b.ctx(), b.leaseImport(), end(next.key), &statuspb.Status{Code: 9, Message: "strict"}, b.now))
		gone(next.gone...)
	}
	b.must(b.s.DeleteBulkJob(b.ctx(), store.Request{}, bulk.BulkKey, b.now))
	gone(second)
}

// allOfALarge has more video jobs than are in memory at once when all of them change.
func allOfALarge(b *bundle) {
	const n, running = 2100, 1050
	bulk := b.create("ada")
	lease := b.leaseImport()
	_, err := b.s.AppendVideoJobs(b.ctx(), lease, ideas(n), place, b.now)
	b.must(err)
	want := func(did string, got store.Bulk, err error, to state.Bulk, counts store.Counts) {
		b.Helper()
		b.must(err)
		if counts.Total = n; got.State != to || got.Counts != counts {
			b.Errorf("%s: %v with %+v, want %v with %+v", did, got.State, got.Counts, to, counts)
		}
	}
	b.claim(running)
	got, err := b.s.PauseBulkJob(b.ctx(), store.Request{}, bulk.BulkKey, b.now)
	want("paused", got, err, state.BulkPaused, store.Counts{Pending: n})
	if got := b.candidates(5); len(got) != 0 {
		b.Errorf("%d candidates while paused", len(got))
	}
	got, err = b.s.ResumeBulkJob(b.ctx(), store.Request{}, bulk.BulkKey, b.now)
	want("resumed", got, err, state.BulkPending, store.Counts{Pending: n})
	lease = b.leaseImport()
	b.claim(running)
	b.must(b.s.FailImport(b.ctx(), lease, nil, &statuspb.Status{Code: 14}, b.now))
	want("failed", b.bulk(bulk.BulkKey), nil, state.BulkFailed, store.Counts{Cancelled: n})
	got, err = b.s.RetryBulkJob(b.ctx(), store.Request{}, bulk.BulkKey, b.now)
	want("tried again", got, err, state.BulkPending, store.Counts{Pending: n})
	b.must(b.s.CompleteImport(b.ctx(), b.leaseImport(), &ingestv1.ImportReport{}, b.now))
	for _, l := range b.claim(3) {
		_, err := b.s.Fail(b.ctx(), l.Lease, failure(0), b.retryUpTo(0), b.now)
		b.must(err)
	}
	got, err = b.s.RetryBulkJob(b.ctx(), store.Request{}, bulk.BulkKey, b.now)
	want("failures tried again", got, err, state.BulkRunning, store.Counts{Pending: n})
	b.claim(running)
	got, err = b.s.CancelBulkJob(b.ctx(), store.Request{}, bulk.BulkKey, b.now)
	want("cancelled", got, err, state.BulkCancelled, store.Counts{Cancelled: n})
	b.wantGapFree(bulk.BulkKey)
}

// wantGapFree wants a history without a gap, up to its last event.
func (b *bundle) wantGapFree(k store.BulkKey) {
	b.Helper()
	var last int64
	for {
		events, err := b.s.Events(b.ctx(), k, last, 10000)
		b.must(err)
		if len(events) == 0 {
			break
		}
		for _, e := range events {
			if last++; e.GetSequence() != last {
				b.Fatalf("event %d has sequence %d", last, e.GetSequence())
			}
		}
	}
	if want := b.bulk(k).LastSequence; last != want {
		b.Errorf("the last event is %d, want %d", last, want)
	}
}
