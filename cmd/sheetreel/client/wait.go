package client

import (
	"fmt"
	"time"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/kit/ratefield"
)

// inWords says how long to wait as a person would: never less than it is, in seconds below an hour, then in minutes.
func inWords(d time.Duration) string {
	seconds := ratefield.Seconds(d)
	if seconds >= 3600 {
		minutes := (seconds + 59) / 60
		return joined(count(minutes/60, "hour"), count(minutes%60, "minute"))
	}
	return joined(count(seconds/60, "minute"), count(seconds%60, "second"))
}

func count(n int64, unit string) string {
	switch n {
	case 0:
		return ""
	case 1:
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}

func joined(large, small string) string {
	if large == "" || small == "" {
		return large + small
	}
	return large + " and " + small
}

// pause is how long to wait before another try: what was drawn, and before that what a limit says.
func pause(err error, drawn time.Duration) time.Duration {
	if errs.ReasonOf(err) != errorsv1.ErrorReason_RATE_LIMITED {
		return drawn
	}
	delay, _ := errs.RetryDelay(err)
	return delay + drawn
}
