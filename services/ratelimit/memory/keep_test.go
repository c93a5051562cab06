package memory

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sheetreel/sheetreel/services/ratelimit/decide"
	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

// kept is what a keeper has of an engine.
type kept struct {
	counters map[engine.Place]Saved
	charges  map[engine.Charge]SavedCharge
}

// flush takes over what has changed, and tells how many counters and charges that were.
func (k *kept) flush(e *Engine, most int) (counters, charges int, more bool) {
	if k.counters == nil {
		k.counters, k.charges = map[engine.Place]Saved{}, map[engine.Charge]SavedCharge{}
	}
	more = e.Dirty(most, func(s Saved) {
		counters++
		k.counters[s.Place] = s
		if s.Gone {
			delete(k.counters, s.Place)
		}
	}, func(s SavedCharge) {
		charges++
		k.charges[s.Charge] = s
		if s.Gone {
			delete(k.charges, s.Charge)
		}
	})
	return counters, charges, more
}

// load makes an engine that goes on with what is kept.
func (k *kept) load(b bundle, gap Gap) bundle {
	after := New(Config{Clock: b.clock.Now})
	var counters []Saved
	for _, s := range k.counters {
		counters = append(counters, s)
	}
	var charges []SavedCharge
	for _, s := range k.charges {
		charges = append(charges, s)
	}
	after.Load(counters, charges, gap)
	return bundle{b.TB, after, b.clock}
}

func TestOnlyWhatHasChangedIsHandedOver(t *testing.T) {
	b := setup(t, Config{})
	var k kept
	flush := func(counters, charges int) {
		t.Helper()
		if n, m, more := k.flush(b.Engine, 100); n != counters || m != charges || more {
			t.Fatalf("%d counters, %d charges, more %v; want %d, %d", n, m, more, counters, charges)
		}
	}
	ada, all := lineOf(perUser, "p", "ada"), lineOf(perProject, "p", "")
	b.granted(need(1, ada, all))
	flush(2, 0) // the first time all
	flush(0, 0)
	n := need(1, ada)
	n.TTL = time.Minute
	id := b.granted(n).Charge.String()
	b.decide(need(11, ada))
	b.wantLeft(8, ada)
	flush(1, 1)
	b.cancelled(id)
	flush(1, 1)
	if len(k.charges) != 0 {
		t.Errorf("%v kept, want no charge", k.charges)
	}
	b.clock.Pass(time.Minute)
	b.runOnce()
	flush(2, 0)
	if len(k.counters) != 0 {
		t.Errorf("%v kept, want no counter", k.counters)
	}
}

func TestABatchIsBounded(t *testing.T) {
	b := setup(t, Config{})
	for i := range 50 {
		b.granted(need(1, lineOf(perUser, fmt.Sprint("p", i), "")))
	}
	var k kept
	for i := range 8 {
		counters, _, more := k.flush(b.Engine, 7)
		if counters > 7 || more != (i < 7) {
			t.Fatalf("batch %d: %d counters, more %v", i, counters, more)
		}
	}
	if len(k.counters) != 50 {
		t.Errorf("%d counters in 8 batches, want 50", len(k.counters))
	}
}

// An engine that was loaded answers as the one that was saved, had that one gone on.
func TestWhatIsLoadedGoesOn(t *testing.T) {
	for _, l := range []*rule.Limit{
		perUser, perProject, perDay,
		{Rule: "slots", Algorithm: rule.Concurrency, Capacity: 10, Period: time.Minute},
		{Rule: "windows", Algorithm: rule.SlidingCounter, Capacity: 10, Period: time.Minute},
	} {
		t.Run(string(l.Algorithm), func(t *testing.T) {
			saved := setup(t, Config{})
			of := lineOf(l, "p", "ada")
			held, ending, named := need(3, of), need(1, of), need(2, of)
			held.TTL, ending.TTL, named.ID, named.Sum = time.Minute, 20*time.Second, "a", 5
			heldID := saved.granted(held).Charge.String()
			saved.granted(ending)
			saved.granted(named)
			var k kept
			k.flush(saved.Engine, 100)
			saved.clock.Pass(5 * time.Second)
			loaded := k.load(saved, Gap{})
			steps := []func(bundle){
				func(bundle) {},
				func(b bundle) { b.granted(named) },
				func(bundle) { saved.clock.Pass(15 * time.Second) }, // twice, so that more than the end passes
				func(b bundle) {
					if !b.cancelled(heldID) || b.cancelled(heldID) {
						t.Error("want the reservation cancelled, once")
					}
				},
				func(bundle) { saved.clock.Pass(31 * time.Second) },
			}
			for i, step := range steps {
				step(saved)
				step(loaded)
				if got, want := loaded.left(t, of), saved.left(t, of); got != want {
					t.Errorf("step %d: %d left, want %d", i, got, want)
				}
			}
		})
	}
}

