package rule

import (
	"cmp"
	"slices"
	"time"
)

// Override is other numbers of a rule for those who have some values of its keys: one user of a project, or all users
// of one project.
type Override struct {
	// Name is unique among the overrides of a rule: lower-case letters, digits, hyphens.
	Name string `json:"name"`
	// Values say for whom: some or all of the rule's keys, each with a value.
	Values map[string]string `json:"values"`
	// Capacity replaces the rule's; 0 leaves it.
	Capacity int64 `json:"capacity,omitempty"`
	// Period replaces the rule's; 0 leaves it.
	Period time.Duration `json:"period,omitempty"`
	// Expires is when it no longer counts; the zero time is never.
	Expires time.Time `json:"expires,omitzero"`
	// Reason is why it was made, for people.
	Reason string `json:"reason,omitempty"`
	// Origin is where it comes from.
	Origin Origin `json:"-"`
}

// Expired tells whether the override no longer counts.
func (o Override) Expired(now time.Time) bool { return !o.Expires.IsZero() && !now.Before(o.Expires) }

// Limit is the rule's limit for those whom the override concerns.
func (o Override) Limit(r Rule) Limit {
	l := r.Limit()
	l.Override = o.Name
	if o.Capacity > 0 {
		l.Capacity = o.Capacity
	}
	if o.Period > 0 {
		l.Period = o.Period
	}
	return l
}

// Places are where the keys of the override stand among the rule's, ascending.
func (o Override) Places(r Rule) []int {
	var places []int
	for i, key := range r.Keys {
		if _, ok := o.Values[key]; ok {
			places = append(places, i)
		}
	}
	return places
}

// ComparePlaces orders overrides of a rule, the one that wins first: the one with more keys; of as many, the one
// whose keys are narrower, which is to say stand later among the rule's keys. Two with the same keys and different
// values never meet in one call.
func ComparePlaces(a, b []int) int {
	if len(a) != len(b) {
		return cmp.Compare(len(b), len(a))
	}
	for i := len(a) - 1; i >= 0; i-- {
		if a[i] != b[i] {
			return cmp.Compare(b[i], a[i])
		}
	}
	return 0
}

// live are the overrides that count now.
func live(all []Override, now time.Time) []Override {
	return slices.DeleteFunc(slices.Clone(all), func(o Override) bool { return o.Expired(now) })
}
