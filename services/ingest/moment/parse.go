package moment

import (
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// maxText is how long a text may be that is looked at.
const maxText = 100

var (
	digits   = regexp.MustCompile(`^\d+(?:\.\d+)?$`)
	numeric  = regexp.MustCompile(`^(\d{1,4})\s*([-./])\s*(\d{1,2})\s*([-./])\s*(\d{1,4})\.?$`)
	eastern  = regexp.MustCompile(`^(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일]?$`)
	dayMonth = regexp.MustCompile(`^(\d{1,2})(?:st|nd|rd|th|er|º|ª|\.)?[\s-]*(?:of\s+|de\s+)?(\p{L}+)\.?(?:[\s,-]*(?:de\s+|del\s+)?(\d{4}|['’]?\d{2}))?$`)
	monthDay = regexp.MustCompile(`^(\p{L}+)\.?[\s-]*(\d{1,2})(?:st|nd|rd|th)?(?:[\s,-]+(\d{4}|['’]\d{2}))?$`)
	yearPart = regexp.MustCompile(`^(\d{4})[\s-]+(\p{L}+)\.?[\s-]+(\d{1,2})$`)
)

// Parse reads a date, with or without a time of day: 2026-11-24, 24.11.2026, 11/24/2026, 24 Nov 2026 14:00, RFC 3339.
// Two digits of a year are those of this century. Its error is an [*AmbiguousError] or one of this package's.
func (p Place) Parse(text string) (Moment, error) {
	if len(text) > maxText {
		return Moment{}, ErrNoDate
	}
	text = strings.Join(strings.Fields(strings.ToLower(norm.NFKC.String(text))), " ")
	if digits.MatchString(text) {
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return Moment{}, ErrNoDate
		}
		return p.Serial(n)
	}
	date, time, err := splitClock(withoutWeekday(text))
	if err != nil {
		return Moment{}, err
	}
	if m := eastern.FindStringSubmatch(date); m != nil {
		return p.at(civil{number(m[1]), number(m[2]), number(m[3]), time})
	}
	if m := numeric.FindStringSubmatch(date); m != nil && m[2] == m[4] {
		return p.numbers(m[1], m[3], m[5], m[2], time)
	}
	return p.words(date, time)
}

// numbers reads a date of three numbers. Dots are only used where the day comes first.
func (p Place) numbers(a, b, c, separator string, time clock) (Moment, error) {
	switch {
	case len(a) == 4 && len(c) <= 2:
		return p.at(civil{number(a), number(b), number(c), time})
	case len(a) > 2 || len(c) != 4 && len(c) != 2:
		return Moment{}, ErrNoDate
	}
	year := century(c)
	day, dayErr := p.at(civil{year, number(b), number(a), time})
	month, monthErr := p.at(civil{year, number(a), number(b), time})
	order := p.Order
	if separator == "." {
		order = DayFirst
	}
	switch {
	case dayErr != nil && monthErr != nil:
		return Moment{}, dayErr
	case dayErr != nil:
		return month, nil
	case monthErr != nil || day == month:
		return day, nil
	case order == DayFirst:
		return day, nil
	case order == MonthFirst:
		return month, nil
	}
	return Moment{}, &AmbiguousError{DayFirst: day, MonthFirst: month}
}

// words reads a date whose month is a word.
func (p Place) words(date string, time clock) (Moment, error) {
	var day, month, year string
	if m := dayMonth.FindStringSubmatch(date); m != nil {
		day, month, year = m[1], m[2], m[3]
	} else if m := monthDay.FindStringSubmatch(date); m != nil {
		month, day, year = m[1], m[2], m[3]
	} else if m := yearPart.FindStringSubmatch(date); m != nil {
		year, month, day = m[1], m[2], m[3]
	}
	number12 := monthOf(month)
	switch {
	case number12 == 0:
		return Moment{}, ErrNoDate
	case year == "":
		return Moment{}, ErrNoYear
	}
	return p.at(civil{century(strings.TrimLeft(year, "'’")), number12, number(day), time})
}

// century completes a year.
func century(year string) int {
	if len(year) == 2 {
		return 2000 + number(year)
	}
	return number(year)
}

// number reads digits that a pattern has found; "" is 0.
func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}
