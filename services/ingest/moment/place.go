package moment

import (
	"strings"
	"time"

	"golang.org/x/text/language"
)

// PlaceOf gives the place of a spreadsheet by its locale, such as "en_US", and its time zone, such as "Europe/Berlin".
// What is empty or not known stays open.
func PlaceOf(locale, zone string) Place {
	p := Place{Order: orderOf(locale)}
	if zone != "" && zone != "Local" {
		if found, err := time.LoadLocation(zone); err == nil {
			p.Zone = found
		}
	}
	return p
}

// orderOf is how a locale writes dates. In Canada both orders are usual.
func orderOf(locale string) Order {
	tag, err := language.Parse(strings.ReplaceAll(locale, "_", "-"))
	if locale == "" || err != nil {
		return Unknown
	}
	region, _ := tag.Region()
	switch region.String() {
	case "US", "PH", "GU", "PR", "VI", "AS", "MP", "FM", "MH", "PW", "PA", "UM":
		return MonthFirst
	case "CA", "ZZ":
		return Unknown
	}
	return DayFirst
}
