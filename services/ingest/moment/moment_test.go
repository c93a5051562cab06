package moment_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sheetreel/sheetreel/services/ingest/moment"
)

func TestParse(t *testing.T) {
	berlin := moment.PlaceOf("de_DE", "Europe/Berlin")
	newYork := moment.PlaceOf("en_US", "America/New_York")
	for _, c := range []struct {
		place moment.Place
		text  string
		want  string // RFC 3339; only the date when there is no time of day
	}{
		{berlin, "2026-11-24", "2026-11-24"},
		{berlin, "2026-11-24T14:00:00Z", "2026-11-24T14:00:00Z"},
		{berlin, "2026-11-24T14:00:00.250+05:30", "2026-11-24T14:00:00.25+05:30"},
		{berlin, "2026-11-24 14:00", "2026-11-24T14:00:00+01:00"},
		{berlin, "2026-07-01 14:00", "2026-07-01T14:00:00+02:00"},
		{berlin, "2026/1/2", "2026-01-02"},
		{berlin, "20261124", "2026-11-24"},
		{berlin, "24.11.2026", "2026-11-24"},
		{berlin, "24. 11. 2026", "2026-11-24"},
		{berlin, "4.3.26", "2026-03-04"},
		{berlin, "24.11.2026, 14.30 Uhr", "2026-11-24T14:30:00+01:00"},
		{berlin, "Di. 24. November 2026 um 9 Uhr", "2026-11-24T09:00:00+01:00"},
		{berlin, "03/04/2026", "2026-04-03"},
		{newYork, "03/04/2026", "2026-03-04"},
		{newYork, "11/24/2026 2:05 PM", "2026-11-24T14:05:00-05:00"},
		{newYork, "24/11/2026", "2026-11-24"},
		{newYork, "03.04.2026", "2026-04-03"},
		{newYork, "Nov 24, 2026", "2026-11-24"},
		{newYork, "November 24th 2026 at 12 am", "2026-11-24T00:00:00-05:00"},
		{newYork, "Tue, 24 Nov 2026 14:00:00 +0100", "2026-11-24T14:00:00+01:00"},
		{newYork, "24 Nov 2026 14:00", "2026-11-24T14:00:00-05:00"},
		{newYork, "24-Nov-26", "2026-11-24"},
		{newYork, "2026 Nov 24", "2026-11-24"},
		{newYork, "24 de noviembre de 2026", "2026-11-24"},
		{newYork, "1er janvier 2027", "2027-01-01"},
		{newYork, "2026年11月24日", "2026-11-24"},
		{newYork, "2026年11月24日 14:00", "2026-11-24T14:00:00-05:00"},
		{newYork, "2026-11-24 14:00 PST", "2026-11-24T14:00:00-08:00"},
		{newYork, "2026-11-24 14:00 Europe/Berlin", "2026-11-24T14:00:00+01:00"},
		{newYork, "2026-11-24 14:00 UTC+2", "2026-11-24T14:00:00+02:00"},
		{moment.Place{}, "２０２６-11-24", "2026-11-24"},
		{moment.Place{}, "05/05/2026", "2026-05-05"},
		{moment.Place{}, "13/05/2026", "2026-05-13"},
		{moment.Place{}, "46350.5", "2026-11-24T12:00:00Z"},
		{moment.Place{}, "1795521600", "2026-11-24T12:00:00Z"},
		{moment.Place{}, "2028-02-29", "2028-02-29"},
		{moment.Place{}, "2026-11-24 24:00", "2026-11-25T00:00:00Z"},
	} {
		got, err := c.place.Parse(c.text)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		if shown := show(got); shown != c.want {
			t.Errorf("%q is %s, want %s", c.text, shown, c.want)
		}
	}
}

