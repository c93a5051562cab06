package webhook

import (
	"net/http"
	"strconv"
	"time"
)

// waits are how long after an attempt the next one follows: about a day and four hours in all.
func waits() []time.Duration {
	return []time.Duration{
		5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 10 * time.Hour,
	}
}

// jitter is the share by which a wait may be shorter or longer, so that what failed together does not return together.
const jitter = 0.2

// retryAfterMost is how long an endpoint can put us off.
const retryAfterMost = 24 * time.Hour

// next gives the wait after so many failed attempts, at least as long as the endpoint asked for; ok is false when there
// shall be no more. random gives numbers in [0, 1).
func next(attempts int, retryAfter time.Duration, random func() float64) (wait time.Duration, ok bool) {
	all := waits()
	if attempts > len(all) {
		return 0, false
	}
	spread := 1 - jitter + 2*jitter*random()
	return max(time.Duration(float64(all[attempts-1])*spread), retryAfter), true
}

// retryAfter reads a Retry-After header, in seconds or as a date; 0 when there is none that makes sense.
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := h.Get("Retry-After")
	if seconds, err := strconv.ParseUint(text, 10, 63); err == nil {
		return time.Duration(min(seconds, uint64(retryAfterMost/time.Second))) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return min(max(at.Sub(now), 0), retryAfterMost)
	}
	return 0
}
