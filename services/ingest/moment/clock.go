package moment

import (
	"regexp"
	"strings"
	"time"
)

var (
	// timeOfDay is a time at the end of a text, behind a date. A dot divides hours and minutes only behind a space.
	timeOfDay = regexp.MustCompile(`^(.*?\S)(t|\s*,\s*|\s+(?:at\s+|um\s+|à\s+|a las\s+|às\s+)?)` +
		`(\d{1,2})(?:(?::|\.|h)(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?` +
		`\s*(a\.?\s?m\.?|p\.?\s?m\.?|uhr|h)?\s*(z|[a-z]{2,5}[+-]\d{1,2}(?::?\d{2})?|[+-]\d{1,2}(?::?\d{2})?|[a-z]{3,5}|[a-z_]+(?:/[a-z_+-]+){1,2})?$`)
	offset = regexp.MustCompile(`^(?:utc|gmt)?([+-])(\d{1,2}):?(\d{2})?$`)
)

// splitClock takes the time of day off the end of a text. A text without one is all date.
func splitClock(text string) (date string, c clock, err error) {
	m := timeOfDay.FindStringSubmatch(text)
	if m == nil {
		return text, clock{}, nil
	}
	// A bare number is a time only with a word that says so: the 26 of "24 nov 26" is a year.
	if m[4] == "" && m[7] == "" {
		return text, clock{}, nil
	}
	c = clock{hour: number(m[3]), minute: number(m[4]), second: number(m[5]), given: true}
	if m[6] != "" {
		c.nano = number((m[6] + "000000000")[:9])
	}
	switch half := strings.NewReplacer(".", "", " ", "").Replace(m[7]); {
	case half != "am" && half != "pm":
	case c.hour < 1 || c.hour > 12:
		return "", c, ErrNoTime
	case half == "am":
		c.hour %= 12
	case half == "pm":
		c.hour = c.hour%12 + 12
	}
	if m[8] != "" {
		if c.zone = zoneOf(m[8]); c.zone == nil {
			return "", c, ErrNoDate
		}
	}
	return m[1], c, nil
}

// zoneOf reads a zone: an offset, an abbreviation that has one meaning, or a name of the IANA database.
func zoneOf(text string) *time.Location {
	if m := offset.FindStringSubmatch(text); m != nil {
		hours, minutes := number(m[2]), number(m[3])
		if hours > 14 || minutes > 59 {
			return nil
		}
		seconds := hours*3600 + minutes*60
		if m[1] == "-" {
			seconds = -seconds
		}
		return time.FixedZone("", seconds)
	}
	if hours, ok := abbreviation(text); ok {
		return time.FixedZone("", hours*3600)
	}
	if !strings.Contains(text, "/") {
		return nil
	}
	zone, err := time.LoadLocation(properName(text))
	if err != nil {
		return nil
	}
	return zone
}

// abbreviation gives the hours that a zone is ahead of UTC. Those with two meanings (BST, CST, IST) are left out.
func abbreviation(text string) (hours int, ok bool) {
	switch text {
	case "z", "utc", "gmt", "wet":
		return 0, true
	case "cet", "mez", "west":
		return 1, true
	case "cest", "mesz", "eet":
		return 2, true
	case "eest", "msk":
		return 3, true
	case "jst", "kst":
		return 9, true
	case "edt":
		return -4, true
	case "est", "cdt":
		return -5, true
	case "mdt":
		return -6, true
	case "mst", "pdt":
		return -7, true
	case "pst":
		return -8, true
	}
	return 0, false
}

// properName writes a zone as the database does: europe/berlin is Europe/Berlin, america/port_of_spain Port_of_Spain.
func properName(text string) string {
	letters := []byte(text)
	for i := range letters {
		begins := i == 0 || strings.IndexByte("/_-", letters[i-1]) >= 0
		small := strings.HasPrefix(text[i:], "of_") || strings.HasPrefix(text[i:], "es_")
		if begins && !small && letters[i] >= 'a' && letters[i] <= 'z' {
			letters[i] -= 'a' - 'A'
		}
	}
	return string(letters)
}
