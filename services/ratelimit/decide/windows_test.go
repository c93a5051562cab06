package decide

import (
	"testing"
	"time"
)

// The example of the design: 42 in the minute before, 18 a quarter into this one, are 42 x 45/60 + 18 = 49.5.
func TestASlidingCounterWeighsTheWindowBefore(t *testing.T) {
	c := NewSlidingCounter(50, time.Minute)
	c.Charge(0, 42)
	c.Charge(Instant(time.Minute), 18)
	now := Instant(75 * time.Second)
	if room := c.Room(now); room != 0 { // 49.5 is rounded up
		t.Errorf("room for %d, want none", room)
	}
	if wait, want := c.Wait(now, 1), 714285715*time.Nanosecond; wait != want { // when 31 of the 42 count
		t.Errorf("it waits %v, want %v", wait, want)
	}
}

func TestAChangedPeriodKeepsWhatWasUsed(t *testing.T) {
	const s = time.Second
	tests := []struct {
		name    string
		counter Counter
		period  time.Duration
		left    int64
		reset   time.Duration
	}{
		{"log, longer", NewSlidingLog(10, 10*s), 20 * s, 4, 15 * s},
		{"log, shorter", NewSlidingLog(10, 10*s), 5 * s, 10, 0},
		{"bucket, slower", NewTokenBucket(10, 10*s), 20 * s, 9, 2 * s},
		{"bucket, faster", NewTokenBucket(10, 10*s), 5 * s, 9, s / 2},
		{"windows", NewSlidingCounter(10, 10*s), 20 * s, 4, 20*s + 20*s - 50*s/3},
		{"slots", NewConcurrency(10, 10*s), 20 * s, 4, 15 * s},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.counter.Charge(0, 6)
			test.counter.Resize(Instant(5*s), 10, test.period)
			left, reset := test.counter.Left(Instant(5 * s))
			if left != test.left || reset.Round(time.Microsecond) != test.reset.Round(time.Microsecond) {
				t.Errorf("left %d, more in %v; want %d, %v", left, reset, test.left, test.reset)
			}
		})
	}
}

// What is charged beyond the capacity, because another let it through, is waited for too.
func TestMoreThanThereIsRoomForIsCounted(t *testing.T) {
	const s = time.Second
	for _, c := range []Counter{
		NewSlidingLog(5, 10*s), NewTokenBucket(5, 10*s), NewSlidingCounter(5, 10*s), NewConcurrency(5, 10*s), NewCalendar(5, false, nil),
	} {
		c.Charge(0, 12)
		if left, reset := c.Left(0); left != 0 || reset < 10*s {
			t.Errorf("%T: %d left, more in %v; want none for a period", c, left, reset)
		}
		wait := c.Wait(0, 5)
		if early := clone(c).Room(Instant(wait - 1)); early >= 5 {
			t.Errorf("%T: room for %d just before %v", c, early, wait)
		}
		if then := clone(c).Room(Instant(wait)); then != 5 {
			t.Errorf("%T: room for %d after %v, want 5", c, then, wait)
		}
	}
}

func TestALandedCallIsNotInFlight(t *testing.T) {
	c := NewConcurrency(2, time.Minute)
	first, second := c.Charge(0, 1), c.Charge(1, 1)
	c.Settle(2, first, 1)
	if room := c.Room(2); room != 1 {
		t.Errorf("room for %d, want 1", room)
	}
	c.Refund(3, second)
	if !c.Idle(3) {
		t.Error("it is not idle")
	}
}

func TestAShiftedStateGoesOn(t *testing.T) {
	const by = 3 * time.Hour
	for _, c := range []Counter{NewSlidingLog(5, time.Minute), NewTokenBucket(5, time.Minute), NewSlidingCounter(5, time.Minute)} {
		receipt := c.Charge(0, 2)
		c.Charge(Instant(10*time.Second), 3)
		moved := empty(c)
		moved.Restore(c.Export().Shift(by))
		now := Instant(20 * time.Second)
		if got, want := moved.Wait(now.Add(by), 4), c.Wait(now, 4); got != want {
			t.Errorf("%T: waits %v, want %v", c, got, want)
		}
		if !moved.Refund(now.Add(by), receipt.Shift(by)) {
			t.Errorf("%T: nothing to refund", c)
		}
	}
}
