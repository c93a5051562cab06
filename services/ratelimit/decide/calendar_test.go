package decide

import (
	"testing"
	"time"
	_ "time/tzdata" // the zones of these tests, wherever they run

	"pgregory.net/rapid"
)

func zone(t rapid.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestACalendarBeginsAnewAtMidnight(t *testing.T) {
	tests := []struct {
		name, zone string
		monthly    bool
		now        string
		next       string
	}{
		{"a day", "UTC", false, "2026-03-01T10:00:00Z", "2026-03-02T00:00:00Z"},
		{"from its first moment", "UTC", false, "2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z"},
		{"to its last", "UTC", false, "2026-03-01T23:59:59Z", "2026-03-02T00:00:00Z"},
		{"a day of another zone", "Asia/Tokyo", false, "2026-03-01T10:00:00Z", "2026-03-01T15:00:00Z"},
		{"a day of 23 hours", "Europe/Berlin", false, "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"},
		{"a day of 25 hours", "Europe/Berlin", false, "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"},
		{"a day without a midnight begins at one", "America/Sao_Paulo", false, "2018-11-03T20:00:00Z", "2018-11-04T03:00:00Z"},
		{"a midnight that is set back to the day before is the second one", "America/Sao_Paulo", false, "2019-02-16T20:00:00Z", "2019-02-17T03:00:00Z"},
		{"of two midnights the first", "America/St_Johns", false, "2010-11-06T12:00:00Z", "2010-11-07T02:30:00Z"},
		{"and after it the second", "America/St_Johns", false, "2010-11-07T02:45:00Z", "2010-11-07T03:30:00Z"},
		{"a day that a zone leaves out", "Pacific/Apia", false, "2011-12-29T12:00:00Z", "2011-12-30T10:00:00Z"},
		{"a month", "UTC", true, "2026-02-10T10:00:00Z", "2026-03-01T00:00:00Z"},
		{"a month over the new year", "Europe/Berlin", true, "2026-12-31T22:59:59Z", "2026-12-31T23:00:00Z"},
		{"a month that begins in summer time", "Europe/Berlin", true, "2026-03-01T10:00:00Z", "2026-03-31T22:00:00Z"},
		{"from the 31st", "UTC", true, "2026-01-31T10:00:00Z", "2026-02-01T00:00:00Z"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			now, err := time.Parse(time.RFC3339, test.now)
			if err != nil {
				t.Fatal(err)
			}
			c := NewCalendar(1, test.monthly, zone(t, test.zone))
			c.Charge(Instant(now.UnixNano()), 1)
			wait := c.Wait(Instant(now.UnixNano()), 1)
			if next := now.Add(wait).UTC().Format(time.RFC3339); next != test.next {
				t.Errorf("it begins anew at %s, want %s", next, test.next)
			}
		})
	}
}

// Of what it granted, no more than the capacity was on one date of its zone, and the wait ends with a later date.
func TestNoDayOfACalendarExceeds(t *testing.T) {
	zones := []string{
		"UTC", "Europe/Berlin", "America/Sao_Paulo", "America/Havana", "Asia/Beirut", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu",
	}
	rapid.Check(t, func(t *rapid.T) {
		z := zone(t, rapid.SampledFrom(zones).Draw(t, "zone"))
		monthly := rapid.Bool().Draw(t, "monthly")
		format := time.DateOnly
		if monthly {
			format = "2006-01"
		}
		c := NewCalendar(3, monthly, z)
		at := time.Date(rapid.IntRange(2000, 2025).Draw(t, "year"), time.Month(rapid.IntRange(1, 12).Draw(t, "month")), 1, 0, 0, 0, 0, time.UTC)
		granted := map[string]int{}
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			at = at.Add(time.Duration(rapid.IntRange(1, 400).Draw(t, "minutes")) * time.Minute)
			now := Instant(at.UnixNano())
			date := at.In(z).Format(format)
			wait := c.Wait(now, 1)
			if wait == 0 {
				c.Charge(now, 1)
				if granted[date]++; granted[date] > 3 {
					t.Fatalf("%d on %s in %s", granted[date], date, z)
				}
				continue
			}
			if granted[date] < 3 {
				t.Fatalf("refused on %s in %s after %d", date, z, granted[date])
			}
			if then := at.Add(wait).In(z).Format(format); then <= date {
				t.Fatalf("on %s in %s it waits until %s", date, z, then)
			}
			if before := at.Add(wait - 1).In(z).Format(format); before != date {
				t.Fatalf("on %s in %s it waits until after %s", date, z, before)
			}
		}
	})
}
