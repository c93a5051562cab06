package enginetest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

func decisions(t *testing.T, h Harness) {
	t.Run("no limit grants and charges nothing", func(t *testing.T) {
		b := setup(t, h)
		if o := b.granted(need(7))[0]; o.Charge != (engine.Charge{}) || len(o.Limits) > 0 {
			t.Errorf("%+v, want no charge", o)
		}
	})
	t.Run("the answer tells what is left of each limit", func(t *testing.T) {
		b := setup(t, h)
		user, project := userLog(), projectBucket()
		got := b.granted(need(10, line(user, "ada"), line(project, "")))[0]
		want := []engine.Status{
			{Limit: user, Key: "project=p,of=ada", Capacity: 60, Left: 50, Reset: time.Minute},
			{Limit: project, Key: "project=p,of=", Capacity: 300, Left: 290, Reset: 200 * time.Millisecond},
		}
		if diff := cmp.Diff(want, got.Limits, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("limits (-want +got):\n%s", diff)
		}
		if got.Charge == (engine.Charge{}) || got.Degraded || got.Wait != 0 {
			t.Errorf("%+v, want a charge and no wait", got)
		}
	})
	t.Run("needs of a batch are decided in their order, each by itself", func(t *testing.T) {
		b := setup(t, h)
		log := &rule.Limit{Rule: "log", Algorithm: rule.SlidingLog, Capacity: 3, Period: time.Minute}
		out := b.decide(need(2, line(log, "")), need(2, line(log, "")), need(1, line(log, "")), need(1, line(log, "other")))
		var verdicts []engine.Verdict
		for _, o := range out {
			verdicts = append(verdicts, o.Verdict)
		}
		want := []engine.Verdict{engine.Proceed, engine.Defer, engine.Proceed, engine.Proceed}
		if diff := cmp.Diff(want, verdicts); diff != "" {
			t.Errorf("verdicts (-want +got):\n%s", diff)
		}
	})
	t.Run("a need is charged to all of its lines or to none", func(t *testing.T) {
		b := setup(t, h)
		user, project := userLog(), projectBucket()
		b.granted(need(60, line(user, "ada"), line(project, "")))
		b.deferred(need(1, line(project, ""), line(user, "ada")), time.Minute, "user")
		b.wantLeft([]int64{0, 240}, line(user, "ada"), line(project, ""))
	})
	t.Run("it waits for the last of those that refuse", func(t *testing.T) {
		b := setup(t, h)
		user, project := userLog(), projectBucket()
		b.granted(need(60, line(user, "ada")), need(300, line(project, "")))
		o := b.deferred(need(5, line(user, "ada"), line(project, "")), time.Minute, "user", "project")
		if o.Limits[0].Wait != time.Minute || o.Limits[1].Wait != time.Second {
			t.Errorf("they wait %v and %v, want 1m and 1s", o.Limits[0].Wait, o.Limits[1].Wait)
		}
	})
	t.Run("all or nothing when many ask at once", func(t *testing.T) { atOnce(t, setup(t, h)) })
	t.Run("a cost above a capacity is rejected", func(t *testing.T) {
		b := setup(t, h)
		user, project := userLog(), projectBucket()
		o := b.decide(need(61, line(project, ""), line(user, "ada")))[0]
		if o.Verdict != engine.Reject || !errors.Is(o.Err, engine.ErrCost) || len(o.Limits) != 1 || o.Limits[0].Limit != user {
			t.Errorf("%+v, want a rejection by user", o)
		}
		b.wantLeft([]int64{60, 300}, line(user, "ada"), line(project, ""))
	})
	t.Run("as much as fits is granted, down to the least", func(t *testing.T) {
		b := setup(t, h)
		user, project := userLog(), projectBucket()
		n := need(100, line(user, "ada"), line(project, ""))
		n.Least = 20
		if o := b.decide(n)[0]; o.Verdict != engine.Proceed || o.Granted != 60 {
			t.Fatalf("%+v, want 60 granted", o)
		}
		b.wantLeft([]int64{0, 240}, line(user, "ada"), line(project, ""))
		b.clock.Pass(time.Second)
		b.deferred(n, 59*time.Second, "user")
	})
	t.Run("a line in dry run counts and refuses nothing", func(t *testing.T) { dryRun(t, setup(t, h)) })
	t.Run("a changed limit keeps what was used", func(t *testing.T) { changed(t, setup(t, h)) })
	t.Run("a limit that counts in another way keeps what was used", func(t *testing.T) {
		for _, was := range []rule.Algorithm{rule.SlidingLog, rule.TokenBucket, rule.SlidingCounter, rule.Concurrency, rule.Calendar} {
			b := setup(t, h)
			counted := func(a rule.Algorithm) engine.Line {
				l := &rule.Limit{Rule: "changed", Algorithm: a, Capacity: 10, Period: 24 * time.Hour}
				if a == rule.Calendar {
					l.Period, l.Unit, l.Zone = 0, rule.Day, time.UTC
				}
				return line(l, "")
			}
			b.granted(need(7, counted(was)))
			for _, is := range []rule.Algorithm{rule.TokenBucket, rule.SlidingCounter, rule.Concurrency, rule.Calendar, rule.SlidingLog, rule.TokenBucket} {
				if got := b.left(counted(is)); got[0] != 3 {
					t.Errorf("from %s to %s: %d left, want 3", was, is, got[0])
				}
			}
			b = setup(t, h)
			b.granted(need(7, counted(was)))
			b.clock.Pass(49 * time.Hour)
			for _, is := range []rule.Algorithm{rule.TokenBucket, rule.SlidingLog, rule.Calendar, rule.Concurrency} {
				if got := b.left(counted(is)); got[0] != 10 {
					t.Errorf("from %s to %s much later: %d left, want 10", was, is, got[0])
				}
			}
		}
	})
	t.Run("waiting", func(t *testing.T) { waiting(t, h) })
}

