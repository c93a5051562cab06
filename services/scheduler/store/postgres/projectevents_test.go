package postgres

import (
	"context"
	"sync"
	"testing"
	"time"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/pg/pgtest"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
)

// follower reads the history of a project on and on, and notes the last number of each bulk job.
type follower struct {
	*testing.T
	s     *Store
	place store.ProjectPlace
	last  map[string]int64
}

func follow(t *testing.T, s *Store) *follower {
	t.Helper()
	place, err := s.ProjectEnd(t.Context(), "demo")
	if err != nil {
		t.Fatal(err)
	}
	return &follower{t, s, place, map[string]int64{}}
}

// read reads what is there, in steps as small as can be, and returns how many events came, and whether more are held.
func (f *follower) read() (n int, held bool) {
	f.Helper()
	for {
		got, err := f.s.ProjectEvents(f.Context(), "demo", f.place, 1)
		if err != nil {
			f.Fatal(err)
		}
		f.place = got.Next
		if len(got.Events) == 0 {
			return n, got.Held
		}
		n += len(got.Events)
		for _, e := range got.Events {
			if last, ok := f.last[e.GetBulkJob()]; ok && e.GetSequence() != last+1 {
				f.Fatalf("%s: after event %d came %d", e.GetBulkJob(), last, e.GetSequence())
			}
			f.last[e.GetBulkJob()] = e.GetSequence()
		}
	}
}

// write appends an event to bulk jobs, in a transaction that waits before each: it takes one from steps.
func write(t *testing.T, s *Store, steps <-chan struct{}, done chan<- struct{}, keys ...store.BulkKey) {
	err := database{s.db}.Write(context.Background(), func(ctx context.Context, tx ledger.Tx) error {
		for _, k := range keys {
			<-steps
			bulks, err := tx.Bulks(ctx, []store.BulkKey{k})
			if err != nil {
				return err
			}
			b := bulks[0]
			b.LastSequence++
			err = tx.Write(ctx, &ledger.Changes{Now: time.Now(), Bulks: bulks, Events: []*ledger.EventPage{
				{BulkKey: k, First: b.LastSequence, Last: b.LastSequence, Raw: event(b.LastSequence)},
			}})
			if err != nil {
				return err
			}
			done <- struct{}{}
		}
		<-steps
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	done <- struct{}{}
}

// The older transaction commits last: a reader that had gone past it would have missed its event.
func TestProjectWatchWaitsForTheOlderTransaction(t *testing.T) {
	now := time.Now()
	s := open(t, pgtest.Schema(t))
	one, two := running(t, s, 1, now), running(t, s, 1, now)
	f := follow(t, s)
	steps, done := make(chan struct{}), make(chan struct{})
	go write(t, s, steps, done, one)
	steps <- struct{}{}
	<-done // the older one has written

	if _, err := s.PauseBulkJob(t.Context(), store.Request{}, two, now); err != nil { // the younger one commits
		t.Fatal(err)
	}
	if n, held := f.read(); n != 0 || !held {
		t.Errorf("%d events, held %v; want none yet, and to hear that there are some", n, held)
	}
	steps <- struct{}{}
	<-done
	if n, held := f.read(); n != 2 || held {
		t.Errorf("%d events, held %v; want both", n, held)
	}
}

// The older transaction comes to a bulk job after the younger one has committed there: its event is the later one,
// although its transaction's number is the smaller one.
func TestProjectWatchKeepsTheOrderOfABulkJob(t *testing.T) {
	now := time.Now()
	s := open(t, pgtest.Schema(t))
	one, two := running(t, s, 1, now), running(t, s, 1, now)
	f := follow(t, s)
	f.last[two.Name()] = tail(t, s, two, 0)
	steps, done := make(chan struct{}), make(chan struct{})
	go write(t, s, steps, done, one, two)
	steps <- struct{}{}
	<-done // the older one has its number, by the first bulk job
	if _, err := s.PauseBulkJob(t.Context(), store.Request{}, two, now); err != nil {
		t.Fatal(err)
	}
	steps <- struct{}{}
	<-done // and now comes to the second one
	steps <- struct{}{}
	<-done
	if n, _ := f.read(); n != 3 {
		t.Errorf("%d events, want 3", n)
	}
}

func TestProjectWatchMissesNothingWhileReplicasWrite(t *testing.T) {
	const jobs, bulks = 20, 4
	now := time.Now()
	dsn := pgtest.Schema(t)
	replicas := []*Store{open(t, dsn), open(t, dsn), open(t, dsn)}
	f := follow(t, replicas[1])
	var keys []store.BulkKey
	for range bulks {
		keys = append(keys, running(t, replicas[0], jobs, now))
	}
	for _, k := range keys {
		f.last[k.Name()] = 0
	}
	var group sync.WaitGroup
	for _, s := range replicas {
		for range 2 {
			group.Go(func() { drain(t, s, now) })
		}
	}
	written := make(chan struct{})
	go func() { group.Wait(); close(written) }()
	for ended := false; ; {
		select {
		case <-written:
			ended = true
		default:
		}
		if _, held := f.read(); ended && !held {
			break
		}
	}
	for _, k := range keys {
		b, err := replicas[2].BulkJob(t.Context(), k)
		if err != nil {
			t.Fatal(err)
		}
		if b.State != schedulerv1.BulkJob_COMPLETED || b.LastSequence != f.last[k.Name()] {
			t.Errorf("%v at event %d, read %d; want COMPLETED and all", b.State, b.LastSequence, f.last[k.Name()])
		}
	}
}
