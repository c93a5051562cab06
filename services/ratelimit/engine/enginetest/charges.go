package enginetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

// commit commits charges, and checks which could not be.
func (b bundle) commit(want []string, charges ...engine.Settlement) {
	b.Helper()
	not, err := b.Commit(b.Context(), charges)
	if err != nil {
		b.Fatal(err)
	}
	if diff := cmp.Diff(want, not, cmpopts.EquateEmpty()); diff != "" {
		b.Fatalf("not committed (-want +got):\n%s", diff)
	}
}

// cancel cancels charges, and checks which could not be.
func (b bundle) cancel(want []string, ids ...string) {
	b.Helper()
	not, err := b.Cancel(b.Context(), ids)
	if err != nil {
		b.Fatal(err)
	}
	if diff := cmp.Diff(want, not, cmpopts.EquateEmpty()); diff != "" {
		b.Fatalf("not cancelled (-want +got):\n%s", diff)
	}
}

func reserve(ttl time.Duration, n engine.Need) engine.Need {
	n.TTL = ttl
	return n
}

func charges(t *testing.T, h Harness) {
	user, project := userLog(), projectBucket()
	ada, all := line(user, "ada"), line(project, "")
	t.Run("a cancelled charge is given back, once", func(t *testing.T) {
		b := setup(t, h)
		id := b.granted(need(10, ada, all))[0].Charge.String()
		b.granted(need(1, ada, all))
		b.clock.Pass(time.Second)
		b.cancel(nil, id)
		b.wantLeft([]int64{59, 299}, ada, all) // time has paid 5 tokens of the 10, and the other 5 are given back
		b.cancel([]string{id, "nobody-1", ""}, id, "nobody-1", "")
		b.wantLeft([]int64{59, 299}, ada, all)
	})
	t.Run("a charge can be cancelled for ten minutes", func(t *testing.T) {
		b := setup(t, h)
		day := line(&rule.Limit{Rule: "day", Algorithm: rule.Calendar, Capacity: 5, Unit: rule.Day, Zone: time.UTC}, "")
		first := b.granted(need(2, day))[0].Charge.String()
		b.clock.Pass(time.Minute)
		second := b.granted(need(2, day))[0].Charge.String()
		b.clock.Pass(9*time.Minute + 30*time.Second)
		b.cancel([]string{first}, first, second)
		b.wantLeft([]int64{3}, day)
	})
	t.Run("a reservation is refunded at its end", func(t *testing.T) {
		b := setup(t, h)
		o := b.granted(reserve(10*time.Second, need(60, ada, all)))[0]
		if o.Life != 10*time.Second {
			t.Errorf("it lasts %v, want 10s", o.Life)
		}
		b.deferred(need(60, ada, all), time.Minute, "user") // what is reserved may yet be committed
		b.clock.Pass(10*time.Second - time.Microsecond)
		b.wantLeft([]int64{0}, ada)
		b.clock.Pass(time.Microsecond)
		b.wantLeft([]int64{60, 300}, ada, all)
		b.commit([]string{o.Charge.String()}, engine.Settlement{ID: o.Charge.String()})
		b.cancel([]string{o.Charge.String()}, o.Charge.String())
	})
	t.Run("it is refunded as of its end, whenever that is noticed", func(t *testing.T) {
		b := setup(t, h)
		b.granted(reserve(10*time.Second, need(100, all)))
		b.granted(need(200, all))
		b.clock.Pass(30 * time.Second)
		// 300 owed at 0; 50 paid until 10 s, and 50 of the reserved 100 given back: 200 owed, of which 100 are paid.
		b.wantLeft([]int64{200}, all)
	})
	t.Run("a committed reservation stays", func(t *testing.T) {
		b := setup(t, h)
		id := b.granted(reserve(10*time.Second, need(20, ada, all)))[0].Charge.String()
		b.commit(nil, engine.Settlement{ID: id})
		b.commit(nil, engine.Settlement{ID: id})
		b.cancel([]string{id}, id)
		b.clock.Pass(20 * time.Second)
		b.wantLeft([]int64{40}, ada)
	})
	t.Run("what was not used is refunded at the commit", func(t *testing.T) {
		b := setup(t, h)
		reserved := b.granted(reserve(10*time.Second, need(20, ada, all)))[0].Charge.String()
		charged := b.granted(need(20, ada, all))[0].Charge.String()
		b.commit([]string{"nobody-1"}, engine.Settlement{ID: reserved, Used: 5}, engine.Settlement{ID: "nobody-1"},
			engine.Settlement{ID: charged, Used: 7})
		b.commit(nil, engine.Settlement{ID: reserved, Used: 1}, engine.Settlement{ID: charged, Used: 1})
		b.wantLeft([]int64{48, 288}, ada, all)
		b.cancel([]string{reserved, charged}, reserved, charged)
	})
	t.Run("a slot in flight is free when it is given back, settled or too old", func(t *testing.T) {
		b := setup(t, h)
		slots := line(&rule.Limit{Rule: "slots", Algorithm: rule.Concurrency, Capacity: 3, Period: time.Minute}, "")
		first := b.granted(need(1, slots))[0].Charge.String()
		second := b.granted(need(1, slots))[0].Charge.String()
		b.clock.Pass(time.Second)
		b.granted(need(1, slots))
		b.deferred(need(1, slots), 59*time.Second, "slots")
		b.cancel(nil, first)
		b.wantLeft([]int64{1}, slots)
		b.commit(nil, engine.Settlement{ID: second})
		b.wantLeft([]int64{2}, slots)
		b.clock.Pass(time.Minute)
		b.wantLeft([]int64{3}, slots)
	})
	t.Run("a slot in flight can be given back for as long as it is taken", func(t *testing.T) {
		b := setup(t, h)
		slots := line(&rule.Limit{Rule: "slots", Algorithm: rule.Concurrency, Capacity: 1, Period: time.Hour}, "")
		id := b.granted(need(1, slots))[0].Charge.String()
		b.clock.Pass(time.Hour - time.Second)
		b.cancel(nil, id)
		b.wantLeft([]int64{1}, slots)
	})
	t.Run("charges are given back for each algorithm", func(t *testing.T) {
		for _, l := range []*rule.Limit{
			{Algorithm: rule.SlidingLog, Period: time.Minute},
			{Algorithm: rule.TokenBucket, Period: time.Minute},
			{Algorithm: rule.SlidingCounter, Period: time.Minute},
			{Algorithm: rule.Concurrency, Period: time.Minute},
			{Algorithm: rule.Calendar, Unit: rule.Month, Zone: time.UTC},
		} {
			t.Run(string(l.Algorithm), func(t *testing.T) {
				b := setup(t, h)
				l.Rule, l.Capacity = "limit", 10
				of := line(l, "")
				id := b.granted(need(4, of))[0].Charge.String()
				held := b.granted(reserve(time.Second, need(6, of)))[0].Charge.String()
				b.wantLeft([]int64{0}, of)
				b.cancel(nil, id)
				b.wantLeft([]int64{4}, of)
				b.clock.Pass(time.Second)
				b.wantLeft([]int64{10}, of)
				b.cancel([]string{held}, held)
			})
		}
	})
	t.Run("a restart keeps what is charged and reserved", func(t *testing.T) {
		if h.Restart == nil {
			return
		}
		b := setup(t, h)
		b.granted(need(10, ada, all))
		kept := b.granted(reserve(10*time.Second, need(20, ada, all)))[0].Charge.String()
		b.granted(reserve(10*time.Second, need(20, ada, all)))
		b.clock.Pass(time.Second)
		b.Engine = h.Restart(t, b.Engine, b.clock)
		b.wantLeft([]int64{10}, ada)
		b.commit(nil, engine.Settlement{ID: kept})
		b.clock.Pass(9 * time.Second)
		b.wantLeft([]int64{30}, ada)
		b.clock.Pass(50 * time.Second)
		b.wantLeft([]int64{60, 300}, ada, all)
	})
}
