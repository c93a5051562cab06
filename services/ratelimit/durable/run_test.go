package durable_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sheetreel/sheetreel/services/ratelimit/durable"
	"github.com/sheetreel/sheetreel/services/ratelimit/durable/storetest"
	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
)

func TestManyDecisionsAreOneWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var writes atomic.Int64
		store := &storetest.Memory{}
		store.Before(func(context.Context) error { writes.Add(1); return nil })
		p := launch(t, store, durable.Config{})
		synctest.Wait()
		writes.Store(0)
		limit := minute(1000)
		for range 500 {
			p.want(engine.Proceed, need(1, limit))
		}
		<-time.After(150 * time.Millisecond)
		if got := writes.Load(); got != 1 || store.Rows(durable.Counter) != 1 {
			t.Errorf("%d writes of %d counters, want 1 of 1", got, store.Rows(durable.Counter))
		}
		<-time.After(5 * time.Second)
		if got := writes.Load(); got != 1 {
			t.Errorf("%d writes after nothing has happened, want 1", got)
		}
		if err := p.finish(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestACleanEndLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &storetest.Memory{}
		first := launch(t, store, durable.Config{})
		limit := minute(60)
		reserved := need(10, limit)
		reserved.TTL, reserved.ID = 30*time.Second, "once"
		id := first.ask(reserved).Charge.String()
		first.want(engine.Proceed, need(30, limit))
		if err := first.finish(); err != nil {
			t.Fatal(err)
		}
		if out, err := first.Decide(t.Context(), []engine.Need{need(1, limit)}, nil); err == nil {
			t.Errorf("after its end it decides %+v", out)
		}
		<-time.After(10 * time.Second) // nobody runs
		second := launch(t, store, durable.Config{})
		second.wantLeft(limit, 20)
		if again := second.ask(reserved); again.Verdict != engine.Proceed || again.Charge.String() != id || again.Life != 20*time.Second {
			t.Errorf("the same id again: %+v, want the reservation %s with 20s to live", again, id)
		}
		second.wantLeft(limit, 20)
		if not, err := second.Cancel(t.Context(), []string{id}); err != nil || len(not) > 0 {
			t.Errorf("not cancelled: %v, %v", not, err)
		}
		second.wantLeft(limit, 30)
		<-time.After(50 * time.Second)
		second.wantLeft(limit, 60)
		if err := second.finish(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestAfterACrashLimitsAreUsedUpForTheirPeriod(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &storetest.Memory{}
		first := idle(t, store, durable.Config{})
		limit := minute(60)
		first.want(engine.Proceed, need(5, limit)) // and nobody wrote it
		second := launch(t, store, durable.Config{})
		second.wantLeft(limit, 0)
		<-time.After(time.Minute)
		second.wantLeft(limit, 60)
		if err := second.finish(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestACrashLongAgoDoesNotMatter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &storetest.Memory{}
		limit := minute(60)
		idle(t, store, durable.Config{}).want(engine.Proceed, need(5, limit))
		<-time.After(time.Hour)
		second := idle(t, store, durable.Config{})
		second.wantLeft(limit, 60)
	})
}

func TestADatabaseThatIsGoneSlowsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &storetest.Memory{}
		gone := errors.New("nobody answers")
		first := launch(t, store, durable.Config{})
		limit := minute(60)
		synctest.Wait()
		broken(store, gone)
		began := time.Now()
		first.want(engine.Proceed, need(20, limit))
		<-time.After(time.Second)
		first.want(engine.Proceed, need(20, limit))
		if took := time.Since(began); took != time.Second {
			t.Errorf("decisions took %v", took-time.Second)
		}
		if h := first.Health(); !errors.Is(h.Err, gone) || !h.Written.Before(began.Add(time.Second)) {
			t.Errorf("health %+v, want the error", h)
		}
		store.Before(nil)
		<-time.After(10 * time.Second)
		if h := first.Health(); h.Err != nil {
			t.Errorf("health %+v, want no error", h)
		}
		if err := first.finish(); err != nil {
			t.Fatal(err)
		}
		idle(t, store, durable.Config{}).wantLeft(limit, 20)
	})
}

func TestWhoLosesTheDatabaseGrantsNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &storetest.Memory{}
		first := launch(t, store, durable.Config{})
		synctest.Wait()
		second := launch(t, store, durable.Config{}) // this store believes that the first is dead
		limit := minute(60)
		first.want(engine.Proceed, need(1, limit))
		if err := <-first.end; !errors.Is(err, durable.ErrLost) {
			t.Errorf("the first ended with %v, want ErrLost", err)
		}
		if _, err := first.Decide(t.Context(), []engine.Need{need(1, limit)}, nil); err == nil {
			t.Error("the first grants on")
		}
		if err := second.finish(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestWhatNeverRanGivesTheDatabaseUp(t *testing.T) {
	store := &storetest.Memory{}
	if err := idle(t, store, durable.Config{}).Close(); err != nil {
		t.Fatal(err)
	}
	limit := minute(60)
	idle(t, store, durable.Config{}).wantLeft(limit, 60)
}

func TestWhatCannotBeReadIsUsedUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &storetest.Memory{}
		first := launch(t, store, durable.Config{})
		limit := minute(60)
		first.want(engine.Proceed, need(1, limit))
		if err := first.finish(); err != nil {
			t.Fatal(err)
		}
		store.Damage()
		second := idle(t, store, durable.Config{})
		second.wantLeft(limit, 0)
		other := *limit
		other.Rule = "other"
		second.wantLeft(&other, 60)
		<-time.After(time.Minute)
		second.wantLeft(limit, 60)
	})
}

func TestWhatIsOverIsDeleted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &storetest.Memory{}
		p := launch(t, store, durable.Config{})
		p.want(engine.Proceed, need(1, minute(60)))
		<-time.After(time.Second)
		if got := store.Rows(durable.Counter); got != 1 {
			t.Errorf("%d counters, want 1", got)
		}
		<-time.After(2 * time.Minute)
		if got := store.Rows(durable.Counter); got != 0 {
			t.Errorf("%d counters after they are over, want none", got)
		}
		if err := p.finish(); err != nil {
			t.Fatal(err)
		}
	})
}
