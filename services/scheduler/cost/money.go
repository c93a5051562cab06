package cost

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Format writes an amount for people and metadata, such as `12.50 USD`: at least two decimals, and no more than
// needed.
func Format(amount int64, currency string) string {
	sign := ""
	whole, rest := amount/micros, amount%micros
	if amount < 0 {
		sign, whole, rest = "-", -whole, -rest
	}
	decimals := strings.TrimRight(fmt.Sprintf("%06d", rest), "0")
	for len(decimals) < 2 {
		decimals += "0"
	}
	return strings.TrimSpace(fmt.Sprintf("%s%d.%s %s", sign, whole, decimals, currency))
}

// Parse reads an amount of the currency's units, such as `12.5`, in micros: up to twelve digits before the point and
// six after it.
func Parse(text string) (int64, error) {
	parts := regexp.MustCompile(`^([0-9]{1,12})(?:\.([0-9]{1,6}))?$`).FindStringSubmatch(text)
	if parts == nil {
		return 0, fmt.Errorf("%q is not an amount such as 12.50, with at most six decimals", text)
	}
	return strconv.ParseInt(parts[1]+parts[2]+strings.Repeat("0", 6-len(parts[2])), 10, 64)
}
