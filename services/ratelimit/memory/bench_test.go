package memory

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

// BenchmarkDecide measures a decision over two limits, a sliding log of 60 and a token bucket, on real time. The calls of
// "hot" are all of one user, and nearly all refused; those of "hot, granted" are of one user with a large limit.
func BenchmarkDecide(b *testing.B) {
	user := &rule.Limit{Rule: "user", Algorithm: rule.SlidingLog, Capacity: 60, Period: time.Millisecond}
	project := &rule.Limit{Rule: "project", Algorithm: rule.TokenBucket, Capacity: 300, Period: time.Millisecond}
	busy := &rule.Limit{Rule: "user", Algorithm: rule.SlidingLog, Capacity: 60, Period: 10 * time.Microsecond}
	slow := &rule.Limit{Rule: "user", Algorithm: rule.SlidingLog, Capacity: 60, Period: time.Minute}
	spread := func(user *rule.Limit, users, projects int) []engine.Need {
		needs := make([]engine.Need, users)
		for i := range needs {
			tag := fmt.Sprint("p", i%projects)
			needs[i] = engine.Need{Cost: 1, Lines: []engine.Line{
				{Limit: user, Key: fmt.Appendf(nil, "project=%s,user=u%d", tag, i), Tag: tag},
				{Limit: project, Key: fmt.Appendf(nil, "project=%s", tag), Tag: tag},
			}}
		}
		return needs
	}
	for _, bench := range []struct {
		name  string
		needs []engine.Need
	}{
		{"spread", spread(user, 10_000, 2_000)},
		{"hot", spread(slow, 1, 1)},
		{"hot, granted", spread(busy, 1, 1)},
	} {
		run := func(b *testing.B, parallel bool) {
			e := New(Config{MaxPermits: 20_000})
			var out []engine.Outcome
			for range 3 {
				out, _ = e.Decide(b.Context(), bench.needs, out[:0])
			}
			b.ReportAllocs()
			b.ResetTimer()
			var granted atomic.Int64
			decide := func(ctx context.Context, more func() bool) {
				var out []engine.Outcome
				yes := int64(0)
				for i := 0; more(); i++ {
					at := i % len(bench.needs)
					out, _ = e.Decide(ctx, bench.needs[at:at+1], out[:0])
					yes += out[0].Granted
				}
				granted.Add(yes)
			}
			if parallel {
				b.RunParallel(func(pb *testing.PB) { decide(b.Context(), pb.Next) })
			} else {
				decide(b.Context(), b.Loop)
			}
			b.ReportMetric(float64(granted.Load())/float64(b.N), "granted/op")
		}
		b.Run(bench.name, func(b *testing.B) { run(b, false) })
		b.Run(bench.name+", parallel", func(b *testing.B) { run(b, true) })
	}
}
