// Package rule says which limits there are: what a limit counts, for whom apart, and how much.
//
// Rules come from a YAML file, see limits.yaml for the one that is built in. A file is taken whole or refused with
// an error that names line, rule and field. A rule that was parsed is valid.
package rule

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/sheetreel/sheetreel/services/ratelimit/decide"
)

// Algorithm is how a limit counts.
type Algorithm string

// The algorithms, by their names in a file.
const (
	SlidingLog  Algorithm = "sliding_log"
	TokenBucket Algorithm = "token_bucket"
)

// Rule is one limit.
type Rule struct {
	// Name is unique among the rules: lower-case letters, digits, hyphens.
	Name string
	// Match are the descriptors that a call must have, with these values, to be counted.
	Match map[string]string
	// Keys are the descriptors by whose values it counts apart. A call without one of them is not counted.
	Keys []string
	// Algorithm is how it counts.
	Algorithm Algorithm
	// Capacity is at most so much in a period (SlidingLog), or at once (TokenBucket).
	Capacity int
	// Period is the window (SlidingLog), or the time of a full refill (TokenBucket).
	Period time.Duration
}

// Key tells whether the rule counts a call with these descriptors, and under which key: "project=demo,user=ada",
// in the order of Keys. Values are escaped, so different values never share a key.
func (r Rule) Key(descriptors map[string]string) (string, bool) {
	for name, want := range r.Match {
		if got, ok := descriptors[name]; !ok || got != want {
			return "", false
		}
	}
	size := 0
	for _, name := range r.Keys {
		value, ok := descriptors[name]
		if !ok {
			return "", false
		}
		size += len(name) + len(value) + 2
	}
	var key strings.Builder
	key.Grow(size)
	for i, name := range r.Keys {
		if i > 0 {
			key.WriteByte(',')
		}
		key.WriteString(name)
		key.WriteByte('=')
		writeEscaped(&key, descriptors[name])
	}
	return key.String(), true
}

// Descriptors are the names of the descriptors that the rule looks at, sorted.
func (r Rule) Descriptors() []string {
	names := slices.AppendSeq(slices.Clone(r.Keys), maps.Keys(r.Match))
	slices.Sort(names)
	return slices.Compact(names)
}

// Counter makes the counter of one key.
func (r Rule) Counter() decide.Counter {
	if r.Algorithm == TokenBucket {
		return decide.NewTokenBucket(int64(r.Capacity), r.Period)
	}
	return decide.NewSlidingLog(int64(r.Capacity), r.Period)
}

// String says how much, in plain words: "60 in any 1m0s".
func (r Rule) String() string {
	if r.Algorithm == TokenBucket {
		return fmt.Sprintf("%d at once, refilled in %v", r.Capacity, r.Period)
	}
	return fmt.Sprintf("%d in any %v", r.Capacity, r.Period)
}

// writeEscaped writes a value with the characters that have a meaning in a key in percent form.
func writeEscaped(key *strings.Builder, value string) {
	if !strings.ContainsAny(value, ",=%") {
		key.WriteString(value)
		return
	}
	for i := range len(value) {
		switch c := value[i]; c {
		case ',', '=', '%':
			fmt.Fprintf(key, "%%%02X", c)
		default:
			key.WriteByte(c)
		}
	}
}
