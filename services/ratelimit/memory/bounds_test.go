package memory

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/engine/enginetest"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

func TestAKeyTooManyIsToldToRetry(t *testing.T) {
	b := setup(t, Config{MaxKeys: 3})
	b.granted(need(1, lineOf(perUser, "p", "ada"), lineOf(perProject, "p", "")))
	o := b.decide(need(1, lineOf(perUser, "q", "bob"), lineOf(perProject, "q", "")))
	if o.Verdict != engine.Retry || !errors.Is(o.Err, engine.ErrFull) || o.Wait != sweepEvery {
		t.Fatalf("%+v, want it full for %v", o, sweepEvery)
	}
	b.granted(need(1, lineOf(perUser, "p", "bob"), lineOf(perProject, "p", "")))
	if err := b.Report(t.Context(), lineOf(perProject, "q", ""), time.Minute, 0); !errors.Is(err, engine.ErrFull) {
		t.Errorf("report: %v, want it full", err)
	}
	b.clock.Pass(time.Minute)
	b.runOnce()
	if n := b.keys.Load(); n != 0 {
		t.Fatalf("%d keys after all is free, want none", n)
	}
	b.granted(need(1, lineOf(perUser, "q", "bob"), lineOf(perProject, "q", "")))
}

// A flood of refused calls with new keys holds no memory.
func TestARefusedCallTakesNoKey(t *testing.T) {
	b := setup(t, Config{})
	b.granted(need(60, lineOf(perProject, "p", "")))
	for i := range 100 {
		if o := b.decide(need(1, lineOf(perUser, "p", fmt.Sprint(i)), lineOf(perProject, "p", ""))); o.Verdict != engine.Defer {
			t.Fatalf("%+v, want it deferred", o)
		}
	}
	if n := b.keys.Load(); n != 1 {
		t.Errorf("%d keys, want that of the project alone", n)
	}
}

func TestAPermitTooManyEndsTheOldest(t *testing.T) {
	b := setup(t, Config{MaxPermits: 3})
	var ids []string
	for range 5 {
		ids = append(ids, b.granted(need(1, lineOf(perUser, "p", "ada"))).Charge.String())
	}
	for i, id := range ids {
		if got, want := b.cancelled(id), i >= 2; got != want {
			t.Errorf("permit %d cancelled: %v, want %v", i, got, want)
		}
	}
	b.wantLeft(8, lineOf(perUser, "p", "ada"))
	b.clock.Pass(chargeLife)
	b.runOnce()
	if n := b.permits.Load(); n != 0 {
		t.Errorf("%d permits after their life, want none", n)
	}
}

func TestAReservationTooManyMakesOneAChargeForGood(t *testing.T) {
	b := setup(t, Config{MaxReservations: 2})
	ada := lineOf(perUser, "p", "ada")
	var ids []string
	for i := range 3 {
		n := need(1, ada)
		n.TTL = time.Duration(10+i) * time.Second
		ids = append(ids, b.granted(n).Charge.String())
	}
	if b.cancelled(ids[0]) || !b.cancelled(ids[1]) {
		t.Error("want the one that ends first forgotten, and the next not")
	}
	b.clock.Pass(20 * time.Second)
	b.wantLeft(9, ada)
	b.runOnce()
	if n := b.records.Load(); n != 0 {
		t.Errorf("%d remembered, want none", n)
	}
}

func TestAPlaceTooManyIsToldTheTimeAtTheEnd(t *testing.T) {
	b := setup(t, Config{MaxPlaces: 2})
	b.granted(need(60, lineOf(perProject, "p", "")))
	for i, wait := range []time.Duration{1, 2, 3, 3} {
		n := need(1, lineOf(perProject, "p", ""))
		n.ID, n.Queue = fmt.Sprint(i), true
		if o := b.decide(n); o.Verdict != engine.Defer || o.Wait != wait*time.Second {
			t.Errorf("%d: %+v, want it deferred for %ds", i, o, wait)
		}
	}
	b.clock.Pass(time.Hour)
	b.runOnce()
	if places, keys := b.places.Load(), b.keys.Load(); places != 0 || keys != 0 {
		t.Errorf("%d places and %d keys an hour later, want none", places, keys)
	}
}

func TestALearnedCapacityOutlivesTheUse(t *testing.T) {
	b := setup(t, Config{})
	ada := lineOf(perUser, "p", "ada")
	if err := b.Report(t.Context(), ada, 0, 4); err != nil {
		t.Fatal(err)
	}
	b.clock.Pass(time.Hour)
	b.runOnce()
	b.wantLeft(4, ada)
}

func TestADecisionAllocatesNothing(t *testing.T) {
	b := setup(t, Config{MaxPermits: 100})
	needs := []engine.Need{need(1, lineOf(perUser, "p", "ada"), lineOf(perProject, "p", ""))}
	var out []engine.Outcome
	decide := func() {
		b.clock.Pass(10 * time.Second)
		out, _ = b.Decide(context.Background(), needs, out[:0])
		if out[0].Verdict != engine.Proceed {
			t.Fatalf("%+v, want it granted", out[0])
		}
	}
	for range 1000 {
		decide()
	}
	if n := testing.AllocsPerRun(1000, decide); n != 0 {
		t.Errorf("%v allocations when it is granted, want none", n)
	}
	needs[0].Cost = 10
	if n := testing.AllocsPerRun(1000, func() {
		if out, _ = b.Decide(context.Background(), needs, out[:0]); out[0].Verdict != engine.Defer {
			t.Fatalf("%+v, want it deferred", out[0])
		}
	}); n != 0 {
		t.Errorf("%v allocations when it is refused, want none", n)
	}
}

func TestRunGivesMemoryBackUntilItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := New(Config{})
		b := bundle{t, e, enginetest.NewClock()}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- e.Run(ctx) }()
		b.granted(need(1, lineOf(perUser, "p", "ada")))
		<-time.After(time.Minute + sweepEvery)
		synctest.Wait()
		if n := e.keys.Load(); n != 0 {
			t.Errorf("%d keys, want none", n)
		}
		stop()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	})
}

// A limit that counts in another way keeps what was used, and for how long an upstream refuses.
func TestAnotherAlgorithmKeepsWhatWasUsed(t *testing.T) {
	b := setup(t, Config{})
	b.granted(need(7, lineOf(perUser, "p", "ada")))
	if err := b.Report(t.Context(), lineOf(perUser, "p", "ada"), 5*time.Second, 0); err != nil {
		t.Fatal(err)
	}
	b.clock.Pass(time.Second)
	for _, algorithm := range []rule.Algorithm{rule.TokenBucket, rule.SlidingCounter, rule.Concurrency, rule.Calendar, rule.SlidingLog} {
		l := lineOf(&rule.Limit{Rule: "user", Algorithm: algorithm, Capacity: 10, Period: time.Hour, Unit: rule.Day}, "p", "ada")
		if o := b.decide(need(1, l)); o.Verdict != engine.Defer || o.Wait < 4*time.Second {
			t.Errorf("%s: %+v, want it deferred for 4s or more", algorithm, o)
		}
	}
	if n := b.keys.Load(); n != 1 {
		t.Errorf("%d keys, want one", n)
	}
}

// A drain is no use: a limit that counts in another way begins with what was used, and stays shut as long.
func TestAnotherAlgorithmDoesNotCountADrain(t *testing.T) {
	b := setup(t, Config{})
	b.granted(need(3, lineOf(perUser, "p", "ada")))
	if err := b.Report(t.Context(), lineOf(perUser, "p", "ada"), 5*time.Second, 0); err != nil {
		t.Fatal(err)
	}
	month := lineOf(&rule.Limit{Rule: "user", Algorithm: rule.Calendar, Capacity: 10, Unit: rule.Month}, "p", "ada")
	b.wantLeft(0, month)
	b.clock.Pass(5 * time.Second)
	b.wantLeft(7, month)
}

// What is forgotten because there is too much is forgotten in every shard that it touches.
func TestWhatIsRememberedIsBoundedInEveryShard(t *testing.T) {
	b := setup(t, Config{MaxReservations: 100})
	for i := range 20_000 {
		n := need(1, lineOf(&rule.Limit{Rule: "many", Algorithm: rule.SlidingCounter, Capacity: 1_000_000, Period: time.Minute}, "p", ""))
		n.ID = fmt.Sprint(i)
		b.granted(n)
	}
	remembered, known := 0, 0
	for i := range b.shards {
		remembered += len(b.shards[i].ids)
		known += len(b.shards[i].ending)
	}
	// Each shard may hold some that others have forgotten.
	if most := 100 + 2*shardCount*minStale; remembered > most || known > 2*most {
		t.Errorf("%d ids and %d records in heaps, want at most %d and %d", remembered, known, most, 2*most)
	}
}

// A place that was taken before the engine had to give up is dropped like others.
func TestAPlaceOfACallThatTheEngineGaveUpIsDropped(t *testing.T) {
	b := setup(t, Config{MaxKeys: 1})
	b.gap.Store(&Gap{Until: b.now().wall, Charge: func(p engine.Place, _ *rule.Limit) int64 {
		if p.Rule == "fresh" {
			return 1
		}
		return 0
	}})
	slots := lineOf(&rule.Limit{Rule: "slots", Algorithm: rule.SlidingLog, Capacity: 1, Period: time.Minute}, "p", "")
	b.granted(need(1, slots))
	n := need(1, slots, lineOf(&rule.Limit{Rule: "fresh", Algorithm: rule.SlidingLog, Capacity: 1, Period: time.Minute}, "p", ""))
	n.ID, n.Queue = "gone", true
	if o := b.decide(n); o.Verdict != engine.Retry {
		t.Fatalf("%+v, want a retry", o)
	}
	b.clock.Pass(time.Hour)
	b.granted(need(1, slots))
}

// Times of the wall clock and of the monotonic one never mix, in either direction.
func TestACalendarThatBecomesAWindowIsOpen(t *testing.T) {
	b := setup(t, Config{})
	month := lineOf(&rule.Limit{Rule: "user", Algorithm: rule.Calendar, Capacity: 10, Unit: rule.Month}, "p", "ada")
	b.granted(need(4, month))
	b.clock.Pass(time.Second)
	b.wantLeft(6, lineOf(perUser, "p", "ada"))
	b.wantLeft(6, month)
}
