package enginetest

import (
	"sync"
	"testing"
	"time"

	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

// probes are six calls that other limiters answer wrongly.
func probes(t *testing.T, h Harness) {
	t.Run("a flood by one user leaves a second one of the project untouched", func(t *testing.T) {
		b := setup(t, h)
		user, project := userLog(), projectBucket()
		admitted := 0
		for range 500 {
			if b.decide(need(1, line(user, "ada"), line(project, "")))[0].Verdict == engine.Proceed {
				admitted++
			}
		}
		if admitted != 60 {
			t.Errorf("%d of the flood admitted, want 60", admitted)
		}
		b.wantLeft([]int64{240}, line(project, ""))
		for range 20 {
			b.granted(need(1, line(user, "bob"), line(project, "")))
		}
	})
	t.Run("640 calls of one user by 64 at once charge the project exactly 60", func(t *testing.T) {
		b := setup(t, h)
		user, project := userLog(), projectBucket()
		var callers sync.WaitGroup
		for range 64 {
			callers.Go(func() {
				for range 10 {
					if _, err := b.Decide(t.Context(), []engine.Need{need(1, line(user, "ada"), line(project, ""))}, nil); err != nil {
						t.Error(err)
					}
				}
			})
		}
		callers.Wait()
		b.wantLeft([]int64{0, 240}, line(user, "ada"), line(project, ""))
	})
	t.Run("a refused cost eats nothing", func(t *testing.T) {
		b := setup(t, h)
		user := userLog()
		b.granted(need(50, line(user, "ada")))
		b.deferred(need(50, line(user, "ada")), time.Minute, "user")
		b.granted(need(5, line(user, "ada")))
		b.wantLeft([]int64{5}, line(user, "ada"))
	})
	t.Run("at most 60 in any 60 s, wherever they begin", func(t *testing.T) {
		b := setup(t, h)
		user := userLog()
		var times []time.Time
		for step := range 300 {
			b.clock.Pass(time.Duration(300+step%7*97) * time.Millisecond)
			for range 3 {
				if b.decide(need(1, line(user, "ada")))[0].Verdict == engine.Proceed {
					times = append(times, b.clock.Now())
				}
			}
		}
		if len(times) < 120 {
			t.Errorf("%d admitted in 2 to 3 minutes, want 120 or more", len(times))
		}
		for i := 60; i < len(times); i++ {
			if span := times[i].Sub(times[i-60]); span < time.Minute {
				t.Fatalf("61 admitted within %v", span)
			}
		}
	})
	t.Run("a broken store is never allowed", func(t *testing.T) {
		if h.Outage == nil {
			return
		}
		b := setup(t, h)
		user := userLog()
		b.granted(need(60, line(user, "ada")))
		end := h.Outage(t, b.Engine)
		out, err := b.Decide(t.Context(), []engine.Need{need(1, line(user, "ada"))}, nil)
		if err == nil && out[0].Verdict == engine.Proceed && !out[0].Degraded {
			t.Errorf("without its store: %+v", out[0])
		}
		end()
		b.deferred(need(1, line(user, "ada")), time.Minute, "user")
	})
	t.Run("a drained bucket refills by time", func(t *testing.T) {
		b := setup(t, h)
		bucket := &rule.Limit{Rule: "bucket", Algorithm: rule.TokenBucket, Capacity: 60, Period: 6 * time.Second}
		b.granted(need(60, line(bucket, "")))
		b.wantLeft([]int64{0}, line(bucket, ""))
		b.clock.Pass(3 * time.Second)
		b.wantLeft([]int64{30}, line(bucket, ""))
		b.granted(need(30, line(bucket, "")))
		b.deferred(need(1, line(bucket, "")), 100*time.Millisecond, "bucket")
	})
}