func show(m moment.Moment) string {
	if m.DateOnly {
		return m.Time.Format(time.DateOnly)
	}
	return m.Time.Format(time.RFC3339Nano)
}

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]error{
		"":                           moment.ErrNoDate,
		"soon":                       moment.ErrNoDate,
		"14:00":                      moment.ErrNoDate,
		"Q4 2026":                    moment.ErrNoDate,
		"24 Nov":                     moment.ErrNoYear,
		"Nov 24":                     moment.ErrNoYear,
		"2026-02-30":                 moment.ErrNoDay,
		"2027-02-29":                 moment.ErrNoDay,
		"31.11.2026":                 moment.ErrNoDay,
		"13/13/2026":                 moment.ErrNoDay,
		"2026-11-24 25:00":           moment.ErrNoTime,
		"2026-11-24 14:60":           moment.ErrNoTime,
		"2026-11-24 13:00 pm":        moment.ErrNoTime,
		"2026-11-24 14:00 XYZ":       moment.ErrNoDate,
		"1926-11-24":                 moment.ErrFar,
		"60":                         moment.ErrNoDate,
		"61":                         moment.ErrFar,
		"2026":                       moment.ErrFar,
		"2026-11/24":                 moment.ErrNoDate,
		strings.Repeat("1", 200):     moment.ErrNoDate,
		"2026-11-24 14:00 ../../etc": moment.ErrNoDate,
	} {
		if got, err := (moment.Place{}).Parse(text); !errors.Is(err, want) {
			t.Errorf("%q is %v, %v, want %v", text, got, err, want)
		}
	}
}

func TestAmbiguousDatesHaveTwoReadings(t *testing.T) {
	for _, place := range []moment.Place{{}, moment.PlaceOf("en_CA", ""), moment.PlaceOf("no-such-locale", "")} {
		_, err := place.Parse("03/04/2026 14:00")
		var two *moment.AmbiguousError
		if !errors.As(err, &two) || err.Error() != "may be 3 April 2026 or 4 March 2026" {
			t.Errorf("error is %v", err)
		}
	}
}

func TestSerial(t *testing.T) {
	place := moment.PlaceOf("de_DE", "Europe/Berlin")
	for n, want := range map[float64]string{
		46350:              "2026-11-24",
		46350.583333333336: "2026-11-24T14:00:00+01:00",
		46350.99999999999:  "2026-11-25T00:00:00+01:00",
		36526:              "2000-01-01",
		20261124:           "2026-11-24",
		1795521600:         "2026-11-24T12:00:00Z",
		1795521600000:      "2026-11-24T12:00:00Z",
	} {
		got, err := place.Serial(n)
		if err != nil || show(got) != want {
			t.Errorf("%v is %s, %v, want %s", n, show(got), err, want)
		}
	}
	for n, want := range map[float64]error{0: moment.ErrNoDate, 1: moment.ErrNoDate, 60: moment.ErrNoDate, -5: moment.ErrNoDate, 61: moment.ErrFar, 1e6: moment.ErrFar, 1e20: moment.ErrNoDate} {
		if got, err := place.Serial(n); !errors.Is(err, want) {
			t.Errorf("%v is %v, %v, want %v", n, got, err, want)
		}
	}
}

func TestTheEndOfADay(t *testing.T) {
	day, err := moment.PlaceOf("", "Europe/Berlin").Parse("2026-10-25") // has 25 hours
	if err != nil || day.End().Format(time.RFC3339) != "2026-10-26T00:00:00+01:00" {
		t.Errorf("it ends at %v, %v", day.End(), err)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"2026-11-24", "24.11.2026 14:00", "11/24/26 2 pm", "Tue, 24 Nov 2026 14:00 CET", "24 de mayo de 2026", "46350.5", "2026年1月2日", "1/2/3", "\xff", "2026-11-24t1"} {
		f.Add(s, "en_US", "Europe/Berlin")
	}
	f.Fuzz(func(t *testing.T, text, locale, zone string) {
		place := moment.PlaceOf(locale, zone)
		got, err := place.Parse(text)
		var two *moment.AmbiguousError
		switch {
		case errors.As(err, &two):
			if two.DayFirst.Time.Equal(two.MonthFirst.Time) {
				t.Errorf("%q: both readings are %v", text, two.DayFirst.Time)
			}
			return
		case err != nil:
			return
		}
		if y := got.Time.Year(); y < 2000 || y > 2200 {
			t.Errorf("%q is in the year %d", text, y)
		}
		again, err := place.Parse(got.Time.Format(time.RFC3339Nano))
		if err != nil || !again.Time.Equal(got.Time) {
			t.Errorf("%q is %v, but written in full %v, %v", text, got.Time, again.Time, err)
		}
	})
}
