package engine

import (
	"strconv"
	"strings"
)

// String is the name of a charge outside: the series, a hyphen, the number to base 36; empty for none.
func (c Charge) String() string {
	if c == (Charge{}) {
		return ""
	}
	name := make([]byte, 0, 64) // on the stack: every answer has one
	name = append(append(name, c.Series...), '-')
	return string(strconv.AppendUint(name, c.Number, 36))
}

// ParseCharge reads the name of a charge of a series. Each charge has one name only.
func ParseCharge(id, series string) (Charge, bool) {
	digits, ok := strings.CutPrefix(id, series+"-")
	if !ok {
		return Charge{}, false
	}
	n, err := strconv.ParseUint(digits, 36, 64)
	c := Charge{Series: series, Number: n}
	return c, err == nil && c.String() == id
}
