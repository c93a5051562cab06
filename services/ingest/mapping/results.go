package mapping

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sheetreel/sheetreel/services/ingest/clean"
)

// Results are the names of the columns into which results are written back, in their order. They feed nothing.
func Results() []string {
	return []string{
		"Sheetreel status", "Sheetreel link", "Sheetreel duration (s)", "Sheetreel cost", "Sheetreel error", "Sheetreel job", "Sheetreel updated",
	}
}

// ResultNames are the headers under which a column of results may stand: its name, and others for when a column of
// somebody else already has that.
func ResultNames(name string) []string {
	return []string{name, fmt.Sprintf("%s (2)", name), fmt.Sprintf("%s (3)", name)}
}

// ResultColumn tells which column of results a header names, as its place in Results.
func ResultColumn(header string) (int, bool) {
	key := clean.Key(header)
	if !strings.HasPrefix(key, "sheetreel") {
		return 0, false
	}
	for i, name := range Results() {
		if slices.ContainsFunc(ResultNames(name), func(n string) bool { return clean.Key(n) == key }) {
			return i, true
		}
	}
	return 0, false
}
