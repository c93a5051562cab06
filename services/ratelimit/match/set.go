// Package match finds the limits that count a call, by the rules of one version.
//
// A [Set] is never changed: a new version of the rules is a new set, and a call is decided by one set as a whole.
// Matching allocates nothing once the caller's [Scratch] has grown. Limits that say the same in two versions are the
// same pointer in both, so what an engine keeps by a limit lasts until the limit itself is changed.
package match

import (
	"cmp"
	"slices"
	"time"

	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

// action is the descriptor by whose value rules are looked up.
const action = "action"

// project is the descriptor that keeps counters together.
const project = "project"

// Set is the rules of one version. It is safe for concurrent use.
type Set struct {
	version int64
	entries []*entry // by name
	// byAction are the entries that can count a call of that action; others are for the rest.
	byAction map[string][]*entry
	others   []*entry
}

// entry is a rule, made ready to match.
type entry struct {
	rule   rule.Rule
	limit  *rule.Limit
	exact  []pair
	more   []pair // exact, without the action
	any    []string
	tagged bool
	shapes []shape // of the overrides, the one that wins first
}

type pair struct{ name, value string }

// shape is all overrides of a rule that name the same keys.
type shape struct {
	places []int // among the rule's keys
	byKey  map[string]*override
}

type override struct {
	rule.Override
	limit *rule.Limit
}

// New makes the set of a version. It fails when [rule.CheckAll] does. Limits are taken over from the set before, which
// may be nil, where nothing was changed of them.
func New(version int64, rules []rule.Rule, now time.Time, before *Set) (*Set, error) {
	if err := rule.CheckAll(rules, now); err != nil {
		return nil, err
	}
	s := &Set{version: version, byAction: map[string][]*entry{}}
	known := before.limits()
	for _, r := range rules {
		s.entries = append(s.entries, newEntry(r, now, known))
	}
	slices.SortFunc(s.entries, func(a, b *entry) int { return cmp.Compare(a.rule.Name, b.rule.Name) })
	for _, e := range s.entries {
		if value, ok := e.rule.Match[action]; ok && value != rule.Any {
			s.byAction[value] = nil
		}
	}
	for _, e := range s.entries {
		value, ok := e.rule.Match[action]
		if ok && value != rule.Any {
			s.byAction[value] = append(s.byAction[value], e)
			continue
		}
		s.others = append(s.others, e)
		for value := range s.byAction {
			s.byAction[value] = append(s.byAction[value], e)
		}
	}
	return s, nil
}

func newEntry(r rule.Rule, now time.Time, before limits) *entry {
	e := &entry{rule: r, limit: before.same(r.Limit()), tagged: slices.Contains(r.Keys, project)}
	for name, value := range r.Match {
		if value == rule.Any {
			e.any = append(e.any, name)
		} else {
			e.exact = append(e.exact, pair{name, value})
			if name != action { // by that it is looked up
				e.more = append(e.more, pair{name, value})
			}
		}
	}
	for _, o := range r.Overrides {
		if o.Expired(now) {
			continue
		}
		places := o.Places(r)
		i, found := slices.BinarySearchFunc(e.shapes, places, func(s shape, p []int) int { return rule.ComparePlaces(s.places, p) })
		if !found {
			e.shapes = slices.Insert(e.shapes, i, shape{places, map[string]*override{}})
		}
		e.shapes[i].byKey[o.Key(r)] = &override{o, before.same(o.Limit(r))}
	}
	return e
}

// limits are those of a set, by rule and override.
type limits map[[2]string]*rule.Limit

func (s *Set) limits() limits {
	all := limits{}
	if s == nil {
		return all
	}
	for _, e := range s.entries {
		all[[2]string{e.rule.Name}] = e.limit
		for _, shape := range e.shapes {
			for _, o := range shape.byKey {
				all[[2]string{e.rule.Name, o.Name}] = o.limit
			}
		}
	}
	return all
}

// same gives the limit that there was, if it says the same.
func (l limits) same(limit rule.Limit) *rule.Limit {
	was := l[[2]string{limit.Rule, limit.Override}]
	if was != nil && was.Equal(limit) {
		return was
	}
	return &limit
}

// Version numbers the set; a later one has a higher number.
func (s *Set) Version() int64 { return s.version }

// Rules are the rules in force, by name.
func (s *Set) Rules() []rule.Rule {
	all := make([]rule.Rule, len(s.entries))
	for i, e := range s.entries {
		all[i] = e.rule
	}
	return all
}

// Rule finds a rule by its name.
func (s *Set) Rule(name string) (rule.Rule, bool) {
	e := s.entry(name)
	if e == nil {
		return rule.Rule{}, false
	}
	return e.rule, true
}

func (s *Set) entry(name string) *entry {
	i, ok := slices.BinarySearchFunc(s.entries, name, func(e *entry, name string) int { return cmp.Compare(e.rule.Name, name) })
	if !ok {
		return nil
	}
	return s.entries[i]
}

// Limit is what holds of a rule for some values of its keys; nil when there is no such rule, or a key is missing.
func (s *Set) Limit(name string, values map[string]string, now time.Time) *rule.Limit {
	e := s.entry(name)
	if e == nil {
		return nil
	}
	for _, key := range e.rule.Keys {
		if _, ok := values[key]; !ok {
			return nil
		}
	}
	limit, _ := e.inForce(nil, values, now)
	return limit
}
