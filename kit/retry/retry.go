// Package retry computes waits between attempts: exponential backoff with full jitter.
//
// Full jitter draws each wait evenly from zero to a bound that grows by a factor up to a cap, after "Exponential
// Backoff And Jitter" (Marc Brooker, AWS Architecture Blog, 2015): of the schemes compared there it needs the
// fewest calls under contention.
package retry

import (
	"math"
	"time"
)

// Policy is exponential backoff with full jitter.
type Policy struct {
	Initial     time.Duration // bound of the first wait
	Multiplier  float64       // growth of the bound from wait to wait
	Max         time.Duration // cap of the bound
	MaxAttempts int           // attempts in all, the first included
	MaxElapsed  time.Duration // no further attempt starts later than this after the first; 0 means no limit
}

// TemplateA is 1 s, x3, at most 60 s, 5 retries, 500 s in all.
func TemplateA() Policy {
	return Policy{Initial: time.Second, Multiplier: 3, Max: time.Minute, MaxAttempts: 6, MaxElapsed: 500 * time.Second}
}

// TemplateB is 1 s, x2, at most 64 s, 10 retries, 300 s in all.
func TemplateB() Policy {
	return Policy{Initial: time.Second, Multiplier: 2, Max: 64 * time.Second, MaxAttempts: 11, MaxElapsed: 300 * time.Second}
}

// Bound is the longest wait after the given attempt, counted from 1.
func (p Policy) Bound(attempt int) time.Duration {
	bound := float64(p.Initial) * math.Pow(p.Multiplier, float64(attempt-1))
	if bound > float64(p.Max) || math.IsInf(bound, 0) || math.IsNaN(bound) {
		return p.Max
	}
	return time.Duration(bound)
}

// Wait draws the wait after the given attempt. random gives numbers in [0, 1), as rand.Float64 does.
func (p Policy) Wait(attempt int, random func() float64) time.Duration {
	return time.Duration(random() * float64(p.Bound(attempt)))
}
