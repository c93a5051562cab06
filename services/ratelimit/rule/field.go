package rule

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

const (
	maxCapacity    = 100_000
	minPeriod      = time.Millisecond
	maxPeriod      = 744 * time.Hour
	maxDescriptors = 16
	maxValueLength = 256 // characters, as in the API
)

const (
	namePattern       = `^[a-z][a-z0-9-]{0,62}$`
	descriptorPattern = `^[a-z][a-z0-9_]{0,30}$`
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

// parseRule reads and checks one rule. On an error the rule has its name, if that could be read.
func parseRule(node *yaml.Node) (Rule, error) {
	var r Rule
	fields, err := fieldsOf(node)
	if err != nil {
		return r, err
	}
	// The name comes first, so that every later error can say whose it is.
	slices.SortStableFunc(fields, func(a, b field) int { return rank(a.name) - rank(b.name) })
	given := map[string]bool{}
	for _, f := range fields {
		given[f.name] = true
		if err := r.set(f); err != nil {
			return r, fmt.Errorf("line %d: %s: %w", f.line, f.name, err)
		}
	}
	for _, name := range []string{"name", "algorithm", "capacity", "period"} {
		if !given[name] {
			return r, fmt.Errorf("line %d: %s: is missing", node.Line, name)
		}
	}
	return r, nil
}

func rank(name string) int {
	if name == "name" {
		return 0
	}
	return 1
}

// set reads one field into the rule.
func (r *Rule) set(f field) (err error) {
	switch f.name {
	case "name":
		name, err := matching(f.value, namePattern)
		r.Name = name
		return err
	case "match":
		r.Match, err = descriptors(f.value)
	case "keys":
		r.Keys, err = names(f.value)
	case "algorithm":
		r.Algorithm, err = algorithm(f.value)
	case "capacity":
		r.Capacity, err = capacity(f.value)
	case "period":
		r.Period, err = period(f.value)
	default:
		return errors.New("unknown key; known are name, match, keys, algorithm, capacity, period")
	}
	return err
}

func descriptors(node *yaml.Node) (map[string]string, error) {
	fields, err := fieldsOf(node)
	if err != nil {
		return nil, err
	}
	if len(fields) > maxDescriptors {
		return nil, fmt.Errorf("%d descriptors; a call has at most %d", len(fields), maxDescriptors)
	}
	match := make(map[string]string, len(fields))
	for _, f := range fields {
		if !regexp.MustCompile(descriptorPattern).MatchString(f.name) {
			return nil, fmt.Errorf("descriptor %q must match %s", f.name, descriptorPattern)
		}
		value, err := text(f.value)
		if err != nil {
			return nil, fmt.Errorf("descriptor %s %w", f.name, err)
		}
		if value == "" || utf8.RuneCountInString(value) > maxValueLength {
			return nil, fmt.Errorf("descriptor %s must have 1 to %d characters", f.name, maxValueLength)
		}
		match[f.name] = value
	}
	return match, nil
}

func names(node *yaml.Node) ([]string, error) {
	if node.Kind != yaml.SequenceNode {
		return nil, errors.New("must be a list of descriptor names")
	}
	if len(node.Content) > maxDescriptors {
		return nil, fmt.Errorf("%d descriptors; a call has at most %d", len(node.Content), maxDescriptors)
	}
	var list []string
	for _, item := range node.Content {
		name, err := matching(item, descriptorPattern)
		if err != nil {
			return nil, err
		}
		if slices.Contains(list, name) {
			return nil, fmt.Errorf("%s is given twice", name)
		}
		list = append(list, name)
	}
	return list, nil
}

func algorithm(node *yaml.Node) (Algorithm, error) {
	value, err := text(node)
	if err != nil {
		return "", err
	}
	a := Algorithm(value)
	if a != SlidingLog && a != TokenBucket {
		return "", fmt.Errorf("%q is none of %s, %s", value, SlidingLog, TokenBucket)
	}
	return a, nil
}

func capacity(node *yaml.Node) (int, error) {
	value, err := text(node)
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 || n > maxCapacity {
		return 0, fmt.Errorf("%q must be a whole number from 1 to %d", value, maxCapacity)
	}
	return n, nil
}

func period(node *yaml.Node) (time.Duration, error) {
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

// matching reads a text that must match a pattern.
func matching(node *yaml.Node, pattern string) (string, error) {
	value, err := text(node)
	if err != nil {
		return "", err
	}
	if !regexp.MustCompile(pattern).MatchString(value) {
		return "", fmt.Errorf("%q must match %s", value, pattern)
	}
	return value, nil
}

// text reads a single value. Anchors and aliases are not followed: a list of limits has no need of them.
func text(node *yaml.Node) (string, error) {
	if node.Kind != yaml.ScalarNode || node.Tag == "!!null" {
		return "", errors.New("must be a single value")
	}
	return node.Value, nil
}
