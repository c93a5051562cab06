package rule

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"
)

// field is a key of a YAML mapping with its value.
type field struct {
	name  string
	line  int
	value *yaml.Node
}

// fieldsOf lists the keys of a mapping; each may appear once.
func fieldsOf(node *yaml.Node) ([]field, error) {
	if node.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("line %d: must be a mapping of keys to values", node.Line)
	}
	var fields []field
	for i := 0; i+1 < len(node.Content); i += 2 {
		key := node.Content[i]
		name, err := text(key)
		if err != nil {
			return nil, fmt.Errorf("line %d: key %w", key.Line, err)
		}
		if slices.ContainsFunc(fields, func(f field) bool { return f.name == name }) {
			return nil, fmt.Errorf("line %d: %s: given twice", key.Line, name)
		}
		fields = append(fields, field{name, key.Line, node.Content[i+1]})
	}
	return fields, nil
}

// each reads the fields of a mapping with set, the name first, so that every later error can say whose it is. It
// returns the line of each field.
func each(node *yaml.Node, set func(field) error) (map[string]int, error) {
	fields, err := fieldsOf(node)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(fields, func(a, b field) int { return rank(a.name) - rank(b.name) })
	lines := map[string]int{}
	for _, f := range fields {
		lines[f.name] = f.line
		if err := set(f); err != nil {
			return lines, fmt.Errorf("line %d: %s: %w", f.line, f.name, err)
		}
	}
	return lines, nil
}

func rank(name string) int {
	switch name {
	case "name":
		return 0
	case "algorithm": // says what the others may be
		return 1
	}
	return 2
}

// located puts the line of a field before what is wrong with it.
func located(err error, lines map[string]int, otherwise int) error {
	wrong := (*FieldError)(nil)
	if !errors.As(err, &wrong) {
		return err
	}
	line, ok := lines[wrong.Field]
	if !ok {
		line = otherwise
	}
	return fmt.Errorf("line %d: %s: %s", line, wrong.Field, wrong.Why)
}

func texts(node *yaml.Node) (map[string]string, error) {
	fields, err := fieldsOf(node)
	if err != nil {
		return nil, err
	}
	all := make(map[string]string, len(fields))
	for _, f := range fields {
		value, err := text(f.value)
		if err != nil {
			return nil, fmt.Errorf("descriptor %s %w", f.name, err)
		}
		all[f.name] = value
	}
	return all, nil
}

func names(node *yaml.Node) ([]string, error) {
	if node.Kind != yaml.SequenceNode {
		return nil, errors.New("must be a list of descriptor names")
	}
	var list []string
	for _, item := range node.Content {
		name, err := text(item)
		if err != nil {
			return nil, err
		}
		list = append(list, name)
	}
	return list, nil
}

func whole(node *yaml.Node) (int64, error) {
	value, err := text(node)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(value, 10, 32)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("%q must be a whole number from 1 to %d", value, maxCapacity)
	}
	return n, nil
}

func duration(node *yaml.Node) (time.Duration, error) {
	value, err := text(node)
	if err != nil {
		return 0, err
	}
	d, err := time.ParseDuration(value)
	if err != nil || d < minPeriod || d > maxPeriod {
		return 0, fmt.Errorf("%q must be a duration from %v to %v, for example 60s", value, minPeriod, maxPeriod)
	}
	return d, nil
}

func moment(node *yaml.Node) (time.Time, error) {
	value, err := text(node)
	if err != nil {
		return time.Time{}, err
	}
	t, err := time.Parse(time.RFC3339, value)
	if err != nil || t.IsZero() {
		return time.Time{}, fmt.Errorf("%q must be a time such as 2027-01-31T00:00:00Z", value)
	}
	return t.UTC(), nil
}

func boolean(node *yaml.Node) (bool, error) {
	value, err := text(node)
	if err != nil {
		return false, err
	}
	if value != "true" && value != "false" {
		return false, fmt.Errorf("%q is neither true nor false", value)
	}
	return value == "true", nil
}

// text reads a single value. Anchors and aliases are not followed: a list of limits has no need of them.
func text(node *yaml.Node) (string, error) {
	if node.Kind != yaml.ScalarNode || node.Tag == "!!null" {
		return "", errors.New("must be a single value")
	}
	return node.Value, nil
}
