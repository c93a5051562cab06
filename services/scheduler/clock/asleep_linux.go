package clock

import (
	"time"

	"golang.org/x/sys/unix"
)

// asleep is for how long the host has been suspended since it was started: the clock that Go measures by stands still
// meanwhile.
func asleep() time.Duration {
	var awake, all unix.Timespec
	if unix.ClockGettime(unix.CLOCK_MONOTONIC, &awake) != nil || unix.ClockGettime(unix.CLOCK_BOOTTIME, &all) != nil {
		return 0
	}
	return time.Duration(all.Nano() - awake.Nano())
}
