package scheduler

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/durationpb"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
	"github.com/sheetreel/sheetreel/services/scheduler/store/sqlite"
)

// keeper is a scheduler on a real store with a clock of its own.
type keeper struct {
	*testing.T
	*Service
	clock time.Time
}

func newKeeper(t *testing.T, keep Keep) *keeper {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "test.db"), ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	s, err := New(Config{LeaseDuration: time.Minute, Keep: keep}, Deps{Store: db, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	k := &keeper{t, s, time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)}
	s.now = func() time.Time { return k.clock }
	return k
}

func (k *keeper) must(err error) {
	k.Helper()
	if err != nil {
		k.Fatal(err)
	}
}

func newUUID() string { return uuid.Must(uuid.NewV7()).String() }

// bulk makes a bulk job with a video job, which reports progress and completes.
func (k *keeper) bulk() store.BulkKey {
	k.Helper()
	key := store.BulkKey{Project: "demo", ID: newUUID()}
	_, _, err := k.store.CreateBulkJob(k.Context(), store.Request{}, store.Bulk{BulkKey: key, User: "ada", Spec: &schedulerv1.BulkJob{}}, k.clock)
	k.must(err)
	lease := newUUID()
	_, err = k.store.LeaseImport(k.Context(), store.NewLease{ID: lease, Worker: "reader", Until: k.clock.Add(time.Minute)}, k.clock)
	k.must(err)
	place := func(_ store.Bulk, v *store.NewVideo, now time.Time) { v.SortKey, v.MaxAttempts = now.UnixMilli(), 3 }
	_, err = k.store.AppendVideoJobs(k.Context(), lease, []store.NewVideo{{ID: newUUID(), Idea: &ingestv1.Idea{RowKey: "a", Title: "A"}}}, place, k.clock)
	k.must(err)
	k.must(k.store.CompleteImport(k.Context(), lease, &ingestv1.ImportReport{}, k.clock))
	found, err := k.store.Candidates(k.Context(), store.Search{Limit: 1}, k.clock)
	k.must(err)
	leased, err := k.store.Claim(k.Context(), []store.Claim{{VideoKey: found[0].VideoKey, Lease: newUUID()}}, "w", k.clock.Add(time.Minute), k.clock)
	k.must(err)
	for i := range 5 {
		k.clock = k.clock.Add(2 * time.Second)
		_, err = k.store.Renew(k.Context(), []store.Renewal{{Lease: leased[0].Lease, Progress: &schedulerv1.RenderProgress{Percent: float64(10 * i)}}}, k.clock.Add(time.Minute), k.clock)
		k.must(err)
	}
	file := fmt.Sprintf("%s/attempt/video.mp4", found[0].Name())
	k.must(k.store.Complete(k.Context(), leased[0].Lease, store.Result{Artifacts: []*schedulerv1.Artifact{{FileName: "video.mp4", BlobKey: file}}}, k.clock))
	return key
}

func (k *keeper) all() (keys []store.BulkKey) {
	k.Helper()
	bulks, err := k.store.ListBulkJobs(k.Context(), "demo", "", 1000)
	k.must(err)
	for _, b := range bulks {
		keys = append(keys, b.BulkKey)
	}
	return keys
}

func TestRetention(t *testing.T) {
	k := newKeeper(t, Keep{KeepFinished: 24 * time.Hour})
	old := k.bulk()
	k.clock = k.clock.Add(time.Hour)
	young := k.bulk()
	for _, step := range []struct {
		wait time.Duration
		left []store.BulkKey
	}{
		{22 * time.Hour, []store.BulkKey{young, old}},
		{time.Hour, []store.BulkKey{young}},
		{time.Hour + time.Second, nil},
	} {
		k.clock = k.clock.Add(step.wait)
		k.must(k.retireOnce(t.Context()))
		if got := k.all(); !slices.Equal(got, step.left) {
			t.Errorf("after %v more: %v, want %v", step.wait, got, step.left)
		}
	}
	k.must(k.pruneOnce(t.Context()))
	keys, err := k.LeaseBlobDeletions(t.Context(), &schedulerv1.LeaseBlobDeletionsRequest{MaxCount: 10})
	k.must(err)
	if len(keys.GetBlobKeys()) != 2 {
		t.Errorf("files to delete: %v, want both videos", keys.GetBlobKeys())
	}
}

