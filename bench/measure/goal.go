package measure

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Goal compares two systems by a number: at least, or at most, so much is wanted.
type Goal struct {
	Name  string
	Value float64
	// AtLeast or AtMost is the wanted bound; the other one is zero. When both are, at most nothing is wanted.
	AtLeast, AtMost float64
}

// String is the line by which a goal is reported.
func (g Goal) String() string {
	if g.AtLeast > 0 {
		return fmt.Sprintf("goal %s: %.2f (want >= %g)", g.Name, g.Value, g.AtLeast)
	}
	return fmt.Sprintf("goal %s: %.2f (want <= %g)", g.Name, g.Value, g.AtMost)
}

// Median is the middle value, the upper one of two. It panics without values.
func Median[T cmp.Ordered](values []T) T { return Percentile(values, 0.5) }

// Percentile is the value below which the share p of the values lies. It panics without values.
func Percentile[T cmp.Ordered](values []T, p float64) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(int(p*float64(len(sorted))), len(sorted)-1)]
}

// Millis is a duration in milliseconds.
func Millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
