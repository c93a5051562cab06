package moment

import (
	"math"
	"time"
)

const (
	// leapDay is the serial from which all spreadsheets agree, 1 March 1900: Lotus 1-2-3 took 1900 for a leap year, Excel
	// still does, and Google Sheets does not, so that the days before differ by one.
	leapDay = 61
	// lastSerial is 31 December 9999.
	lastSerial = 2_958_465
)

// Serial reads the number that a spreadsheet holds for a date: days since 30 December 1899, the time of day as their
// fraction, in the spreadsheet's zone. Numbers that cannot be one are read as a person may have written them: 20261124
// is a day, and 1764000000 the seconds of Unix.
func (p Place) Serial(n float64) (Moment, error) {
	switch {
	case math.IsNaN(n) || math.IsInf(n, 0) || n < leapDay:
		return Moment{}, ErrNoDate
	case n <= lastSerial:
		return p.days(n)
	case n >= 1e7 && n < 1e8 && n == math.Trunc(n):
		day := int(n)
		return p.at(civil{year: day / 10000, month: day / 100 % 100, day: day % 100})
	case n >= 9e11 && n < 1e13:
		return unix(time.UnixMilli(int64(n)))
	case n >= 9e8 && n < 1e11:
		return unix(time.Unix(int64(n), 0))
	}
	return Moment{}, ErrNoDate
}

// days counts from the first day of all spreadsheets. Fractions are rounded to the millisecond that they mean.
func (p Place) days(n float64) (Moment, error) {
	whole := math.Floor(n)
	ms := int(math.Round((n - whole) * 86_400_000))
	const second = 1000
	if rest := ms % second; rest == 1 || rest == second-1 { // 14:00 may come as 13:59:59.999
		ms = (ms + 1) / second * second
	}
	day := time.Date(1899, 12, 30+int(whole), 0, 0, 0, 0, time.UTC).Add(time.Duration(ms) * time.Millisecond)
	c := civil{year: day.Year(), month: int(day.Month()), day: day.Day()}
	if ms != 0 {
		c.clock = clock{given: true, hour: day.Hour(), minute: day.Minute(), second: day.Second(), nano: day.Nanosecond()}
	}
	return p.at(c)
}

func unix(t time.Time) (Moment, error) {
	t = t.UTC()
	if t.Year() < firstYear || t.Year() > lastYear {
		return Moment{}, ErrFar
	}
	return Moment{Time: t, Zoned: true}, nil
}
