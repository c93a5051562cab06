package former

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

const ttl = 30 * time.Second

func entry(key, name string, cost int64) Entry {
	return Entry{Key: key, Descriptors: user(name), Cost: cost}
}

// mustReserve reserves for one call and returns the id.
func (b bundle) mustReserve(t *testing.T, e Entry) string {
	t.Helper()
	outcome := b.Reserve([]Entry{e}, ttl)[0]
	if outcome.Err != nil {
		t.Fatalf("reserve %v: %v", e, outcome.Err)
	}
	return outcome.ID
}

func TestAnEarlierEntryCountsForALaterOne(t *testing.T) {
	b := setup(t, Config{})
	outcomes := b.Reserve([]Entry{
		entry("1", "ada", 40), entry("2", "ada", 30), entry("3", "bob", 60), entry("4", "ada", 20), entry("5", "cyd", 301), entry("6", "ada", 1),
	}, ttl)
	var got []string
	for _, o := range outcomes {
		switch err := o.Err.(type) {
		case nil:
			got = append(got, fmt.Sprint("granted for ", o.Life))
		case *ExhaustedError:
			got = append(got, fmt.Sprintf("%s refuses for %v", err.Limits[0].Rule.Name, err.Retry))
		default:
			got = append(got, err.Error())
		}
	}
	want := []string{
		"granted for 30s", "user refuses for 1m0s", "granted for 30s", "granted for 30s",
		"cost 301 is above the capacity 60 of limit user", "user refuses for 1m0s",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	b.wantLeft(t, "cyd", 60, 180)
}

func TestAReservationEnds(t *testing.T) {
	tests := []struct {
		name      string
		end       func(b bundle, id string) []string
		not       bool  // whether the second end of the same kind, after the first, finds nothing
		left      int64 // then, of 300 for the project
		afterward int64 // when the ttl is over too
	}{
		{"not at all", func(bundle, string) []string { return nil }, false, 250, 300},
		{"committed", func(b bundle, id string) []string { return b.Commit([]string{id}) }, false, 250, 250},
		{"cancelled", func(b bundle, id string) []string { return b.CancelReservations([]string{id}) }, true, 300, 300},
	}
	slow := perProject
	slow.Algorithm = rule.SlidingLog
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := setup(t, Config{}, slow)
			id := b.mustReserve(t, entry("k", "ada", 50))
			if not := test.end(b, id); not != nil {
				t.Errorf("the first time nothing was found: %v", not)
			}
			if not := test.end(b, id); (not != nil) != test.not {
				t.Errorf("the second time: %v, want found: %v", not, !test.not)
			}
			if left := b.left(t, "ada")["project"]; left != test.left {
				t.Errorf("%d left, want %d", left, test.left)
			}
			b.time.advance(ttl)
			if left := b.left(t, "ada")["project"]; left != test.afterward {
				t.Errorf("%d left after the ttl, want %d", left, test.afterward)
			}
			for what, not := range map[string][]string{"commit": b.Commit([]string{id}), "cancel": b.CancelReservations([]string{id})} {
				if diff := cmp.Diff([]string{id}, not); diff != "" {
					t.Errorf("%s after the ttl (-want +got):\n%s", what, diff)
				}
			}
		})
	}
}

func TestACommittedReservationIsNotCancelled(t *testing.T) {
	b := setup(t, Config{})
	first, second := b.mustReserve(t, entry("1", "ada", 5)), b.mustReserve(t, entry("2", "ada", 7))
	b.Commit([]string{first})
	if diff := cmp.Diff([]string{first, "x"}, b.CancelReservations([]string{first, second, "x"})); diff != "" {
		t.Errorf("not cancelled (-want +got):\n%s", diff)
	}
	b.wantLeft(t, "ada", 55, 295)
}

func TestTheSameKeyIsChargedOnce(t *testing.T) {
	b := setup(t, Config{})
	first := b.mustReserve(t, entry("k", "ada", 5))
	b.time.advance(10 * time.Second)
	again := b.Reserve([]Entry{entry("k", "ada", 5), entry("l", "ada", 1), entry("l", "ada", 1)}, ttl)
	if again[0].ID != first || again[0].Life != 20*time.Second || again[1].ID != again[2].ID {
		t.Errorf("again %+v, want %s for 20s, and one id for the two others", again, first)
	}
	b.Commit([]string{first})
	if id := b.mustReserve(t, entry("k", "ada", 5)); id != first {
		t.Errorf("after the commit the key gives %s, want %s", id, first)
	}
	if err, ok := errors.AsType[*KeyReusedError](b.Reserve([]Entry{entry("k", "ada", 6)}, ttl)[0].Err); !ok || err.Key != "k" {
		t.Errorf("another call under the key: %v, want a KeyReusedError", err)
	}
	b.time.advance(20 * time.Second)
	if id := b.mustReserve(t, entry("k", "ada", 5)); id == first {
		t.Error("a key whose reservation is over gives it again")
	}
	b.CancelReservations([]string{again[1].ID})
	if id := b.mustReserve(t, entry("l", "ada", 1)); id == again[1].ID {
		t.Error("a key whose reservation is cancelled gives it again")
	}
}

