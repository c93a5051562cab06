package source

import (
	"fmt"
	"math"
	"time"
)

// lastDay is the serial number of 31 December 9999.
const lastDay = 2_958_465

// shown writes a number in its form. Numbers that the form cannot have are written as they are.
func shown(n float64, form Form) string {
	if form == FormPlain || form != FormPercent && (math.IsNaN(n) || n < 0 || n > lastDay) {
		return formatNumber(n)
	}
	if form == FormPercent {
		return formatNumber(n*100) + "%"
	}
	seconds := int64(math.Round(n * 86400))
	clock := fmt.Sprintf("%d:%02d", seconds/3600, seconds/60%60)
	if form == FormTime {
		return clock + secondsOf(seconds)
	}
	day := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).Add(time.Duration(seconds/86400) * 24 * time.Hour)
	if rest := seconds % 86400; rest != 0 {
		return day.Format(time.DateOnly) + fmt.Sprintf(" %02d:%02d", rest/3600, rest/60%60) + secondsOf(rest)
	}
	return day.Format(time.DateOnly)
}

// secondsOf writes the seconds of a time when there are any.
func secondsOf(seconds int64) string {
	if seconds%60 == 0 {
		return ""
	}
	return fmt.Sprintf(":%02d", seconds%60)
}
