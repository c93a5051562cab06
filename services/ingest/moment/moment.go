// Package moment reads dates and times as people type them, and the numbers that spreadsheets hold for them.
//
// It is pure. It promises: a date that could be two days is never guessed, both are named; a date without a year, or
// one that no calendar has, is refused with the reason; a time without a zone is one of the given place. What it gives
// lies from the year 2000 to 2199: everything else in a sheet of plans is a mistake.
package moment

import (
	"errors"
	"fmt"
	"time"
	_ "time/tzdata" // a machine may know no time zones
)

// Order is how a place writes a date in numbers whose year comes last.
type Order int8

// The orders. The zero value is not known.
const (
	Unknown Order = iota
	DayFirst
	MonthFirst
)

// Place says how dates are meant where nothing else tells.
type Place struct {
	Zone  *time.Location // UTC when nil
	Order Order
}

// Moment is what was read.
type Moment struct {
	Time time.Time
	// DateOnly says that no time of day was given: Time is then the beginning of the day.
	DateOnly bool
	// Zoned says that the text names its zone itself.
	Zoned bool
}

// End is the last moment that is meant: the beginning of the next day for a day.
func (m Moment) End() time.Time {
	if m.DateOnly {
		return m.Time.AddDate(0, 0, 1)
	}
	return m.Time
}

// AmbiguousError says that a date may be two.
type AmbiguousError struct {
	DayFirst, MonthFirst Moment
}

func (e *AmbiguousError) Error() string {
	const layout = "2 January 2006"
	return fmt.Sprintf("may be %s or %s", e.DayFirst.Time.Format(layout), e.MonthFirst.Time.Format(layout))
}

// Why a text is no moment. The texts complete a sentence that begins with it.
var (
	ErrNoDate = errors.New("is no date that can be read")
	ErrNoYear = errors.New("has no year")
	ErrNoDay  = errors.New("names a day that the calendar does not have")
	ErrNoTime = errors.New("has a time of day that the clock does not have")
	ErrFar    = errors.New("is not between the years 2000 and 2199")
)

const (
	firstYear = 2000
	lastYear  = 2199
)

// civil is a date, and perhaps a time, as it was written.
type civil struct {
	year, month, day int
	clock            clock
}

// clock is a time of day.
type clock struct {
	hour, minute, second, nano int
	given                      bool
	zone                       *time.Location // nil: the place's
}

// at makes a moment of what was written. Days and times that do not exist are errors.
func (p Place) at(c civil) (Moment, error) {
	if c.year < firstYear || c.year > lastYear {
		return Moment{}, ErrFar
	}
	day := time.Date(c.year, time.Month(c.month), c.day, 0, 0, 0, 0, time.UTC)
	if c.month < 1 || c.month > 12 || day.Day() != c.day || int(day.Month()) != c.month {
		return Moment{}, ErrNoDay
	}
	if c.clock.hour > 24 || c.clock.hour == 24 && c.clock.minute+c.clock.second+c.clock.nano > 0 || c.clock.minute > 59 || c.clock.second > 60 {
		return Moment{}, ErrNoTime
	}
	zone, zoned := c.clock.zone, c.clock.zone != nil
	if !zoned {
		zone = p.zone()
	}
	t := time.Date(c.year, time.Month(c.month), c.day, c.clock.hour, c.clock.minute, c.clock.second, c.clock.nano, zone)
	return Moment{Time: t, DateOnly: !c.clock.given, Zoned: zoned}, nil
}

func (p Place) zone() *time.Location {
	if p.Zone == nil {
		return time.UTC
	}
	return p.Zone
}
