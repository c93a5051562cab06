// Package rule says which limits there are: what a limit counts, for whom apart, how much, and for whom it is another
// number.
//
// Rules come from a YAML file, see limits.yaml for the one that is built in, and from the API. A file is taken whole or
// refused with an error that names line, rule and field. What [Parse] or [CheckAll] has let through is valid: it can be
// counted, and no rule could send more than the upstream behind it allows.
package rule

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// Algorithm is how a limit counts.
type Algorithm string

// The algorithms, by their names in a file.
const (
	// SlidingLog is exact: no window of the period ever holds more than the capacity.
	SlidingLog Algorithm = "sliding_log"
	// TokenBucket refills evenly, the whole of it in a period.
	TokenBucket Algorithm = "token_bucket"
	// SlidingCounter weighs the period before by what is left of it in the window: cheap, and not exact.
	SlidingCounter Algorithm = "sliding_counter"
	// Calendar begins anew with each day or month of a time zone.
	Calendar Algorithm = "calendar"
	// Concurrency counts what is in flight; a slot is given back, or is free again after the period.
	Concurrency Algorithm = "concurrency"
)

// Any is the value to match that means: present, whatever it is.
const Any = "*"

// Origin tells where a rule or an override comes from.
type Origin string

// The origins. What comes from the API stands above the others.
const (
	BuiltIn Origin = "built_in"
	File    Origin = "file"
	API     Origin = "api"
)

// Rule is one limit. As JSON it is itself, without overrides and origin; periods are in nanoseconds.
type Rule struct {
	// Name is unique among the rules: lower-case letters, digits, hyphens.
	Name string `json:"name"`
	// Match are the descriptors that a call must have, with these values or [Any], to be counted.
	Match map[string]string `json:"match,omitempty"`
	// Keys are the descriptors by whose values it counts apart, from broad to narrow. A call without one of them is
	// not counted.
	Keys []string `json:"keys,omitempty"`
	// Algorithm is how it counts.
	Algorithm Algorithm `json:"algorithm"`
	// Capacity and Period mean what they mean in a [Limit].
	Capacity int64         `json:"capacity"`
	Period   time.Duration `json:"period,omitempty"`
	// Unit and Zone, an IANA name, are those of a Calendar.
	Unit Unit   `json:"unit,omitempty"`
	Zone string `json:"zone,omitempty"`
	// DryRun rules count and tell what they would have refused, and refuse nothing.
	DryRun bool `json:"dry_run,omitempty"`
	// Outage is what happens while the engine cannot be reached.
	Outage Outage `json:"outage"`
	// Upstream is what the system behind allows for each value of the keys; its zero value says nothing.
	Upstream Upstream `json:"upstream,omitzero"`
	// Overrides are other numbers for some values of the keys.
	Overrides []Override `json:"-"`
	// Origin is where it comes from.
	Origin Origin `json:"-"`
}

// Key tells whether the rule counts a call with these descriptors, and under which key: "project=demo,user=ada",
// in the order of Keys. Values are escaped, so different values never share a key.
func (r Rule) Key(descriptors map[string]string) (string, bool) {
	key, ok := r.AppendKey(nil, descriptors)
	return string(key), ok
}

// AppendKey is Key, written after what buf holds. If the rule does not count the call, buf comes back as it was.
func (r *Rule) AppendKey(buf []byte, descriptors map[string]string) ([]byte, bool) {
	for name, want := range r.Match {
		if got, ok := descriptors[name]; !ok || got != want && want != Any {
			return buf, false
		}
	}
	start := len(buf)
	for i, name := range r.Keys {
		value, ok := descriptors[name]
		if !ok {
			return buf[:start], false
		}
		if i > 0 {
			buf = append(buf, ',')
		}
		buf = AppendPart(buf, name, value)
	}
	return buf, true
}

// AppendPart writes one descriptor of a key: "user=ada".
func AppendPart(buf []byte, name, value string) []byte {
	buf = append(buf, name...)
	buf = append(buf, '=')
	for i := range len(value) {
		if special(value[i]) {
			return appendEscaped(buf, value)
		}
	}
	return append(buf, value...)
}

// special tells whether a character has a meaning in a key.
func special(c byte) bool { return c == ',' || c == '=' || c == '%' }

func appendEscaped(buf []byte, value string) []byte {
	const hex = "0123456789ABCDEF"
	for i := range len(value) {
		c := value[i]
		if special(c) {
			buf = append(buf, '%', hex[c>>4], hex[c&15])
		} else {
			buf = append(buf, c)
		}
	}
	return buf
}

// Descriptors are the names of the descriptors that the rule looks at, sorted.
func (r Rule) Descriptors() []string {
	names := slices.AppendSeq(slices.Clone(r.Keys), maps.Keys(r.Match))
	slices.Sort(names)
	return slices.Compact(names)
}

// Limit is what the rule says for those without an override. The rule must be valid.
func (r Rule) Limit() Limit {
	l := Limit{
		Rule: r.Name, Keys: r.Keys, Descriptors: r.Descriptors(), Algorithm: r.Algorithm, Capacity: r.Capacity, Period: r.Period,
		Unit: r.Unit, DryRun: r.DryRun, Outage: r.Outage,
	}
	if r.Algorithm == Calendar {
		l.Zone, _ = zone(r.Zone) // a valid rule has one
	}
	return l
}

// String says how much, in plain words: "60 in any 1m0s".
func (r Rule) String() string { return r.Limit().String() }

// Equal tells whether two limits say the same.
func (l Limit) Equal(other Limit) bool {
	if (l.Zone == nil) != (other.Zone == nil) || l.Zone != nil && l.Zone.String() != other.Zone.String() {
		return false
	}
	return l.Rule == other.Rule && l.Override == other.Override && slices.Equal(l.Keys, other.Keys) &&
		slices.Equal(l.Descriptors, other.Descriptors) && l.Algorithm == other.Algorithm && l.Capacity == other.Capacity &&
		l.Period == other.Period && l.Unit == other.Unit && l.DryRun == other.DryRun && l.Outage == other.Outage
}

// String says how much, in plain words: "60 in any 1m0s".
func (l Limit) String() string {
	switch l.Algorithm {
	case TokenBucket:
		return fmt.Sprintf("%d at once, refilled in %v", l.Capacity, l.Period)
	case SlidingCounter:
		return fmt.Sprintf("about %d in any %v", l.Capacity, l.Period)
	case Calendar:
		return fmt.Sprintf("%d a %s (%v)", l.Capacity, l.Unit, l.Zone)
	case Concurrency:
		return fmt.Sprintf("%d in flight, for %v at most", l.Capacity, l.Period)
	}
	return fmt.Sprintf("%d in any %v", l.Capacity, l.Period)
}
