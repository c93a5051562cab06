package cache

import (
	"fmt"
	"strconv"
	"strings"
)

// Size is a number of bytes. As text it is a whole number with KB, MB, GB or TB (powers of 1024), or with nothing.
type Size int64

var units = [...]string{"", "KB", "MB", "GB", "TB"}

// UnmarshalText reads a size.
func (s *Size) UnmarshalText(text []byte) error {
	plain := strings.ToUpper(strings.TrimSpace(string(text)))
	for power := len(units) - 1; power >= 0; power-- {
		digits, ok := strings.CutSuffix(plain, units[power])
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
		if err != nil || n < 0 || n > 1<<62>>(10*power) {
			break
		}
		*s = Size(n << (10 * power))
		return nil
	}
	return fmt.Errorf("%q is no size; write for example 500MB or 10GB", text)
}

// MarshalText writes a size in the largest unit that keeps it whole.
func (s Size) MarshalText() ([]byte, error) {
	n, power := int64(s), 0
	for n != 0 && n%1024 == 0 && power < len(units)-1 {
		n, power = n/1024, power+1
	}
	return []byte(strconv.FormatInt(n, 10) + units[power]), nil
}
