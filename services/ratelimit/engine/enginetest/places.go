package enginetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

// lateness is how long after its time a place may be kept for an owner that does not come back.
const lateness = 10 * time.Second

func queued(id string, n engine.Need) engine.Need {
	n.ID, n.Queue = id, true
	return n
}

func places(t *testing.T, h Harness) {
	slow := &rule.Limit{Rule: "slow", Algorithm: rule.TokenBucket, Capacity: 2, Period: 4 * time.Second} // one in 2 s
	of := line(slow, "")
	t.Run("each is told a time of its own, and is granted then", func(t *testing.T) {
		b := setup(t, h)
		b.granted(need(2, of))
		for i := range 4 {
			b.deferred(queued(fmt.Sprint(i), need(1, of)), time.Duration(2+2*i)*time.Second, "slow")
		}
		b.deferred(queued("1", need(1, of)), 4*time.Second, "slow") // who asks again keeps its place
		b.deferred(need(1, of), 10*time.Second, "slow")             // a newcomer is told a time behind them
		for i := range 4 {
			b.clock.Pass(2 * time.Second)
			if i < 3 {
				b.deferred(queued("3", need(1, of)), time.Duration(6-2*i)*time.Second, "slow")
			}
			b.decide(need(1, of))
			b.granted(queued(fmt.Sprint(i), need(1, of)))
		}
	})
	t.Run("places behind a window that is used up twice over", func(t *testing.T) {
		b := setup(t, h)
		log := line(&rule.Limit{Rule: "log", Algorithm: rule.SlidingLog, Capacity: 2, Period: 10 * time.Second}, "")
		b.granted(need(1, log))
		b.clock.Pass(4 * time.Second)
		b.granted(need(1, log))
		for i, wait := range []int{6, 10, 16, 20, 26} {
			b.deferred(queued(fmt.Sprint(i), need(1, log)), time.Duration(wait)*time.Second, "log")
		}
	})
	t.Run("a newcomer passes only if enough is left for all before it", func(t *testing.T) {
		b := setup(t, h)
		bucket := line(&rule.Limit{Rule: "bucket", Algorithm: rule.TokenBucket, Capacity: 10, Period: 10 * time.Second}, "")
		b.granted(need(10, bucket))
		b.deferred(queued("large", need(8, bucket)), 8*time.Second, "bucket")
		b.clock.Pass(7 * time.Second)
		b.deferred(need(1, bucket), 2*time.Second, "bucket") // 7 are left: they are for the large one
		b.clock.Pass(2 * time.Second)
		b.granted(need(1, bucket))
		b.deferred(need(1, bucket), time.Second, "bucket")
		b.granted(queued("large", need(8, bucket)))
		b.deferred(need(1, bucket), time.Second, "bucket")
	})
	t.Run("a place is dropped when its owner does not come back", func(t *testing.T) {
		b := setup(t, h)
		b.granted(need(2, of))
		b.deferred(queued("gone", need(2, of)), 4*time.Second, "slow")
		b.deferred(queued("next", need(1, of)), 6*time.Second, "slow")
		b.clock.Pass(4 * time.Second)
		if o := b.decide(need(1, of))[0]; o.Verdict != engine.Defer {
			t.Fatalf("%+v, want it to wait behind the two", o)
		}
		b.clock.Pass(2*time.Second + lateness)
		b.granted(need(2, of))
	})
	t.Run("who asks without a place gives its own up", func(t *testing.T) {
		b := setup(t, h)
		slot := line(&rule.Limit{Rule: "slot", Algorithm: rule.Concurrency, Capacity: 1, Period: time.Hour}, "")
		id := b.granted(need(1, slot))[0].Charge.String()
		n := queued("gone", need(1, slot))
		b.deferred(n, time.Hour, "slot")
		n.Queue, n.Cost, n.Least = false, 2, 2 // also when it is rejected
		if o := b.decide(n)[0]; o.Verdict != engine.Reject || !errors.Is(o.Err, engine.ErrCost) {
			t.Errorf("%+v, want it rejected", o)
		}
		b.cancel(nil, id)
		b.granted(need(1, slot))
	})
	t.Run("a place holds up nobody at a limit that did not refuse", func(t *testing.T) {
		b := setup(t, h)
		user, project := userLog(), projectBucket()
		b.granted(need(60, line(user, "ada"), line(project, "")))
		for i := range 500 {
			o := b.decide(queued(fmt.Sprint(i), need(1, line(user, "ada"), line(project, ""))))[0]
			if o.Verdict != engine.Defer || o.Limits[0].Limit != user || len(o.Limits) != 1 {
				t.Fatalf("%+v, want it deferred by user alone", o)
			}
		}
		for range 240 {
			b.granted(need(1, line(user, "bob"+fmt.Sprint(b.left(line(project, ""))[0]%4)), line(project, "")))
		}
	})
	t.Run("a refund lets the first of a queue in at once", func(t *testing.T) {
		b := setup(t, h)
		id := b.granted(need(1, of))[0].Charge.String()
		b.granted(need(1, of))
		b.deferred(queued("a", need(1, of)), 2*time.Second, "slow")
		b.deferred(queued("b", need(1, of)), 4*time.Second, "slow")
		b.cancel(nil, id)
		if o := b.decide(queued("b", need(1, of)))[0]; o.Verdict != engine.Defer || o.Wait != 2*time.Second {
			t.Errorf("%+v, want it deferred for 2s now", o)
		}
		b.granted(queued("a", need(1, of)))
	})
	t.Run("another call under the id of one that waits is rejected", func(t *testing.T) {
		b := setup(t, h)
		b.granted(need(2, of))
		b.deferred(queued("a", need(1, of)), 2*time.Second, "slow")
		n := queued("a", need(2, of))
		n.Sum = 7
		if o := b.decide(n)[0]; o.Verdict != engine.Reject || !errors.Is(o.Err, engine.ErrReused) {
			t.Errorf("%+v, want it rejected", o)
		}
	})
}