func atOnce(t *testing.T, b bundle) {
	project := projectBucket()
	users := []*rule.Limit{
		{Rule: "user", Algorithm: rule.SlidingLog, Capacity: 60, Period: time.Minute},
		{Rule: "user", Algorithm: rule.SlidingCounter, Capacity: 60, Period: time.Minute},
	}
	var granted atomic.Int64
	var callers sync.WaitGroup
	for i := range 16 {
		name := fmt.Sprint("u", i%8)
		limit := users[i%8%2]
		callers.Go(func() {
			for range 30 {
				out, err := b.Decide(t.Context(), []engine.Need{need(2, line(limit, name), line(project, ""))}, nil)
				if err != nil {
					t.Error(err)
					return
				}
				granted.Add(out[0].Granted)
			}
		})
	}
	callers.Wait()
	lines := []engine.Line{line(project, "")}
	for i := range 8 {
		lines = append(lines, line(users[i%2], fmt.Sprint("u", i)))
	}
	left := b.left(lines...)
	byUser := int64(0)
	for _, l := range left[1:] {
		byUser += 60 - l
	}
	if granted.Load() != 300 || left[0] != 0 || byUser != 300 {
		t.Errorf("%d granted, %d charged to users, %d left of the project; want 300, 300, 0", granted.Load(), byUser, left[0])
	}
}

func dryRun(t *testing.T, b bundle) {
	user := userLog()
	dry := &rule.Limit{Rule: "dry", Algorithm: rule.SlidingLog, Capacity: 3, Period: time.Minute, DryRun: true}
	o := b.granted(need(2, line(dry, "ada"), line(user, "ada")))[0]
	if len(o.Limits) != 1 || o.Limits[0].Limit != user || len(o.DryRun) != 0 {
		t.Errorf("%+v, want the user's limit alone", o)
	}
	o = b.granted(need(2, line(dry, "ada"), line(user, "ada")))[0]
	if len(o.DryRun) != 1 || o.DryRun[0].Limit != dry || o.DryRun[0].Wait != time.Minute {
		t.Errorf("%+v, want that dry would have refused for 1m", o)
	}
	b.wantLeft([]int64{1, 56}, line(dry, "ada"), line(user, "ada"))
	if o = b.granted(need(4, line(dry, "ada"), line(user, "ada")))[0]; len(o.DryRun) != 1 {
		t.Errorf("%+v, want that dry would have rejected", o)
	}
}

