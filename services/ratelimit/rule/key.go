package rule

import (
	"net/url"
	"strings"
)

// ParseKey reads what [Rule.Key] wrote: the values by their descriptors. It is nil when the text is no key, or an empty one.
func ParseKey(key string) map[string]string {
	if key == "" {
		return nil
	}
	values := map[string]string{}
	for part := range strings.SplitSeq(key, ",") {
		name, escaped, ok := strings.Cut(part, "=")
		value, err := url.PathUnescape(escaped)
		if _, twice := values[name]; !ok || err != nil || name == "" || twice || strings.Contains(escaped, "=") {
			return nil
		}
		values[name] = value
	}
	return values
}
