package enginetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

// report reports an upstream's refusal.
func (b bundle) report(l engine.Line, until time.Duration, capacity int64) {
	b.Helper()
	if err := b.Report(b.Context(), l, until, capacity); err != nil {
		b.Fatal(err)
	}
}

func reports(t *testing.T, h Harness) {
	user := userLog()
	ada := line(user, "ada")
	t.Run("a peek charges nothing and tells the wait of a cost", func(t *testing.T) {
		b := setup(t, h)
		b.granted(need(58, ada))
		for range 3 {
			got, err := b.Peek(t.Context(), []engine.Line{ada, line(user, "bob")}, 5)
			if err != nil {
				t.Fatal(err)
			}
			want := []engine.Status{
				{Limit: user, Key: "project=p,of=ada", Capacity: 60, Left: 2, Reset: time.Minute, Wait: time.Minute},
				{Limit: user, Key: "project=p,of=bob", Capacity: 60, Left: 60},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("peek (-want +got):\n%s", diff)
			}
		}
	})
	t.Run("nothing is left until the time that an upstream told", func(t *testing.T) {
		b := setup(t, h)
		b.granted(need(1, ada))
		b.report(ada, 30*time.Second, 0)
		b.report(ada, 20*time.Second, 0) // the longer one holds
		b.wantLeft([]int64{0, 60}, ada, line(user, "bob"))
		b.deferred(need(1, ada), 30*time.Second, "user")
		b.clock.Pass(30*time.Second - time.Microsecond)
		b.deferred(need(1, ada), time.Microsecond, "user")
		b.clock.Pass(time.Microsecond)
		b.granted(need(59, ada))
	})
	t.Run("of a limit that nobody used yet, too", func(t *testing.T) {
		b := setup(t, h)
		b.report(ada, time.Second, 0)
		b.deferred(need(1, ada), time.Second, "user")
	})
	t.Run("a lower true capacity holds until the limit is changed", func(t *testing.T) {
		b := setup(t, h)
		b.granted(need(30, ada))
		b.report(ada, 0, 40)
		b.wantLeft([]int64{10}, ada)
		b.deferred(need(11, ada), time.Minute, "user")
		if o := b.decide(need(41, ada))[0]; o.Verdict != engine.Reject || o.Limits[0].Capacity != 40 {
			t.Errorf("%+v, want it rejected with capacity 40", o)
		}
		b.clock.Pass(time.Hour)
		b.wantLeft([]int64{40}, ada)
		same := *user
		b.wantLeft([]int64{40}, line(&same, "ada")) // said again is not changed
		other := *user
		other.Capacity = 50
		b.granted(need(1, line(&other, "ada")))
		b.wantLeft([]int64{49}, line(&other, "ada"))
	})
	t.Run("a higher one does not", func(t *testing.T) {
		b := setup(t, h)
		b.report(ada, 0, 100)
		b.wantLeft([]int64{60}, ada)
	})
	t.Run("a drained bucket goes on from what it had", func(t *testing.T) {
		b := setup(t, h)
		bucket := line(&rule.Limit{Rule: "bucket", Algorithm: rule.TokenBucket, Capacity: 60, Period: time.Minute}, "")
		b.granted(need(60, bucket))
		b.report(bucket, 10*time.Second, 0)
		b.deferred(need(1, bucket), 10*time.Second, "bucket")
		b.clock.Pass(10 * time.Second)
		b.wantLeft([]int64{10}, bucket)
	})
}
