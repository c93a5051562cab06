package decide

import (
	"testing"
	"time"
)

// A counter that was busy once does not hold the memory of that time for ever, and still counts right.
func TestABusyTimeGivesItsMemoryBack(t *testing.T) {
	const many, room = 1000, 64
	t.Run("log", func(t *testing.T) {
		log := NewSlidingLog(many, time.Hour)
		for i := range many {
			log.Charge(Instant(i), 1)
		}
		left, reset := log.Left(Instant(time.Hour) + many - 3)
		if left != many-2 || reset != 1 {
			t.Errorf("%d left, reset %v; want all but 2, 1ns", left, reset)
		}
		if got := cap(log.grants); got > room {
			t.Errorf("room for %d grants, 2 are needed", got)
		}
	})
	t.Run("bucket", func(t *testing.T) {
		bucket := NewTokenBucket(many, many*time.Second)
		for range many {
			bucket.Charge(0, 1)
		}
		left, reset := bucket.Left(Instant((many - 2) * time.Second))
		if left != many-2 || reset != time.Second {
			t.Errorf("%d left, reset %v; want all but 2, 1s", left, reset)
		}
		if got := cap(bucket.open); got > room {
			t.Errorf("room for %d charges, 2 are needed", got)
		}
	})
}
