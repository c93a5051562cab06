package rule

import (
	"cmp"
	"errors"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// parseRule reads and checks one rule. On an error the rule has its name, if that could be read.
func parseRule(node *yaml.Node, origin Origin) (Rule, error) {
	r := Rule{Origin: origin}
	var overrides *yaml.Node
	lines, err := each(node, func(f field) error {
		if f.name == "overrides" {
			overrides = f.value
			return nil
		}
		return r.set(f)
	})
	if err != nil {
		return r, err
	}
	required := []string{"name", "algorithm", "capacity", "period"}
	if r.Algorithm == Calendar {
		required = []string{"name", "algorithm", "capacity", "unit"}
		r.Zone = cmp.Or(r.Zone, "UTC")
	}
	for _, name := range required {
		if _, ok := lines[name]; !ok {
			return r, fmt.Errorf("line %d: %s: is missing", node.Line, name)
		}
	}
	r.Outage = cmp.Or(r.Outage, LocalShare)
	if err := r.Check(); err != nil {
		return r, located(err, lines, node.Line)
	}
	if overrides == nil {
		return r, nil
	}
	if overrides.Kind != yaml.SequenceNode {
		return r, fmt.Errorf("line %d: overrides: must be a list", lines["overrides"])
	}
	for _, item := range overrides.Content {
		o, err := r.parseOverride(item)
		if err != nil {
			return r, fmt.Errorf("override %s: %w", cmp.Or(o.Name, fmt.Sprint(len(r.Overrides)+1)), err)
		}
		r.Overrides = append(r.Overrides, o)
	}
	if err := r.Check(); err != nil { // names that are given twice
		return r, located(err, nil, lines["overrides"])
	}
	return r, nil
}

// set reads one field into the rule.
func (r *Rule) set(f field) (err error) {
	var value string
	switch f.name {
	case "name":
		value, err = text(f.value)
		if err == nil {
			err = checkForm(value, nameForm)
		}
		if err == nil { // else it is nothing to call it by
			r.Name = value
		}
	case "match":
		r.Match, err = texts(f.value)
	case "keys":
		r.Keys, err = names(f.value)
	case "algorithm":
		value, err = text(f.value)
		r.Algorithm = Algorithm(value)
		if err == nil {
			err = checkAlgorithm(r.Algorithm)
		}
	case "capacity":
		r.Capacity, err = whole(f.value)
	case "period":
		r.Period, err = duration(f.value)
	case "unit":
		value, err = text(f.value)
		r.Unit = Unit(value)
	case "zone":
		r.Zone, err = text(f.value)
	case "dry_run":
		r.DryRun, err = boolean(f.value)
	case "outage":
		value, err = text(f.value)
		r.Outage = Outage(value)
		if err == nil {
			err = checkOutage(r.Outage)
		}
	case "upstream":
		r.Upstream, err = upstream(f.value)
	default:
		return errors.New("unknown key; known are name, match, keys, algorithm, capacity, period, unit, zone, dry_run, outage, upstream, overrides")
	}
	return err
}

func upstream(node *yaml.Node) (u Upstream, err error) {
	lines, err := each(node, func(f field) (err error) {
		switch f.name {
		case "capacity":
			u.Capacity, err = whole(f.value)
		case "period":
			u.Period, err = duration(f.value)
		default:
			return errors.New("unknown key; known are capacity, period")
		}
		return err
	})
	if err != nil {
		return u, err
	}
	for _, name := range []string{"capacity", "period"} {
		if _, ok := lines[name]; !ok {
			return u, fmt.Errorf("%s: is missing", name)
		}
	}
	return u, nil
}

// parseOverride reads and checks one override of a valid rule. On an error it has its name, if that could be read.
func (r Rule) parseOverride(node *yaml.Node) (Override, error) {
	o := Override{Origin: r.Origin}
	lines, err := each(node, o.set)
	if err != nil {
		return o, err
	}
	for _, name := range []string{"name", "values"} {
		if _, ok := lines[name]; !ok {
			return o, fmt.Errorf("line %d: %s: is missing", node.Line, name)
		}
	}
	return o, located(r.CheckOverride(o), lines, node.Line)
}

// set reads one field into the override.
func (o *Override) set(f field) (err error) {
	switch f.name {
	case "name":
		var value string
		if value, err = text(f.value); err != nil {
			return err
		}
		if err := checkForm(value, nameForm); err != nil {
			return err
		}
		o.Name = value
	case "values":
		o.Values, err = texts(f.value)
	case "capacity":
		o.Capacity, err = whole(f.value)
	case "period":
		o.Period, err = duration(f.value)
	case "expires":
		o.Expires, err = moment(f.value)
	case "reason":
		o.Reason, err = text(f.value)
	default:
		return errors.New("unknown key; known are name, values, capacity, period, expires, reason")
	}
	return err
}
