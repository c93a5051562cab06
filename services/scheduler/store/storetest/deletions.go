package storetest

import (
	"slices"
	"time"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// finished makes a COMPLETED bulk job of n videos with files and one dead letter, and returns the keys of the files.
func (b *bundle) finished(n int) (bulk store.Bulk, dead store.VideoKey, files []string) {
	b.Helper()
	bulk = b.running("ada", n+1)
	leased := b.claim(n + 1)
	for i, l := range leased {
		if i == 0 {
			dead = l.Video.VideoKey
			_, err := b.s.Fail(b.ctx(), l.Lease, failure(schedulerv1.FailureClass_PERMANENT), b.retryUpTo(0), b.now)
			b.must(err)
			continue
		}
		folder := l.Video.Name() + "/attempt/"
		files = append(files, folder+"video.mp4", folder+"poster.jpg")
		b.must(b.s.Complete(b.ctx(), l.Lease, store.Result{Artifacts: []*schedulerv1.Artifact{
			{FileName: "video.mp4", BlobKey: folder + "video.mp4"},
			{FileName: "poster.jpg", BlobKey: folder + "poster.jpg"},
			{FileName: "else", BlobKey: "projects/demo/not-of-this-job"},
			{FileName: "out", BlobKey: folder + "../../else"},
			{FileName: "none"},
		}}, b.now))
	}
	slices.Sort(files)
	return b.wantBulk(bulk.BulkKey, state.BulkCompleted), dead, files
}

// prune prunes until nothing is left, and returns how many steps that took.
func (b *bundle) prune(limit int) (steps int) {
	b.Helper()
	for {
		more, err := b.s.Prune(b.ctx(), limit, b.now)
		b.must(err)
		if !more {
			return steps
		}
		steps++
	}
}

// wantGone fails unless nothing of a bulk job is found.
func (b *bundle) wantGone(k store.BulkKey, dead store.VideoKey) {
	b.Helper()
	_, err := b.s.BulkJob(b.ctx(), k)
	b.wantErr(err, store.ErrNotFound)
	_, err = b.s.VideoJob(b.ctx(), dead)
	b.wantErr(err, store.ErrNotFound)
	_, err = b.s.RetryVideoJob(b.ctx(), store.Request{}, dead, b.now)
	b.wantErr(err, store.ErrNotFound)
	_, _, err = b.s.ListVideoJobs(b.ctx(), k, 0, 10)
	b.wantErr(err, store.ErrNotFound)
	_, err = b.s.RetryBulkJob(b.ctx(), store.Request{}, k, b.now)
	b.wantErr(err, store.ErrNotFound)
	_, err = b.s.DeadLetter(b.ctx(), "demo", dead.Video)
	b.wantErr(err, store.ErrNotFound)
	bulks, err := b.s.ListBulkJobs(b.ctx(), "demo", "", 10)
	b.must(err)
	if slices.ContainsFunc(bulks, func(o store.Bulk) bool { return o.BulkKey == k }) {
		b.Error("it is still listed")
	}
}

func deletion(b *bundle) {
	other := b.running("bob", 1)
	b.must(b.s.Complete(b.ctx(), b.claim(1)[0].Lease, result, b.now))
	bulk, dead, files := b.finished(5)
	place, err := b.s.ProjectEnd(b.ctx(), "demo")
	b.must(err)
	r := store.Request{Method: "DeleteBulkJob", ID: "once", Hash: "h"}
	b.must(b.s.DeleteBulkJob(b.ctx(), r, bulk.BulkKey, b.now))
	b.wantGone(bulk.BulkKey, dead)
	b.must(b.s.DeleteBulkJob(b.ctx(), r, bulk.BulkKey, b.now)) // the same request once more
	b.wantErr(b.s.DeleteBulkJob(b.ctx(), store.Request{}, bulk.BulkKey, b.now), store.ErrNotFound)

	if keys, err := b.s.LeaseBlobs(b.ctx(), 100, b.now.Add(time.Minute), b.now); err != nil || len(keys) != 0 {
		b.Errorf("files before pruning: %v, %v", keys, err)
	}
	if steps := b.prune(2); steps < 4 {
		b.Errorf("pruned 6 video jobs by 2 in %d steps", steps)
	}
	b.wantGone(bulk.BulkKey, dead)
	b.wantBulk(other.BulkKey, state.BulkCompleted)
	if got := len(b.events(other.BulkKey)); int64(got) != b.bulk(other.BulkKey).LastSequence {
		b.Errorf("%d events of the other one are left", got)
	}

	// The last event is kept for those who watch the project.
	deleted := func() bool {
		last := map[string]int64{bulk.Name(): bulk.LastSequence, other.Name(): b.bulk(other.BulkKey).LastSequence}
		events, _ := b.projectEvents(place, last)
		return len(events) > 0 && events[len(events)-1].GetType() == schedulerv1.JobEvent_BULK_JOB_DELETED && events[len(events)-1].GetBulkJob() == bulk.Name()
	}
	if !deleted() {
		b.Error("a watch of the project does not hear of the deletion")
	}
	if left := b.events(bulk.BulkKey); len(left) != 1 {
		b.Errorf("%d events are left, want the last one", len(left))
	}
	if n, err := b.s.ForgetDeletions(b.ctx(), b.now, 10); err != nil || n != 0 {
		b.Errorf("forgot %d deletions too early, %v", n, err)
	}
	if n, err := b.s.ForgetDeletions(b.ctx(), b.now.Add(time.Millisecond), 10); err != nil || n != 1 {
		b.Errorf("forgot %d deletions, %v; want 1", n, err)
	}
	if left := b.events(bulk.BulkKey); len(left) != 0 || deleted() {
		b.Errorf("%d events are left, want none", len(left))
	}

	// Its files are given to one at a time, and again after a while.
	keys, err := b.s.LeaseBlobs(b.ctx(), 4, b.now.Add(time.Minute), b.now)
	b.must(err)
	more, err := b.s.LeaseBlobs(b.ctx(), 100, b.now.Add(time.Minute), b.now)
	b.must(err)
	all := slices.Sorted(slices.Values(append(keys, more...)))
	if len(keys) != 4 || !slices.Equal(all, files) {
		b.Errorf("files to delete: %v, want %v", all, files)
	}
	b.must(b.s.ConfirmBlobs(b.ctx(), append(keys, "unknown")))
	b.now = b.now.Add(time.Minute)
	again, err := b.s.LeaseBlobs(b.ctx(), 100, b.now.Add(time.Minute), b.now)
	b.must(err)
	if !slices.Equal(slices.Sorted(slices.Values(again)), slices.Sorted(slices.Values(more))) {
		b.Errorf("after a minute: %v, want %v", again, more)
	}
}

func deletionRefused(b *bundle) {
	bulk := b.running("ada", 1)
	b.wantConflict(b.s.DeleteBulkJob(b.ctx(), store.Request{}, bulk.BulkKey, b.now))
	_, err := b.s.PauseBulkJob(b.ctx(), store.Request{}, bulk.BulkKey, b.now)
	b.must(err)
	b.wantConflict(b.s.DeleteBulkJob(b.ctx(), store.Request{}, bulk.BulkKey, b.now))
	if b.prune(10) != 0 {
		b.Error("something was pruned")
	}
	_, err = b.s.CancelBulkJob(b.ctx(), store.Request{}, bulk.BulkKey, b.now)
	b.must(err)
	b.must(b.s.DeleteBulkJob(b.ctx(), store.Request{}, bulk.BulkKey, b.now))
	b.prune(10)
	b.wantErr(b.s.DeleteBulkJob(b.ctx(), store.Request{}, store.BulkKey{Project: "demo", ID: "x"}, b.now), store.ErrNotFound)
}

func endedBefore(b *bundle) {
	first, _, _ := b.finished(1)
	b.now = b.now.Add(time.Hour)
	second, _, _ := b.finished(1)
	b.running("ada", 1)
	for _, want := range []struct {
		before time.Time
		limit  int
		keys   []store.BulkKey
	}{
		{first.Ended, 10, nil},
		{second.Ended, 10, []store.BulkKey{first.BulkKey}},
		{b.now.Add(time.Hour), 10, []store.BulkKey{first.BulkKey, second.BulkKey}},
		{b.now.Add(time.Hour), 1, []store.BulkKey{first.BulkKey}},
	} {
		keys, err := b.s.EndedBefore(b.ctx(), want.before, want.limit)
		b.must(err)
		if !slices.Equal(keys, want.keys) {
			b.Errorf("ended before %v, at most %d: %v, want %v", want.before, want.limit, keys, want.keys)
		}
	}
}
