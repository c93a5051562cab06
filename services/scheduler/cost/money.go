package cost

import (
	"fmt"
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
