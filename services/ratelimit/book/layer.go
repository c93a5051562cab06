package book

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

// Target names a limit or, with an override's name, an override.
type Target struct {
	Limit    string `json:"limit"`
	Override string `json:"override,omitempty"`
}

func compareTargets(a, b Target) int {
	return cmp.Or(cmp.Compare(a.Limit, b.Limit), cmp.Compare(a.Override, b.Override))
}

// Item is a limit or an override: one of the two is set.
type Item struct {
	Rule     *rule.Rule     `json:"rule,omitempty"`
	Override *rule.Override `json:"override,omitempty"`
}

// Change is what the API made of a target, before and after; nil is nothing.
type Change struct {
	Target
	Before *Item `json:"before,omitempty"`
	After  *Item `json:"after,omitempty"`
}

// layer is what was made over the API.
type layer map[Target]Item

func readLayer(rows []Row) (layer, error) {
	l := layer{}
	for _, row := range rows {
		var item Item
		if err := json.Unmarshal(row.Body, &item); err != nil {
			return nil, fmt.Errorf("stored limit %s override %q: %w", row.Limit, row.Override, err)
		}
		if (item.Rule == nil) == (item.Override == nil) {
			return nil, fmt.Errorf("stored limit %s override %q is neither a limit nor an override", row.Limit, row.Override)
		}
		l[Target{row.Limit, row.Override}] = item
	}
	return l, nil
}

// with is the layer after changes.
func (l layer) with(changes []Change) layer {
	after := maps.Clone(l)
	for _, c := range changes {
		if c.After == nil {
			delete(after, c.Target)
		} else {
			after[c.Target] = *c.After
		}
	}
	return after
}

// rowsOf are changes as a store writes them.
func rowsOf(changes []Change) ([]Row, error) {
	var rows []Row
	for _, c := range changes {
		row := Row{Limit: c.Limit, Override: c.Override}
		if c.After != nil {
			body, err := json.Marshal(c.After)
			if err != nil {
				return nil, fmt.Errorf("limit %s override %q: %w", c.Limit, c.Override, err)
			}
			row.Body = body
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// above puts the layer above the rules of the file: the rules in force, and by limit the overrides that do not fit.
func (l layer) above(base []rule.Rule) ([]rule.Rule, map[string][]rule.Override) {
	rules := map[string]rule.Rule{}
	overrides := map[Target]rule.Override{}
	for _, r := range base {
		for _, o := range r.Overrides {
			overrides[Target{r.Name, o.Name}] = o
		}
		rules[r.Name] = r
	}
	for target, item := range l {
		if item.Rule != nil {
			r := *item.Rule
			r.Origin = rule.API
			rules[target.Limit] = r
		} else {
			o := *item.Override
			o.Origin = rule.API
			overrides[target] = o
		}
	}
	for name, r := range rules {
		r.Overrides = nil
		rules[name] = r
	}
	unfit := map[string][]rule.Override{}
	for _, target := range slices.SortedFunc(maps.Keys(overrides), compareTargets) {
		o := overrides[target]
		r, ok := rules[target.Limit]
		if !ok || r.CheckOverride(o) != nil {
			unfit[target.Limit] = append(unfit[target.Limit], o)
			continue
		}
		r.Overrides = append(r.Overrides, o)
		rules[target.Limit] = r
	}
	return slices.SortedFunc(maps.Values(rules), func(a, b rule.Rule) int { return cmp.Compare(a.Name, b.Name) }), unfit
}
