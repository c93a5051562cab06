package cost

import (
	"fmt"
	"time"
)

// Day is a day in UTC, counted from 1970-01-01.
type Day int32

// DayOf is the day of a time.
func DayOf(t time.Time) Day {
	s := t.Unix()
	const day = 24 * 60 * 60
	if s < 0 {
		s -= day - 1
	}
	return Day(s / day)
}

// Time is when the day begins.
func (d Day) Time() time.Time { return time.Unix(0, 0).UTC().AddDate(0, 0, int(d)) }

// String writes the day as 2026-11-24.
func (d Day) String() string {
	y, m, n := d.Time().Date()
	return fmt.Sprintf("%04d-%02d-%02d", y, int(m), n)
}

// Month is a calendar month in UTC, by its first day.
type Month struct{ First Day }

// MonthOf is the month of a time.
func MonthOf(t time.Time) Month {
	y, m, _ := t.UTC().Date()
	return Month{DayOf(time.Date(y, m, 1, 0, 0, 0, 0, time.UTC))}
}

// Next is the first day after the month.
func (m Month) Next() Day { return DayOf(m.First.Time().AddDate(0, 1, 0)) }