func (b bundle) left(t *testing.T, l engine.Line) int64 {
	t.Helper()
	statuses, err := b.Peek(t.Context(), []engine.Line{l}, 1)
	if err != nil {
		t.Fatal(err)
	}
	return statuses[0].Left
}

func TestAStateFromTheFutureIsMovedToNow(t *testing.T) {
	b := setup(t, Config{})
	of := lineOf(perUser, "p", "ada")
	n := need(4, of)
	n.TTL = 30 * time.Second
	id := b.granted(n).Charge.String()
	b.granted(need(6, of))
	var k kept
	k.flush(b.Engine, 100)
	b.clock.Pass(-24 * time.Hour)
	after := k.load(b, Gap{})
	if o := after.decide(need(1, of)); o.Verdict != engine.Defer || o.Wait != time.Minute {
		t.Fatalf("%+v, want it deferred for a minute", o)
	}
	if !after.cancelled(id) {
		t.Error("the reservation was not cancelled")
	}
	after.wantLeft(4, of)
	after.clock.Pass(time.Minute)
	after.wantLeft(10, of)
}

func TestAWallClockThatIsSetIsSavedAgain(t *testing.T) {
	b := setup(t, Config{})
	b.granted(need(1, lineOf(perUser, "p", "ada")))
	var k kept
	k.flush(b.Engine, 100)
	before := k.counters[engine.Place{Rule: "user", Key: "project=p,of=ada"}]
	b.keep.offset.Add(int64(maxDrift))
	if counters, _, _ := k.flush(b.Engine, 100); counters != 0 {
		t.Fatalf("%d counters saved again after a small step", counters)
	}
	b.keep.offset.Add(int64(-time.Hour)) // as if the wall clock had been an hour slow when this was saved
	if counters, _, _ := k.flush(b.Engine, 100); counters != 1 {
		t.Fatalf("%d counters saved again, want the one", counters)
	}
	if diff := cmp.Diff(before, k.counters[before.Place]); diff != "" {
		t.Errorf("by the right clock (-want +got):\n%s", diff)
	}
}

func TestAGapIsCharged(t *testing.T) {
	b := setup(t, Config{})
	ada, bob := lineOf(perUser, "p", "ada"), lineOf(perUser, "p", "bob")
	b.granted(need(5, ada))
	var k kept
	k.flush(b.Engine, 100)
	b.clock.Pass(10 * time.Second)
	until := b.clock.Now()
	b.clock.Pass(20 * time.Second)
	after := k.load(b, Gap{
		Until: decide.Instant(until.UnixNano()), Charge: func(p engine.Place, _ *rule.Limit) int64 {
			return map[string]int64{"project=p,of=ada": 100, "project=p,of=bob": 3}[p.Key]
		},
	})
	after.wantLeft(0, ada)
	after.wantLeft(7, bob)
	after.granted(need(1, bob))
	after.clock.Pass(30 * time.Second)
	after.wantLeft(5, ada) // the five that were saved are a minute old
	after.clock.Pass(10 * time.Second)
	after.wantLeft(10, ada)
	after.wantLeft(9, bob)
	after.granted(need(10, lineOf(perUser, "p", "eve"))) // the gap is long over
}
