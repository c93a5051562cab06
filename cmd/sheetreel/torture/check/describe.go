package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/history"
)

// describe tells the calls about a video job in the order of their beginnings, with times from the first one and
// leases by letters.
func describe(operations []porcupine.Operation) string {
	sorted := slices.SortedFunc(slices.Values(operations), func(a, b porcupine.Operation) int { return cmp.Compare(a.Call, b.Call) })
	letters := map[string]string{}
	var text strings.Builder
	for _, o := range sorted {
		in, out := o.Input.(input), o.Output.(output)
		letter, known := letters[in.lease]
		if !known {
			letter = string(rune('A' + len(letters)%26))
			letters[in.lease] = letter
		}
		end := "never"
		if o.Return != history.Never {
			end = since(sorted[0].Call, o.Return)
		}
		fmt.Fprintf(&text, " %s..%s %s %s %s;", since(sorted[0].Call, o.Call), end, in.kind, letter, out.result)
	}
	return strings.TrimSuffix(text.String(), ";")
}

func since(start, at int64) string { return time.Duration(at - start).Round(time.Millisecond).String() }