func TestRetentionForEver(t *testing.T) {
	k := newKeeper(t, Keep{})
	key := k.bulk()
	k.clock = k.clock.AddDate(100, 0, 0)
	k.must(k.retireOnce(t.Context()))
	k.must(k.compactOnce(t.Context()))
	if got := k.all(); len(got) != 1 {
		t.Errorf("left: %v, want the one", got)
	}
	if n := k.progressEvents(key); n == 0 {
		t.Error("its progress is gone")
	}
}

func (k *keeper) progressEvents(key store.BulkKey) (n int) {
	k.Helper()
	events, err := k.store.Events(k.Context(), key, 0, 1000)
	k.must(err)
	for _, e := range events {
		if e.GetType() == schedulerv1.JobEvent_VIDEO_JOB_PROGRESS {
			n++
		}
	}
	return n
}

func TestCompactionWaits(t *testing.T) {
	k := newKeeper(t, Keep{KeepProgress: time.Hour})
	key := k.bulk()
	before := k.progressEvents(key)
	k.clock = k.clock.Add(time.Hour)
	k.must(k.compactOnce(t.Context()))
	if n := k.progressEvents(key); n != before || n == 0 {
		t.Errorf("%d progress events after an hour, want all %d", n, before)
	}
	k.clock = k.clock.Add(time.Millisecond)
	k.must(k.compactOnce(t.Context()))
	if n := k.progressEvents(key); n != 0 {
		t.Errorf("%d progress events after more than an hour", n)
	}
}

func TestDeletionsAreForgotten(t *testing.T) {
	k := newKeeper(t, Keep{})
	key := k.bulk()
	k.must(k.store.DeleteBulkJob(t.Context(), store.Request{}, key, k.clock))
	k.must(k.pruneOnce(t.Context()))
	for _, step := range []struct {
		wait time.Duration
		left int
	}{{store.DeletionRetention, 1}, {time.Millisecond, 0}} {
		k.clock = k.clock.Add(step.wait)
		k.must(k.forgetDeletionsOnce(t.Context()))
		events, err := k.store.Events(t.Context(), key, 0, 10)
		k.must(err)
		if len(events) != step.left {
			t.Errorf("after %v more: %d events, want %d", step.wait, len(events), step.left)
		}
	}
}

func TestBlobDeletionsAreWaitedFor(t *testing.T) {
	k := newKeeper(t, Keep{})
	key := k.bulk()
	lease := func(wait time.Duration) []string {
		out, err := k.LeaseBlobDeletions(t.Context(), &schedulerv1.LeaseBlobDeletionsRequest{MaxCount: 10, WaitDuration: durationpb.New(wait)})
		if err != nil {
			t.Error(err)
		}
		return out.GetBlobKeys()
	}
	if got := lease(0); len(got) != 0 {
		t.Errorf("nothing is deleted, got %v", got)
	}
	waiting := make(chan []string)
	go func() { waiting <- lease(time.Minute) }()
	k.must(k.store.DeleteBulkJob(t.Context(), store.Request{}, key, k.clock))
	k.must(k.pruneOnce(t.Context()))
	got := <-waiting
	if len(got) != 1 {
		t.Errorf("files: %v, want one", got)
	}
	if again := lease(0); len(again) != 0 {
		t.Errorf("leased twice: %v", again)
	}
	_, err := k.ConfirmBlobDeletions(t.Context(), &schedulerv1.ConfirmBlobDeletionsRequest{BlobKeys: got})
	k.must(err)
	k.clock = k.clock.Add(2 * blobLease)
	if again := lease(0); len(again) != 0 {
		t.Errorf("given again after it was confirmed: %v", again)
	}
}

func TestKeepIsChecked(t *testing.T) {
	for _, keep := range []Keep{{KeepFinished: -1}, {KeepProgress: -1}} {
		if _, err := New(Config{LeaseDuration: time.Minute, Keep: keep}, Deps{}); err == nil {
			t.Errorf("%+v is taken", keep)
		}
	}
}