func changed(t *testing.T, b bundle) {
	small, large := userLog(), userLog()
	large.Capacity = 100
	b.granted(need(60, line(small, "ada")))
	b.wantLeft([]int64{40}, line(large, "ada"))
	b.granted(need(40, line(large, "ada")))
	b.deferred(need(1, line(small, "ada")), time.Minute, "user")
	b.clock.Pass(time.Minute)
	b.wantLeft([]int64{60}, line(small, "ada"))
}

// waiting: at the time that was told it is granted, a microsecond before it is not, for each algorithm.
func waiting(t *testing.T, h Harness) {
	const us = time.Microsecond
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		limit rule.Limit
		wait  time.Duration // zero: whatever it tells
	}{
		{rule.Limit{Algorithm: rule.SlidingLog, Period: time.Minute}, time.Minute - 2*time.Second},
		{rule.Limit{Algorithm: rule.TokenBucket, Period: time.Minute}, 16 * time.Second}, // 8 of 10 used, 6 s each, 2 s paid
		{rule.Limit{Algorithm: rule.SlidingCounter, Period: time.Minute}, 0},
		{rule.Limit{Algorithm: rule.Concurrency, Period: time.Minute}, time.Minute - 2*time.Second},
		{rule.Limit{Algorithm: rule.Calendar, Unit: rule.Day, Zone: time.UTC}, 14*time.Hour - 3*time.Second},
		{rule.Limit{Algorithm: rule.Calendar, Unit: rule.Day, Zone: berlin}, 13*time.Hour - 3*time.Second},
		{rule.Limit{Algorithm: rule.Calendar, Unit: rule.Month, Zone: time.UTC}, 31*24*time.Hour - 10*time.Hour - 3*time.Second},
		{rule.Limit{Algorithm: rule.Calendar, Unit: rule.Month, Zone: berlin}, 31*24*time.Hour - 12*time.Hour - 3*time.Second}, // summer time
	}
	for _, test := range tests {
		name := fmt.Sprint(test.limit.Algorithm, test.limit.Unit, test.limit.Zone)
		t.Run(name, func(t *testing.T) {
			b := setup(t, h)
			limit := test.limit
			limit.Rule, limit.Capacity = "limit", 10
			ask := need(5, line(&limit, ""))
			b.clock.Pass(time.Second)
			b.granted(need(6, line(&limit, "")))
			b.clock.Pass(time.Second)
			b.granted(need(2, line(&limit, "")))
			b.clock.Pass(time.Second)
			wait := test.wait
			if wait == 0 {
				wait = b.decide(ask)[0].Wait
			}
			b.deferred(ask, wait, "limit")
			b.clock.Pass(wait - us)
			b.deferred(ask, us, "limit")
			b.clock.Pass(us)
			b.granted(ask)
		})
		t.Run(name+" and a clock that steps back", func(t *testing.T) {
			b := setup(t, h)
			limit := test.limit
			limit.Rule, limit.Capacity = "limit", 10
			b.clock.Pass(time.Hour)
			b.granted(need(10, line(&limit, "")))
			b.clock.Pass(-10 * time.Minute)
			o := b.decide(need(1, line(&limit, "")))[0]
			if o.Verdict != engine.Defer || o.Wait <= 10*time.Minute {
				t.Fatalf("%+v, want it deferred for more than the step", o)
			}
			b.clock.Pass(o.Wait - us)
			b.deferred(need(1, line(&limit, "")), us, "limit")
			b.clock.Pass(us)
			b.granted(need(1, line(&limit, "")))
		})
	}
}
