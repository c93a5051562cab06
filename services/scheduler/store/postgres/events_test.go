package postgres

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/encoding/protodelim"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/pg/pgtest"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
)

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// running makes a RUNNING bulk job with n queued video jobs.
func running(t *testing.T, s *Store, n int, now time.Time) store.BulkKey {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	k := store.BulkKey{Project: "demo", ID: newID()}
	_, _, err := s.CreateBulkJob(t.Context(), store.Request{}, store.Bulk{BulkKey: k, User: "ada", Spec: &schedulerv1.BulkJob{}}, now)
	must(err)
	lease := newID()
	_, err = s.LeaseImport(t.Context(), store.NewLease{ID: lease, Worker: "reader", Until: now.Add(time.Minute)}, now)
	must(err)
	var jobs []store.NewVideo
	for i := range n {
		jobs = append(jobs, store.NewVideo{ID: newID(), Idea: &ingestv1.Idea{RowKey: fmt.Sprint(i), RowNumber: int32(i + 2), Title: fmt.Sprint("Video ", i)}})
	}
	place := func(_ store.Bulk, v *store.NewVideo, now time.Time) { v.SortKey, v.MaxAttempts = now.UnixMilli(), 3 }
	_, err = s.AppendVideoJobs(t.Context(), lease, jobs, place, now)
	must(err)
	must(s.CompleteImport(t.Context(), lease, &ingestv1.ImportReport{}, now))
	return k
}

// lease claims up to n candidates, and gives up the ones that another one got.
func lease(ctx context.Context, s *Store, n int, now time.Time) ([]store.Leased, error) {
	candidates, err := s.Candidates(ctx, store.Search{Limit: n}, now)
	if err != nil {
		return nil, err
	}
	claims := make([]store.Claim, len(candidates))
	for i, c := range candidates {
		claims[i] = store.Claim{VideoKey: c.VideoKey, Lease: newID()}
	}
	return s.Claim(ctx, claims, "worker", now.Add(time.Minute), now)
}

// tail reads the history from after on, and fails when it has a gap. It returns the last number.
func tail(t *testing.T, s *Store, k store.BulkKey, after int64) int64 {
	t.Helper()
	events, err := s.Events(t.Context(), k, after, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if e.GetSequence() != after+1 {
			t.Fatalf("after event %d came %d: a reader that goes on from there has missed one", after, e.GetSequence())
		}
		after = e.GetSequence()
	}
	return after
}

// A transaction that has its numbers but not yet committed must hold up those after it.
func TestReaderMissesNothingOfInterleavedTransactions(t *testing.T) {
	now := time.Now()
	s := open(t, pgtest.Schema(t))
	k := running(t, s, 2, now)
	before := tail(t, s, k, 0)

	written, commit := make(chan struct{}), make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() {
		err := database{s.db}.Write(context.Background(), func(ctx context.Context, tx ledger.Tx) error {
			bulks, err := tx.Bulks(ctx, []store.BulkKey{k})
			if err != nil {
				return err
			}
			b := bulks[0]
			b.LastSequence++
			err = tx.Write(ctx, &ledger.Changes{Now: now, Bulks: bulks, Events: []*ledger.EventPage{{BulkKey: k, First: b.LastSequence, Last: b.LastSequence, Raw: event(b.LastSequence)}}})
			close(written)
			<-commit
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-written
	group.Go(func() {
		if _, err := lease(context.Background(), s, 1, now); err != nil {
			t.Error(err)
		}
	})
	waitForLock(t, s)
	if got := tail(t, s, k, before); got != before {
		t.Errorf("read up to %d before anything was committed, want %d", got, before)
	}
	close(commit)
	group.Wait()
	if got := tail(t, s, k, before); got != before+2 {
		t.Errorf("read up to %d, want both events up to %d", got, before+2)
	}
}

// event is the stored form of an event with a number.
func event(sequence int64) []byte {
	var b bytes.Buffer
	if _, err := protodelim.MarshalTo(&b, &schedulerv1.JobEvent{Sequence: sequence}); err != nil {
		panic(err) // a number always marshals
	}
	return b.Bytes()
}

// waitForLock returns when a statement in the store's schema waits for another transaction.
func waitForLock(t *testing.T, s *Store) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for blocked := false; !blocked; {
		err := s.db.Pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_locks h USING (transactionid)
			WHERE NOT l.granted AND h.granted AND h.pid IN (SELECT pid FROM pg_locks WHERE relation = 'bulk_jobs'::regclass))`).Scan(&blocked)
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestReaderMissesNothingWhileReplicasWrite(t *testing.T) {
	const jobs = 60
	now := time.Now()
	dsn := pgtest.Schema(t)
	replicas := []*Store{open(t, dsn), open(t, dsn), open(t, dsn)}
	k := running(t, replicas[0], jobs, now)
	var group sync.WaitGroup
	for _, s := range replicas {
		for range 2 {
			group.Go(func() { drain(t, s, now) })
		}
	}
	done := make(chan struct{})
	go func() { group.Wait(); close(done) }()
	var last int64
	for ended := false; !ended; {
		select {
		case <-done:
			ended = true
		default:
		}
		last = tail(t, replicas[1], k, last)
	}
	b, err := replicas[2].BulkJob(t.Context(), k)
	if err != nil {
		t.Fatal(err)
	}
	if b.State != schedulerv1.BulkJob_COMPLETED || b.Counts.Completed != jobs || b.LastSequence != last {
		t.Errorf("%v with %d completed at event %d, read %d; want COMPLETED, %d, the same", b.State, b.Counts.Completed, b.LastSequence, last, jobs)
	}
}

// drain leases and completes until nothing is left.
func drain(t *testing.T, s *Store, now time.Time) {
	for {
		candidates, err := s.Candidates(context.Background(), store.Search{Limit: 1}, now)
		if err != nil {
			t.Error(err)
			return
		}
		if len(candidates) == 0 {
			return
		}
		leased, err := lease(context.Background(), s, 3, now)
		if err != nil {
			t.Error(err)
			return
		}
		for _, l := range leased {
			if err := s.Complete(context.Background(), l.Lease, store.Result{}, now); err != nil {
				t.Error(err)
				return
			}
		}
	}
}
