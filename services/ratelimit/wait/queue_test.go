package wait_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sheetreel/sheetreel/services/ratelimit/wait"
)

func TestOneUserIsServedInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPace()
		c := newCrowd(t, wait.Config{}, p)
		var want []string
		for i := range 5 {
			c.join(t.Context(), fmt.Sprint("ada", i), "ada", time.Minute, line(perUser, "ada"))
			synctest.Wait()
			want = append(want, fmt.Sprintf("ada%d granted at %v", i, time.Duration(i)*time.Second))
		}
		if diff := cmp.Diff(want, c.all()); diff != "" {
			t.Errorf("ends (-want +got):\n%s", diff)
		}
		if n := p.calls(); n > 1+4*3 {
			t.Errorf("the engine was asked %d times for 5 calls", n)
		}
	})
}

// A user who came first with many calls does not hold up the other users of the project.
func TestUsersTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrowd(t, wait.Config{}, newPace())
		join := func(user string, i int) {
			c.join(t.Context(), fmt.Sprint(user, i), user, time.Minute, line(perProject, "demo"))
			synctest.Wait()
		}
		for i := range 6 {
			join("ada", i)
		}
		for i := range 2 {
			join("bob", i)
			join("eve", i)
		}
		want := []string{
			"ada0 granted at 0s", "ada1 granted at 1s", "bob0 granted at 2s", "eve0 granted at 3s", "ada2 granted at 4s",
			"bob1 granted at 5s", "eve1 granted at 6s", "ada3 granted at 7s", "ada4 granted at 8s", "ada5 granted at 9s",
		}
		if diff := cmp.Diff(want, c.all()); diff != "" {
			t.Errorf("ends (-want +got):\n%s", diff)
		}
	})
}

// Who waits for one sheet does not hold up the same user's calls about another.
func TestOnlyTheSameLimitHoldsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrowd(t, wait.Config{}, newPace())
		for _, sheet := range []string{"x", "x", "x", "y"} {
			c.join(t.Context(), sheet, "ada", time.Minute, line(perUser, "ada"), line(perSheet, sheet))
			synctest.Wait()
		}
		want := []string{"x granted at 0s", "y granted at 1s", "x granted at 10s", "x granted at 20s"}
		if diff := cmp.Diff(want, c.all()); diff != "" {
			t.Errorf("ends (-want +got):\n%s", diff)
		}
	})
}

func TestWhatCannotComeInTimeIsRefusedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPace()
		c := newCrowd(t, wait.Config{}, p)
		c.join(t.Context(), "first", "ada", time.Minute, line(perSheet, "x"))
		synctest.Wait()
		c.join(t.Context(), "second", "ada", 5*time.Second, line(perSheet, "x"))
		synctest.Wait()
		want := []string{"first granted at 0s", "second refused at 0s for 10s"}
		if diff := cmp.Diff(want, c.all()); diff != "" {
			t.Errorf("ends (-want +got):\n%s", diff)
		}
		if len(p.place["x"]) != 0 {
			t.Error("it has left a place behind")
		}
	})
}

// A slot of what is in flight is usually given back before its time, so waiting goes on until the deadline.
func TestSlotsAreWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPace()
		c := newCrowd(t, wait.Config{}, p)
		for i, patience := range []time.Duration{time.Minute, time.Minute, 20 * time.Second} {
			c.join(t.Context(), fmt.Sprint(i), "ada", patience, line(slots, "demo"))
			synctest.Wait()
		}
		<-time.After(10 * time.Second)
		p.open("demo")
		c.queue.Refunded()
		want := []string{"0 granted at 0s", "1 granted at 10s", "2 refused at 20s for 59m50s"}
		if diff := cmp.Diff(want, c.all()); diff != "" {
			t.Errorf("ends (-want +got):\n%s", diff)
		}
	})
}

func TestOthersRefundsAreFoundByAskingAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPace()
		c := newCrowd(t, wait.Config{Recheck: time.Second}, p)
		for range 2 {
			c.join(t.Context(), "slot", "ada", time.Minute, line(slots, "demo"))
			synctest.Wait()
		}
		<-time.After(2500 * time.Millisecond)
		p.open("demo") // at another replica
		want := []string{"slot granted at 0s", "slot granted at 3s"}
		if diff := cmp.Diff(want, c.all()); diff != "" {
			t.Errorf("ends (-want +got):\n%s", diff)
		}
	})
}

func TestManyRefundsWakeOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPace()
		c := newCrowd(t, wait.Config{}, p)
		for range 2 {
			c.join(t.Context(), "slot", "ada", 10*time.Second, line(slots, "demo"))
			synctest.Wait()
		}
		before := p.calls()
		for range 1000 {
			c.queue.Refunded()
			synctest.Wait()
		}
		<-time.After(time.Second)
		if n := p.calls() - before; n != 2 {
			t.Errorf("1000 refunds at once made it ask %d times, want at once and once later", n)
		}
		c.all()
	})
}

func TestACancelledCallMakesWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPace()
		c := newCrowd(t, wait.Config{}, p)
		ctx, cancel := context.WithCancelCause(t.Context())
		c.join(t.Context(), "0", "ada", time.Minute, line(perSheet, "x"))
		synctest.Wait()
		for i := 1; i < 4; i++ {
			of := t.Context()
			if i < 3 {
				of = ctx
			}
			c.join(of, fmt.Sprint(i), "ada", time.Minute, line(perSheet, "x"))
			synctest.Wait()
		}
		<-time.After(4 * time.Second)
		cancel(errors.New("gone")) // both the one that has the place and the one behind it
		p.open("x")
		c.queue.Refunded()
		got := c.all()
		want := []string{"0 granted at 0s", "1 ended at 4s: gone", "2 ended at 4s: gone", "3 granted at 4s"}
		slices.Sort(got) // they end in any order
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("ends (-want +got):\n%s", diff)
		}
	})
}

func TestWaitingIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrowd(t, wait.Config{MaxWaiting: 3, MaxPerLane: 2}, newPace())
		c.join(t.Context(), "0", "ada", time.Minute, line(perSheet, "x"))
		synctest.Wait()
		for i, user := range []string{"ada", "ada", "ada", "bob", "eve"} {
			c.join(t.Context(), fmt.Sprint(user, i+1), user, 15*time.Second, line(perSheet, "x"))
			synctest.Wait()
		}
		<-time.After(time.Second)
		want := []string{
			"0 granted at 0s", "ada3 ended at 0s: as many calls wait as may", "bob4 refused at 0s for 20s",
			"eve5 refused at 0s for 20s",
		}
		if diff := cmp.Diff(want, c.sofar()); diff != "" {
			t.Errorf("ends (-want +got):\n%s", diff)
		}
		want = append(want, "ada1 granted at 10s", "ada2 refused at 10s for 10s")
		got := c.all()
		slices.Sort(got[min(len(got), 4):]) // the one lets the other in, and either may be seen first
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("ends (-want +got):\n%s", diff)
		}
	})
}

func TestAnEndOfTheQueueEndsAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrowd(t, wait.Config{}, newPace())
		for i := range 3 {
			c.join(t.Context(), fmt.Sprint(i), "ada", time.Minute, line(perSheet, "x"))
			synctest.Wait()
		}
		c.queue.Close()
		got := c.all()
		for _, text := range got[1:] {
			if text[1:] != " ended at 0s: nobody waits here any more" {
				t.Errorf("%q", text)
			}
		}
	})
}

func TestAnEnginesErrorIsTheCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPace()
		p.fail = errors.New("down")
		c := newCrowd(t, wait.Config{}, p)
		for i := range 2 {
			c.join(t.Context(), fmt.Sprint(i), "ada", time.Minute, line(perSheet, "x"))
			synctest.Wait()
		}
		want := []string{"0 ended at 0s: down", "1 ended at 0s: down"}
		if diff := cmp.Diff(want, c.all()); diff != "" {
			t.Errorf("ends (-want +got):\n%s", diff)
		}
	})
}
