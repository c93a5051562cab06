package durable_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sheetreel/sheetreel/services/ratelimit/durable"
	"github.com/sheetreel/sheetreel/services/ratelimit/durable/storetest"
	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

// A process is killed right after it has granted something of a daily limit: nothing is lost, and nothing is taken.
func TestStrictLimitsAreWrittenBeforeTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &storetest.Memory{}
		first := launch(t, store, durable.Config{})
		hour := &rule.Limit{Rule: "hour", Algorithm: rule.SlidingLog, Capacity: 100, Period: time.Hour}
		first.want(engine.Proceed, need(7, daily(rule.LocalShare), hour))
		second := launch(t, store, durable.Config{}) // the first is as good as killed
		second.wantLeft(daily(rule.LocalShare), 93)
		second.wantLeft(hour, 93)
		first.stop()
		<-first.end
		if err := second.finish(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestStrictLimitsWhileTheDatabaseIsGone(t *testing.T) {
	tests := map[string]struct {
		limit   *rule.Limit
		verdict engine.Verdict
		left    int64
	}{
		"a share goes on from memory":               {daily(rule.LocalShare), engine.Proceed, 95},
		"open goes on from memory":                  {daily(rule.Open), engine.Proceed, 95},
		"closed takes back what it granted":         {daily(rule.Closed), engine.Retry, 100},
		"a fast limit does not wait, closed or not": {&rule.Limit{Rule: "s", Algorithm: rule.SlidingLog, Capacity: 100, Period: time.Minute, Outage: rule.Closed}, engine.Proceed, 95},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := &storetest.Memory{}
				p := launch(t, store, durable.Config{})
				synctest.Wait()
				broken(store, errors.New("nobody answers"))
				p.want(test.verdict, need(5, test.limit))
				p.wantLeft(test.limit, test.left)
				store.Before(nil)
				if err := p.finish(); err != nil {
					t.Fatal(err)
				}
			})
		})
	}
}

func TestPatienceWithASlowDatabaseIsLostOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &storetest.Memory{}
		p := launch(t, store, durable.Config{Patience: 2 * time.Second})
		synctest.Wait()
		store.Before(func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		})
		began := time.Now()
		for range 10 {
			p.want(engine.Proceed, need(1, daily(rule.LocalShare)))
		}
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("ten calls waited %v, want 2s by the first only", took)
		}
		<-time.After(time.Minute) // the write was given up
		store.Before(nil)
		<-time.After(time.Minute)
		p.want(engine.Proceed, need(1, daily(rule.LocalShare)))
		if err := p.finish(); err != nil {
			t.Fatal(err)
		}
		idle(t, store, durable.Config{}).wantLeft(daily(rule.LocalShare), 89)
	})
}

func TestClosedLimitsRefuseWhenACrashCouldNotBeReckoned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &storetest.Memory{}
		p := launch(t, store, durable.Config{Unsaved: 20 * time.Second})
		synctest.Wait()
		broken(store, errors.New("nobody answers"))
		closed := minute(60)
		closed.Outage = rule.Closed
		open := *closed
		open.Rule, open.Outage = "open", rule.Open
		p.want(engine.Proceed, need(1, closed))
		<-time.After(time.Minute)
		out := p.ask(need(1, closed, &open))
		if out.Verdict != engine.Retry || !errors.Is(out.Err, engine.ErrUnreachable) || out.Wait <= 0 {
			t.Errorf("a closed limit decides %+v, want to retry", out)
		}
		p.wantLeft(&open, 60)
		p.want(engine.Proceed, need(1, &open))
		store.Before(nil)
		<-time.After(10 * time.Second)
		p.want(engine.Proceed, need(1, closed))
		if err := p.finish(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestACallerWhoLeavesIsToldNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &storetest.Memory{}
		p := launch(t, store, durable.Config{})
		synctest.Wait()
		store.Before(func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		out, err := p.Decide(ctx, []engine.Need{need(1, daily(rule.LocalShare))}, nil)
		if !errors.Is(err, context.DeadlineExceeded) || len(out) > 0 {
			t.Errorf("%+v, %v; want the end of its context", out, err)
		}
		store.Before(nil)
		if err := p.finish(); err != nil {
			t.Fatal(err)
		}
	})
}
