package enginetest

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
)

func named(id string, sum uint64, n engine.Need) engine.Need {
	n.ID, n.Sum = id, sum
	return n
}

func ids(t *testing.T, h Harness) {
	user, project := userLog(), projectBucket()
	ada, all := line(user, "ada"), line(project, "")
	t.Run("the same id is decided once", func(t *testing.T) {
		b := setup(t, h)
		first := b.granted(named("a", 1, need(10, ada, all)))[0]
		again := b.granted(named("a", 1, need(10, ada, all)))[0]
		if again.Charge != first.Charge {
			t.Errorf("charge %v, and then %v", first.Charge, again.Charge)
		}
		b.wantLeft([]int64{50, 290}, ada, all)
		b.granted(named("b", 1, need(10, ada, all)))
		b.wantLeft([]int64{40, 280}, ada, all)
	})
	t.Run("a part that was granted is granted again", func(t *testing.T) {
		b := setup(t, h)
		b.granted(need(50, ada))
		n := named("a", 1, need(30, ada))
		n.Least = 5
		for range 2 {
			if o := b.decide(n)[0]; o.Verdict != engine.Proceed || o.Granted != 10 {
				t.Fatalf("%+v, want 10 granted", o)
			}
		}
	})
	t.Run("another call under the same id is rejected", func(t *testing.T) {
		b := setup(t, h)
		b.granted(named("a", 1, need(10, ada)))
		if o := b.decide(named("a", 2, need(5, ada, all)))[0]; o.Verdict != engine.Reject || !errors.Is(o.Err, engine.ErrReused) {
			t.Errorf("%+v, want it rejected", o)
		}
		b.wantLeft([]int64{50, 300}, ada, all)
	})
	t.Run("a decided id is remembered for ten minutes", func(t *testing.T) {
		b := setup(t, h)
		first := b.granted(named("a", 1, need(10, ada)))[0]
		b.clock.Pass(10*time.Minute - time.Microsecond)
		if again := b.granted(named("a", 1, need(10, ada)))[0]; again.Charge != first.Charge {
			t.Errorf("charge %v, and then %v", first.Charge, again.Charge)
		}
		b.wantLeft([]int64{60}, ada)
		b.clock.Pass(time.Microsecond)
		b.granted(named("a", 2, need(10, ada)))
		b.wantLeft([]int64{50}, ada)
	})
	t.Run("a reserved one until it is refunded", func(t *testing.T) {
		b := setup(t, h)
		b.granted(reserve(10*time.Second, named("a", 1, need(10, ada))))
		b.clock.Pass(4 * time.Second)
		if o := b.granted(reserve(10*time.Second, named("a", 1, need(10, ada))))[0]; o.Life != 6*time.Second {
			t.Errorf("it lasts %v, want 6s", o.Life)
		}
		b.clock.Pass(6 * time.Second)
		if o := b.granted(reserve(10*time.Second, named("a", 2, need(10, ada))))[0]; o.Life != 10*time.Second {
			t.Errorf("it lasts %v, want 10s", o.Life)
		}
		b.wantLeft([]int64{50}, ada)
	})
	t.Run("a cancelled one is forgotten, a committed one is not", func(t *testing.T) {
		b := setup(t, h)
		cancelled := b.granted(reserve(time.Minute, named("a", 1, need(10, ada))))[0].Charge.String()
		committed := b.granted(reserve(time.Minute, named("b", 1, need(10, ada))))[0].Charge.String()
		b.cancel(nil, cancelled)
		b.commit(nil, engine.Settlement{ID: committed})
		b.granted(reserve(time.Minute, named("a", 1, need(10, ada))))
		b.granted(reserve(time.Minute, named("b", 1, need(10, ada))))
		b.wantLeft([]int64{40}, ada)
	})
	t.Run("many who repeat one id at once are charged once", func(t *testing.T) {
		b := setup(t, h)
		var callers sync.WaitGroup
		for range 16 {
			callers.Go(func() {
				if _, err := b.Decide(t.Context(), []engine.Need{named("a", 1, need(10, ada, all))}, nil); err != nil {
					t.Error(err)
				}
			})
		}
		callers.Wait()
		b.wantLeft([]int64{50, 290}, ada, all)
	})
}
