package decide

import (
	"testing"
	"time"
)

// step is one thing that happens to a counter: at a time it is asked for a cost, and charged if it grants.
type step struct {
	at   time.Duration
	cost int64
	wait time.Duration // wanted
}

func TestCounters(t *testing.T) {
	const s = time.Second
	log := func() Counter { return NewSlidingLog(3, 10*s) }
	bucket := func() Counter { return NewTokenBucket(4, 8*s) } // a token in 2 s
	tests := []struct {
		name    string
		counter func() Counter
		steps   []step
	}{
		{"log: the oldest leaves after exactly a period", log, []step{
			{0, 1, 0}, {1 * s, 1, 0}, {2 * s, 1, 0}, {3 * s, 1, 7 * s}, {10*s - 1, 1, 1}, {10 * s, 1, 0}, {10 * s, 1, 1 * s},
		}},
		{"log: a cost waits for as many of the oldest as it needs", log, []step{
			{0, 1, 0}, {1 * s, 1, 0}, {2 * s, 1, 0}, {3 * s, 2, 8 * s}, {3 * s, 3, 9 * s}, {11 * s, 2, 0}, {11 * s, 1, 1 * s},
		}},
		{"log: grants of one instant leave together", log, []step{
			{0, 2, 0}, {0, 1, 0}, {5 * s, 1, 5 * s}, {10 * s, 3, 0},
		}},
		{"log: a cost above the capacity never fits", log, []step{{0, 4, Never}, {0, 3, 0}}},
		{"log: a clock that steps back frees nothing", log, []step{
			{20 * s, 3, 0}, {5 * s, 1, 25 * s}, {30*s - 1, 1, 1}, {30 * s, 1, 0},
		}},
		{"log: a grant behind a step back counts from the latest time seen", log, []step{
			{20 * s, 1, 0}, {5 * s, 2, 0}, {29 * s, 1, 1 * s}, {30 * s, 3, 0},
		}},
		{"bucket: bursts, then refills evenly", bucket, []step{
			{0, 4, 0}, {0, 1, 2 * s}, {2*s - 1, 1, 1}, {2 * s, 1, 0}, {2 * s, 2, 4 * s}, {6 * s, 2, 0}, {6 * s, 1, 2 * s},
		}},
		{"bucket: is never fuller than full", bucket, []step{{0, 1, 0}, {100 * s, 4, 0}, {100 * s, 4, 8 * s}}},
		{"bucket: part of a token waits for the rest of it", bucket, []step{{0, 4, 0}, {3 * s, 2, 1 * s}, {4 * s, 2, 0}}},
		{"bucket: a cost above the capacity never fits", bucket, []step{{0, 5, Never}, {0, 4, 0}}},
		{"bucket: a clock that steps back refills nothing", bucket, []step{
			{20 * s, 4, 0}, {5 * s, 1, 17 * s}, {22*s - 1, 1, 1}, {22 * s, 1, 0},
		}},
		{"bucket: the time of a token is rounded up", func() Counter { return NewTokenBucket(3, 10) }, []step{
			{0, 3, 0}, {0, 1, 4}, {3, 1, 1}, {4, 1, 0}, {11, 2, 1}, {12, 2, 0},
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := test.counter()
			for i, s := range test.steps {
				now := Instant(s.at)
				wait := c.Wait(now, s.cost)
				if wait != s.wait {
					t.Fatalf("step %d: at %v cost %d waits %v, want %v", i, s.at, s.cost, wait, s.wait)
				}
				if wait == 0 {
					c.Charge(now, s.cost)
				}
			}
		})
	}
}

func TestRefund(t *testing.T) {
	const s = time.Second
	tests := []struct {
		name    string
		counter Counter
		charges []step // all granted
		refund  int    // which charge
		at      time.Duration
		back    bool
		left    int64
		reset   time.Duration
	}{
		{"log: the grant is gone", NewSlidingLog(5, 10*s), []step{{0, 2, 0}, {1 * s, 1, 0}}, 0, 2 * s, true, 4, 9 * s},
		{"log: a part of an instant", NewSlidingLog(5, 10*s), []step{{0, 2, 0}, {0, 1, 0}}, 0, 2 * s, true, 4, 8 * s},
		{"log: too late", NewSlidingLog(5, 10*s), []step{{0, 2, 0}, {5 * s, 1, 0}}, 0, 10 * s, false, 4, 5 * s},
		{"bucket: at once", NewTokenBucket(5, 10*s), []step{{0, 3, 0}}, 0, 0, true, 5, 0},
		{"bucket: the rest", NewTokenBucket(5, 10*s), []step{{0, 3, 0}}, 0, 3 * s, true, 5, 0},
		{"bucket: later charges stay", NewTokenBucket(5, 10*s), []step{{0, 3, 0}, {0, 2, 0}}, 0, 2 * s, true, 3, 2 * s},
		{"bucket: earlier charges stay", NewTokenBucket(5, 10*s), []step{{0, 3, 0}, {0, 2, 0}}, 1, 2 * s, true, 3, 2 * s},
		{"bucket: too late", NewTokenBucket(5, 10*s), []step{{0, 5, 0}, {10 * s, 5, 0}}, 0, 10 * s, false, 0, 2 * s},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var receipts []Receipt
			for _, c := range test.charges {
				if wait := test.counter.Wait(Instant(c.at), c.cost); wait != 0 {
					t.Fatalf("at %v cost %d waits %v", c.at, c.cost, wait)
				}
				receipts = append(receipts, test.counter.Charge(Instant(c.at), c.cost))
			}
			if back := test.counter.Refund(Instant(test.at), receipts[test.refund]); back != test.back {
				t.Errorf("refund: %v, want %v", back, test.back)
			}
			left, reset := test.counter.Left(Instant(test.at))
			if left != test.left || reset != test.reset {
				t.Errorf("left %d, reset %v; want %d, %v", left, reset, test.left, test.reset)
			}
		})
	}
}
