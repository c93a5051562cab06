package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// slow is a database whose transactions wait until they are let through. It has no jobs.
type slow struct {
	Tx
	pass chan struct{}

	mu   sync.Mutex
	jobs [][]string // asked for by each transaction that was let through
}

func (s *slow) Take(context.Context, []Claim, []Done, []store.VideoKey, []store.BulkKey) (bulks []*Bulk, claimed, finished, running []*Job, err error) {
	return nil, nil, nil, nil, nil
}

func (s *slow) PagesWith(context.Context, []store.VideoKey) (map[store.VideoKey]PageKey, error) {
	return nil, nil
}

func (s *slow) Jobs(_ context.Context, keys []store.VideoKey) ([]*Bulk, []*Job, error) {
	<-s.pass
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for _, k := range keys {
		names = append(names, k.Project)
	}
	slices.Sort(names)
	s.jobs = append(s.jobs, names)
	return nil, nil, nil
}

// key is of a video job that is told by its project.
func key(name string) store.VideoKey {
	return store.VideoKey{BulkKey: store.BulkKey{Project: name, ID: uuid.NewString()}, Video: uuid.NewString()}
}

// token names a lease of that video job.
func token(name string) string { return store.LeaseToken(key(name), "lease") }

func newSlow() (*Book, *slow) {
	s := &slow{pass: make(chan struct{})}
	return New(database{tx: s}, 1, Options{}, func([]string) {}), s
}

type database struct {
	Database
	tx Tx
}

func (d database) Write(ctx context.Context, fn func(context.Context, Tx) error) error {
	return fn(ctx, d.tx)
}

func TestReportsThatWaitShareATransaction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book, db := newSlow()
		var group sync.WaitGroup
		tell := func(lease string) {
			group.Go(func() {
				if err := book.Release(t.Context(), token(lease), time.Now()); !errors.Is(err, store.ErrLeaseLost) {
					t.Errorf("release of %s: %v, want ErrLeaseLost", lease, err)
				}
			})
			synctest.Wait()
		}
		tell("first") // is written at once
		for _, lease := range []string{"a", "b", "c"} {
			tell(lease)
		}
		close(db.pass)
		group.Wait()
		if want := [][]string{{"first"}, {"a", "b", "c"}}; !slices.EqualFunc(db.jobs, want, slices.Equal) {
			t.Errorf("transactions %v, want %v", db.jobs, want)
		}
	})
}

func TestReportWhoseCallerLeavesIsNotWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book, db := newSlow()
		var group sync.WaitGroup
		group.Go(func() { _ = book.Release(t.Context(), token("first"), time.Now()) })
		synctest.Wait()
		ctx, leave := context.WithCancel(t.Context())
		group.Go(func() {
			if err := book.Release(ctx, token("left"), time.Now()); !errors.Is(err, context.Canceled) {
				t.Errorf("error = %v, want Canceled", err)
			}
		})
		synctest.Wait()
		leave()
		synctest.Wait()
		group.Go(func() { _ = book.Release(t.Context(), token("last"), time.Now()) })
		synctest.Wait()
		close(db.pass)
		group.Wait()
		if want := [][]string{{"first"}, {"last"}}; !slices.EqualFunc(db.jobs, want, slices.Equal) {
			t.Errorf("transactions %v, want %v", db.jobs, want)
		}
	})
}

func TestLeaderThatLeavesServesTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book, db := newSlow()
		ctx, leave := context.WithCancel(t.Context())
		var group sync.WaitGroup
		group.Go(func() { _ = book.Release(ctx, token("leader"), time.Now()) })
		synctest.Wait()
		for i := range 3 {
			group.Go(func() {
				if err := book.Release(t.Context(), token(fmt.Sprint(i)), time.Now()); !errors.Is(err, store.ErrLeaseLost) {
					t.Errorf("error = %v, want ErrLeaseLost", err)
				}
			})
		}
		synctest.Wait()
		leave()
		close(db.pass)
		group.Wait() // would never end if nobody led
	})
}

func TestBadReportTakesNobodyDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book, db := newSlow()
		bad := errors.New("bad")
		var group sync.WaitGroup
		report := func(lease string, answer error) {
			group.Go(func() {
				err := book.gather(t.Context(), &book.lanes[0], &report{now: time.Now(), leases: []Lease{{key(lease), "lease"}}}, func(context.Context, *work, map[store.VideoKey]*Job) error { return answer })
				if !errors.Is(err, answer) {
					t.Errorf("%s: error = %v, want %v", lease, err, answer)
				}
			})
			synctest.Wait()
		}
		report("first", nil)
		report("bad", bad)
		report("good", nil)
		report("late", store.ErrLeaseLost)
		close(db.pass)
		group.Wait()
	})
}

// down is a database that does not answer.
type down struct {
	Database
	err  error
	asks atomic.Int64
}

func (d *down) Write(context.Context, func(context.Context, Tx) error) error {
	d.asks.Add(1)
	return d.err
}

func TestReportsOfADatabaseThatIsDownDoNotWaitForEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := &down{err: errors.New("down")}
		book := New(db, 1, Options{}, func([]string) {})
		book.lanes[0].busy = true // somebody leads, so that all of these wait
		var group sync.WaitGroup
		for i := range 100 {
			group.Go(func() {
				if err := book.Release(t.Context(), token(fmt.Sprint(i)), time.Now()); !errors.Is(err, db.err) {
					t.Errorf("error = %v, want %v", err, db.err)
				}
			})
		}
		synctest.Wait()
		book.lanes[0].handOver()
		group.Wait()
		if n := db.asks.Load(); n > 3 {
			t.Errorf("100 reports asked the database %d times, want at most 3", n)
		}
	})
}

func TestPanicInABatchStopsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book, db := newSlow()
		close(db.pass)
		err := book.gather(t.Context(), &book.lanes[0], &report{now: time.Now(), leases: []Lease{{key("a"), "lease"}}},
			func(context.Context, *work, map[store.VideoKey]*Job) error { panic("odd") })
		if err == nil || !strings.Contains(err.Error(), "odd") {
			t.Errorf("error = %v, want one that tells of the panic", err)
		}
		if err := book.Release(t.Context(), token("b"), time.Now()); !errors.Is(err, store.ErrLeaseLost) {
			t.Errorf("the next report: %v, want ErrLeaseLost", err)
		}
	})
}

func TestLanesTakeAllPlacesOnce(t *testing.T) {
	l := make(lanes, 4)
	var keys []store.BulkKey
	for range 100 {
		keys = append(keys, store.BulkKey{Project: "demo", ID: uuid.NewString()})
	}
	var mu sync.Mutex
	seen := map[int]*gathering{}
	err := l.split(len(keys), func(i int) store.BulkKey { return keys[i] }, func(q *gathering, places []int) error {
		mu.Lock()
		defer mu.Unlock()
		for _, i := range places {
			if seen[i] != nil || q != &l[l.of(keys[i])] {
				t.Errorf("place %d was given twice, or to another lane", i)
			}
			seen[i] = q
		}
		return nil
	})
	if err != nil || len(seen) != len(keys) {
		t.Errorf("%d of %d places, error %v", len(seen), len(keys), err)
	}
}
