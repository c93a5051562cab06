package memory

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

// Everything at once, over limits of several projects: what is charged is what was granted and not given back.
func TestEverythingAtOnce(t *testing.T) {
	large := func(name string, a rule.Algorithm) *rule.Limit {
		return &rule.Limit{Rule: name, Algorithm: a, Capacity: 100_000, Period: time.Hour, Unit: rule.Month}
	}
	shared := []engine.Line{
		lineOf(large("all", rule.SlidingCounter), "", ""), lineOf(large("month", rule.Calendar), "q", ""), lineOf(large("log", rule.SlidingLog), "r", ""),
	}
	b := setup(t, Config{MaxPermits: 100_000})
	ctx, stop := context.WithCancel(t.Context())
	var keepers sync.WaitGroup
	keepers.Go(func() {
		var k kept
		for ctx.Err() == nil {
			k.flush(b.Engine, 5)
			b.runOnce()
			if _, err := b.Usage(ctx, "project=", engine.Place{}, 10); err != nil {
				t.Error(err)
			}
		}
	})
	var mu sync.Mutex
	stays := int64(0)
	var callers sync.WaitGroup
	for i := range 8 {
		callers.Go(func() {
			mine := caller{b: b, lines: append([]engine.Line{lineOf(large("own", rule.SlidingLog), fmt.Sprint("p", i), "")}, shared...)}
			for round := range 200 {
				mine.round(t, i, round)
			}
			mu.Lock()
			stays += mine.stays
			mu.Unlock()
		})
	}
	callers.Wait()
	stop()
	keepers.Wait()
	for _, l := range shared {
		b.wantLeft(100_000-stays, l)
	}
}

type caller struct {
	b     bundle
	lines []engine.Line
	stays int64
}

// round makes one of each kind of call.
func (c *caller) round(t *testing.T, i, round int) {
	ctx := context.Background()
	reserved, named := need(3, c.lines...), need(2, c.lines...)
	reserved.TTL = time.Hour
	named.ID = fmt.Sprint(i, "-", round)
	out, err := c.b.Decide(ctx, []engine.Need{need(1, c.lines...), reserved, named, named, reserved}, nil)
	if err != nil {
		t.Error(err)
		return
	}
	if out[2].Charge != out[3].Charge {
		t.Errorf("one id has two charges")
	}
	settlements := []engine.Settlement{{ID: out[1].Charge.String(), Used: 2}}
	if not, err := c.b.Commit(ctx, settlements); err != nil || len(not) > 0 {
		t.Errorf("not committed: %v, %v", not, err)
	}
	gone := []string{out[4].Charge.String()}
	c.stays += 1 + 2 + 2
	if round%2 == 0 {
		gone = append(gone, out[0].Charge.String(), out[2].Charge.String())
		c.stays -= 1 + 2
	}
	if not, err := c.b.Cancel(ctx, gone); err != nil || len(not) > 0 {
		t.Errorf("not cancelled: %v, %v", not, err)
	}
}
