package scheduler

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

func (d dispatching) mustLease(t *testing.T, count int) []string {
	t.Helper()
	leased, err := d.lease(t.Context(), "w", count, time.Now())
	if err != nil {
		t.Fatalf("lease %d: %v", count, err)
	}
	var users []string
	for _, l := range leased {
		users = append(users, l.Video.User)
	}
	return users
}

// wantCalls wants so many calls, and everything settled: committed is what was leased.
func (d dispatching) wantCalls(t *testing.T, candidates, reserves, parks, claims int) {
	t.Helper()
	if err := d.finish(); err != nil {
		t.Fatal(err)
	}
	want := [4]int{candidates, reserves, parks, claims}
	if got := [4]int{d.shelf.candidates, d.limit.calls["reserve"], d.shelf.parks, d.shelf.claims}; got != want {
		t.Errorf("candidates, reserves, parks, claims = %v, want %v", got, want)
	}
	if d.limit.calls["commit"] > claims || d.limit.calls["cancel"] > 0 || len(d.limit.open) > 0 {
		t.Errorf("%v for %d claims; %d left open", d.limit.calls, claims, len(d.limit.open))
	}
}

func TestARoundIsOneCallOfEachKind(t *testing.T) {
	d := dispatchOf(map[string]int{"ada": 100, "bob": 100})
	d.shelf.add(60, "ada", "")
	d.shelf.add(60, "bob", "")
	users := d.mustLease(t, 100)
	if len(users) != 100 || users[59] != "ada" || users[60] != "bob" {
		t.Errorf("leased %d: %v", len(users), users)
	}
	d.wantCalls(t, 1, 1, 0, 1)
	if d.limit.left["ada"] != 40 || d.limit.left["bob"] != 60 {
		t.Errorf("left %v, want 40 for ada and 60 for bob", d.limit.left)
	}
}

func TestWhenNothingElseWaitsTheRoundIsTheLast(t *testing.T) {
	d := dispatchOf(nil)
	d.shelf.add(3, "ada", "")
	if users := d.mustLease(t, 10); len(users) != 3 {
		t.Errorf("leased %v, want 3", users)
	}
	d.wantCalls(t, 1, 1, 0, 1)
}

func TestWhatGoesElsewhereIsCancelled(t *testing.T) {
	d := dispatchOf(map[string]int{"ada": 10})
	d.shelf.add(10, "ada", "")
	d.limit.reserve = func() error {
		d.shelf.mu.Lock()
		defer d.shelf.mu.Unlock()
		for _, j := range d.shelf.jobs[:4] {
			j.leased = true // by another process
		}
		return nil
	}
	if users := d.mustLease(t, 8); len(users) != 6 {
		t.Errorf("leased %v, want the other 6", users)
	}
	if err := d.finish(); err != nil {
		t.Fatal(err)
	}
	if len(d.limit.committed) != 6 || len(d.limit.cancelled) != 4 || d.limit.left["ada"] != 4 {
		t.Errorf("%d committed, %d cancelled, %d left; want 6, 4, 4", len(d.limit.committed), len(d.limit.cancelled), d.limit.left["ada"])
	}
}

func TestAUserWithoutQuotaIsSetAside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := dispatchOf(map[string]int{"poor": 1})
		d.shelf.add(10_000, "poor", "")
		d.shelf.add(2, "rich", "")
		<-time.After(1) // so that a time is not whole by chance
		start := time.Now()
		if users := d.mustLease(t, 3); !slices.Equal(users, []string{"poor", "rich", "rich"}) {
			t.Errorf("leased %v", users)
		}
		until := start.Truncate(time.Millisecond).Add(refusedFor + time.Millisecond)
		if n := d.shelf.due(until); n != 2 {
			t.Errorf("%d jobs wait until %v, want the 2 that were in hand", n, until)
		}
		d.limit.left["poor"] = 2
		d.shelf.add(1, "rich", "")
		<-time.After(time.Until(until) - 1)
		if users := d.mustLease(t, 3); !slices.Equal(users, []string{"rich"}) {
			t.Errorf("leased %v before the time, want that of rich alone", users)
		}
		<-time.After(1)
		if users := d.mustLease(t, 2); !slices.Equal(users, []string{"poor", "poor"}) {
			t.Errorf("leased %v at the time", users)
		}
		want := [][]string{{"poor", "poor", "poor"}, {"rich", "rich"}, {"rich"}, {"poor", "poor"}}
		if diff := cmp.Diff(want, d.limit.asked); diff != "" {
			t.Errorf("asked (-want +got):\n%s", diff)
		}
		d.wantCalls(t, 4, 4, 1, 4)
	})
}

func TestAProviderWithoutQuotaHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := dispatchOf(map[string]int{"runway": 0})
		d.shelf.add(250, "ada", "runway")
		d.shelf.add(2, "ada", "")
		if users := d.mustLease(t, 1); len(users) != 1 || !d.shelf.jobs[250].leased {
			t.Errorf("leased %v, want the first of the studio", users)
		}
		if n := d.shelf.due(time.Now().Add(refusedFor)); n != 1 {
			t.Errorf("%d jobs wait, want the one that was in hand", n)
		}
		if diff := cmp.Diff([][]string{{"ada"}, {"ada"}}, d.limit.asked); diff != "" {
			t.Errorf("asked (-want +got):\n%s", diff)
		}
		d.wantCalls(t, 2, 2, 1, 1)
	})
}

// What is looked at but not wanted yet is still there when what was wanted goes elsewhere.
func TestALookAheadIsNotTheEndOfTheQueue(t *testing.T) {
	d := dispatchOf(map[string]int{"runway": 0})
	d.shelf.add(2, "ada", "runway")
	d.shelf.add(2, "bob", "")
	calls := 0
	d.limit.reserve = func() error {
		d.shelf.mu.Lock()
		defer d.shelf.mu.Unlock()
		if calls++; calls == 2 {
			d.shelf.jobs[2].leased = true // by another process
		}
		return nil
	}
	if users := d.mustLease(t, 1); len(users) != 1 || !d.shelf.jobs[3].leased {
		t.Errorf("leased %v, want the last", users)
	}
}

func TestWhomNoLimitCountsIsNotAskedAbout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := dispatchOf(map[string]int{"bob": 5})
		d.limit.unlimited = 10 * time.Second
		d.shelf.add(30, "ada", "")
		d.mustLease(t, 10)
		<-time.After(10*time.Second - 1)
		d.mustLease(t, 10)
		d.shelf.add(1, "bob", "")
		d.mustLease(t, 11)
		d.shelf.add(10, "ada", "")
		<-time.After(1)
		if users := d.mustLease(t, 10); len(users) != 10 {
			t.Errorf("leased %v, want 10", users)
		}
		want := [][]string{slices.Repeat([]string{"ada"}, 10), {"bob"}, slices.Repeat([]string{"ada"}, 10)}
		if diff := cmp.Diff(want, d.limit.asked); diff != "" {
			t.Errorf("asked (-want +got):\n%s", diff)
		}
		d.wantCalls(t, 4, 3, 0, 4)
	})
}

func TestErrorsLeaseNothingAndKeepNothing(t *testing.T) {
	down := status.Error(codes.Unavailable, "down")
	tests := []struct {
		name string
		fail func(d dispatching)
		heal func(d dispatching)
	}{
		{"limiter", func(d dispatching) { d.limit.reserve = func() error { return down } }, func(d dispatching) { d.limit.reserve = nil }},
		{"claim", func(d dispatching) { d.shelf.claimErr = func() error { return down } }, func(d dispatching) { d.shelf.claimErr = nil }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := dispatchOf(map[string]int{"ada": 2})
			d.shelf.add(2, "ada", "")
			test.fail(d)
			woken := d.shelf.hub.Wait(store.TopicQueue)
			if leased, err := d.lease(t.Context(), "w", 2, time.Now()); len(leased) > 0 || !errors.Is(err, down) {
				t.Errorf("leased %v, error %v", leased, err)
			}
			if test.name == "claim" {
				<-woken // others may take what was not claimed
			}
			if err := d.finish(); err != nil || len(d.limit.open) > 0 || d.limit.left["ada"] != 2 {
				t.Errorf("%d open, %d left, error %v; want 2 left", len(d.limit.open), d.limit.left["ada"], err)
			}
			test.heal(d)
			if users := d.mustLease(t, 2); len(users) != 2 {
				t.Errorf("leased %v afterwards", users)
			}
		})
	}
}

// What was leased before an error reaches the worker.
func TestAnErrorLaterLosesNoLease(t *testing.T) {
	d := dispatchOf(map[string]int{"poor": 0})
	d.shelf.add(1, "ada", "")
	d.shelf.add(1, "poor", "")
	d.shelf.add(1, "ada", "")
	calls := 0
	d.limit.reserve = func() error {
		if calls++; calls > 1 {
			return errors.New("down")
		}
		return nil
	}
	if users := d.mustLease(t, 2); !slices.Equal(users, []string{"ada"}) {
		t.Errorf("leased %v, want the first", users)
	}
}

func TestCallsDuringARoundShareTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := dispatchOf(map[string]int{"ada": 1000})
		d.shelf.add(100, "ada", "")
		first := make(chan struct{})
		var hold sync.Once
		d.shelf.beforeFind = func() { hold.Do(func() { <-first }) }
		var wg sync.WaitGroup
		var leased [41]int
		for i := range leased {
			wg.Go(func() {
				got, err := d.lease(t.Context(), "w", 1+i%2, time.Now())
				if err != nil {
					t.Errorf("lease: %v", err)
				}
				leased[i] = len(got)
			})
		}
		synctest.Wait() // one leads the first round, forty wait for theirs
		close(first)
		wg.Wait()
		for i, n := range leased {
			if n != 1+i%2 {
				t.Errorf("call %d got %d, want %d", i, n, 1+i%2)
			}
		}
		if err := d.finish(); err != nil {
			t.Fatal(err)
		}
		if d.shelf.candidates != 2 || d.limit.calls["reserve"] != 2 || len(d.limit.committed) != 61 {
			t.Errorf("%d rounds, calls %v, %d committed; want 2 rounds and 61", d.shelf.candidates, d.limit.calls, len(d.limit.committed))
		}
	})
}

func TestAPanicHoldsUpNobody(t *testing.T) {
	d := dispatchOf(nil)
	d.shelf.add(1, "ada", "")
	d.shelf.beforeFind = func() { panic("boom") }
	if _, err := d.lease(t.Context(), "w", 1, time.Now()); err == nil || !strings.Contains(err.Error(), "boom") {
		t.Errorf("error %v, want what happened", err)
	}
	d.shelf.beforeFind = nil
	if users := d.mustLease(t, 1); len(users) != 1 {
		t.Errorf("leased %v afterwards", users)
	}
}

// Three processes over one store and one limiter: every job is leased once, nobody gets more than his quota, and in
// the end what is charged is what was leased.
func TestSeveralDispatchersLeaseExactly(t *testing.T) {
	users := []string{"ada", "bob", "cyd", "dan"}
	first := dispatchOf(map[string]int{"ada": 40, "bob": 150, "runway": 30})
	for i := range 400 {
		first.shelf.add(1, users[i%4], []string{"", "runway"}[i/4%2])
	}
	processes := []dispatching{first}
	for range 2 {
		next := first
		next.dispatcher = newDispatcher(first.shelf, first.limit, 30*time.Second, first.settler.log)
		processes = append(processes, next)
	}
	var mu sync.Mutex
	got := map[string]int{}
	seen := map[store.VideoKey]bool{}
	var wg sync.WaitGroup
	for i := range 18 {
		wg.Go(func() {
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			for round := range 12 {
				if i == 0 && round == 6 {
					stop() // a worker that goes away
				}
				leased, err := processes[i%3].lease(ctx, fmt.Sprint("w", i), 1+i%7, time.Now())
				if err != nil && !errors.Is(err, context.Canceled) {
					t.Errorf("lease: %v", err)
				}
				mu.Lock()
				for _, l := range leased {
					if seen[l.Video.VideoKey] {
						t.Errorf("%v was leased twice", l.Video.VideoKey)
					}
					seen[l.Video.VideoKey] = true
					got[l.Video.User]++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	for _, d := range processes {
		if err := d.finish(); err != nil {
			t.Fatal(err)
		}
	}
	limit := first.limit
	if len(limit.open) != 0 || len(limit.committed) != len(seen) {
		t.Errorf("%d open, %d committed, %d leased", len(limit.open), len(limit.committed), len(seen))
	}
	if used := 40 - limit.left["ada"]; used != got["ada"] || used > 40 {
		t.Errorf("ada is charged %d for %d", used, got["ada"])
	}
	if len(seen) == 0 || limit.left["ada"] < 0 || limit.left["runway"] < 0 {
		t.Errorf("%d leased, left %v", len(seen), limit.left)
	}
}

func TestAWorkerGetsTheJobsOfItsProviders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := dispatchOf(nil)
		d.shelf.add(1000, "ada", "runway")
		d.shelf.add(2, "bob", "studio")
		first := make(chan struct{})
		var hold sync.Once
		d.shelf.beforeFind = func() { hold.Do(func() { <-first }) }
		wants := [][]string{{"studio"}, {"runway"}, {"studio", "runway"}, {"runway", "studio"}, nil, {"pika"}}
		got := make([][]store.Leased, len(wants))
		var wg sync.WaitGroup
		for i, providers := range wants {
			wg.Go(func() {
				var err error
				if got[i], err = d.lease(t.Context(), "w", 1, time.Now(), providers...); err != nil {
					t.Errorf("lease: %v", err)
				}
			})
		}
		synctest.Wait() // all wait for the same turn
		close(first)
		wg.Wait()
		for i, users := range [][]string{{"bob"}, {"ada"}, {"ada"}, {"ada"}, {"ada"}, nil} {
			var of []string
			for _, l := range got[i] {
				of = append(of, l.Video.User)
			}
			if !slices.Equal(of, users) {
				t.Errorf("a worker for %v got jobs of %v, want %v", wants[i], of, users)
			}
		}
		if err := d.finish(); err != nil {
			t.Fatal(err)
		}
	})
}