// A caller may rely on the waiting time whatever else is reserved: it is that of the charges as they stand.
func TestADeferredEntryIsGrantedAtItsTime(t *testing.T) {
	b := setup(t, Config{})
	b.Commit([]string{b.mustReserve(t, entry("1", "ada", 60))})
	refused := func() time.Duration {
		err, ok := errors.AsType[*ExhaustedError](b.Reserve([]Entry{entry("2", "ada", 60)}, ttl)[0].Err)
		if !ok {
			return 0
		}
		return err.Retry
	}
	if got := refused(); got != time.Minute {
		t.Fatalf("wait %v, want 1m", got)
	}
	b.time.advance(time.Minute - 1)
	if got := refused(); got != 1 {
		t.Fatalf("wait %v, want 1ns", got)
	}
	b.time.advance(1)
	if got := refused(); got != 0 {
		t.Fatalf("wait %v, want none", got)
	}
}

func TestAnEntryThatNothingCounts(t *testing.T) {
	b := setup(t, Config{})
	outcome := b.Reserve([]Entry{{Key: "k", Descriptors: map[string]string{"x": "y"}, Cost: 1}}, ttl)[0]
	if outcome != (Outcome{}) || len(b.reservations.known) != 0 {
		t.Errorf("outcome %+v with %d reservations, want an empty one", outcome, len(b.reservations.known))
	}
}

func TestTooManyReservationsForgetTheFirstToEnd(t *testing.T) {
	b := setup(t, Config{MaxReservations: 2})
	first, second, third := b.mustReserve(t, entry("1", "ada", 1)), b.mustReserve(t, entry("2", "ada", 1)), b.mustReserve(t, entry("3", "ada", 1))
	if diff := cmp.Diff([]string{first}, b.CancelReservations([]string{first, second, third})); diff != "" {
		t.Errorf("not cancelled (-want +got):\n%s", diff)
	}
	b.time.advance(ttl)
	b.wantLeft(t, "ada", 59, 300) // the forgotten one stays charged; the bucket has refilled
}

func TestTooManyKeysRefuseAnEntryAlone(t *testing.T) {
	b := setup(t, Config{MaxKeys: 3}) // a project and two users
	outcomes := b.Reserve([]Entry{entry("1", "ada", 1), entry("2", "bob", 1), entry("3", "cyd", 1), entry("4", "ada", 1)}, ttl)
	for i, o := range outcomes {
		if full := errors.Is(o.Err, ErrFull); full != (i == 2) {
			t.Errorf("entry %d: %v", i+1, o.Err)
		}
	}
}

func TestExpiredReservationsAreForgotten(t *testing.T) {
	b := setup(t, Config{})
	for i := range 50 {
		id := b.mustReserve(t, entry(fmt.Sprint(i), "ada", 1))
		if i%2 == 0 {
			b.Commit([]string{id})
		}
	}
	b.time.advance(ttl)
	b.runOnce()
	if r := b.reservations; len(r.known)+len(r.keys)+len(r.expiry) != 0 {
		t.Errorf("%d known, %d keys, %d to expire; want none", len(r.known), len(r.keys), len(r.expiry))
	}
}

// Many callers at once, while time goes on under them: what stays charged in the end is what was committed.
func TestConcurrentReservationsAreChargedExactly(t *testing.T) {
	tests := []struct {
		name     string
		capacity int64
	}{{"a tight limit", 25}, {"a wide limit", 100_000}}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			hourly := rule.Rule{Name: "user", Keys: []string{"user"}, Algorithm: rule.SlidingLog, Capacity: test.capacity, Period: 24 * time.Hour}
			b := setup(t, Config{}, hourly)
			var committed atomic.Int64
			var wg sync.WaitGroup
			for worker := range 16 {
				wg.Go(func() {
					for round := range 40 {
						ids := b.reserveSome(t, fmt.Sprint(worker, "-", round), 5)
						third := len(ids) / 3
						b.CancelReservations(ids[:third])
						commit := ids[third : 2*third+len(ids)%3] // the others are left to expire
						if round%8 == worker%8 {
							b.time.advance(ttl / 10)
						}
						if len(commit) > 0 {
							committed.Add(int64(len(commit) - len(b.Commit(commit))))
						}
					}
				})
			}
			wg.Wait()
			b.time.advance(ttl)
			b.runOnce()
			left := int64(0)
			if grant, err := b.Acquire(user("ada"), 1); err == nil {
				left = grant.Limits[0].Left + 1
			}
			if want := int64(test.capacity) - committed.Load(); left != want || want < 0 {
				t.Errorf("%d left of %d with %d committed, want %d", left, test.capacity, committed.Load(), want)
			}
		})
	}
}

// reserveSome reserves for n calls of ada, each twice, and returns the ids that it got.
func (b bundle) reserveSome(t *testing.T, prefix string, n int) []string {
	var entries []Entry
	for i := range n {
		entries = append(entries, entry(fmt.Sprint(prefix, "-", i), "ada", 1))
	}
	var ids []string
	for i, o := range b.Reserve(entries, ttl) {
		if o.Err != nil {
			continue
		}
		ids = append(ids, o.ID)
		if again := b.Reserve(entries[i:i+1], ttl)[0]; again.Err == nil && again.ID == o.ID {
			continue
		} else if again.Err == nil { // the first one expired in between
			b.CancelReservations([]string{again.ID})
		}
	}
	return ids
}

// No other name than a reservation's own finds it, and none does harm.
func FuzzCommit(f *testing.F) {
	for _, seed := range []string{"", "1", "01", "+1", "-1", "zzzzzzzzzzzzzz", "1 "} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		b := setup(t, Config{})
		id := b.mustReserve(t, entry("k", "ada", 1))
		for _, tried := range []string{name, b.reservations.series + "-" + name} {
			if tried != id && (b.Commit([]string{tried}) == nil || b.CancelReservations([]string{tried}) == nil) {
				t.Errorf("%q names the reservation %q", tried, id)
			}
		}
		b.wantLeft(t, "ada", 59, 299)
	})
}
