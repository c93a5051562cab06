package match

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

// Finding tells of one rule what it has to do with a call.
type Finding struct {
	// Rule is the rule, with where it comes from.
	Rule rule.Rule
	// Why says in plain words why it does not count the call; empty when it does.
	Why string
	// Line is what counts the call: the numbers in force, and the key. Only when Why is empty.
	Line engine.Line
	// Won is the override whose numbers are in force; nil when they are the rule's own.
	Won *rule.Override
	// Lost are the overrides that concern the call too.
	Lost []Loser
}

// Loser is an override that concerns a call, and why it is not the one in force.
type Loser struct {
	Override rule.Override
	Why      string
}

// Explain tells of every rule, by name, whether it counts a call and by which numbers.
func (s *Set) Explain(descriptors map[string]string, now time.Time) []Finding {
	findings := make([]Finding, len(s.entries))
	for i, e := range s.entries {
		findings[i] = e.explain(descriptors, now)
	}
	return findings
}

func (e *entry) explain(descriptors map[string]string, now time.Time) Finding {
	f := Finding{Rule: e.rule, Why: e.why(descriptors)}
	if f.Why != "" {
		return f
	}
	key, _ := e.appendKey(nil, descriptors)
	f.Line = engine.Line{Key: key}
	f.Line.Limit, _ = e.inForce(slices.Clone(key), descriptors, now)
	if e.tagged {
		f.Line.Tag = descriptors[project]
	}
	for _, o := range e.concerned(descriptors) {
		switch {
		case o.Expired(now):
			f.Lost = append(f.Lost, Loser{o, "expired at " + o.Expires.UTC().Format(time.RFC3339)})
		case f.Won == nil:
			f.Won = &o
		default:
			f.Lost = append(f.Lost, Loser{o, fmt.Sprintf("override %s is more specific: %s before %s", f.Won.Name, f.Won.Key(e.rule), o.Key(e.rule))})
		}
	}
	return f
}

// why says why the rule does not count a call, or nothing.
func (e *entry) why(descriptors map[string]string) string {
	var reasons []string
	for _, p := range e.exact {
		value, ok := descriptors[p.name]
		switch {
		case !ok:
			reasons = append(reasons, fmt.Sprintf("%s is absent, it must be %q", p.name, p.value))
		case value != p.value:
			reasons = append(reasons, fmt.Sprintf("%s is %q, it must be %q", p.name, value, p.value))
		}
	}
	for _, name := range slices.Concat(e.any, e.rule.Keys) {
		if _, ok := descriptors[name]; !ok {
			reasons = append(reasons, name+" is absent")
		}
	}
	slices.Sort(reasons)
	return strings.Join(slices.Compact(reasons), "; ")
}

// concerned are the overrides of the rule for such a call, also those that have expired, the most specific first.
func (e *entry) concerned(descriptors map[string]string) []rule.Override {
	var all []rule.Override
	for _, o := range e.rule.Overrides {
		meant := true
		for name, value := range o.Values {
			if descriptors[name] != value {
				meant = false
			}
		}
		if meant {
			all = append(all, o)
		}
	}
	slices.SortStableFunc(all, func(a, b rule.Override) int {
		return rule.ComparePlaces(a.Places(e.rule), b.Places(e.rule))
	})
	return all
}
