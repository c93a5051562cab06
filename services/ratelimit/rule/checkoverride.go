package rule

import (
	"errors"
	"fmt"
	"time"
	"unicode/utf8"
)

// checkOverrides says what is wrong with the overrides of a rule.
func (r Rule) checkOverrides() error {
	names := map[string]bool{}
	for _, o := range r.Overrides {
		if names[o.Name] {
			return &FieldError{Rule: r.Name, Override: o.Name, Field: "name", Why: "is given twice"}
		}
		names[o.Name] = true
		if err := r.CheckOverride(o); err != nil {
			return err
		}
	}
	return nil
}

// checkTies refuses two overrides that count now and concern the same: nobody could say which of them wins.
func (r Rule) checkTies(now time.Time) error {
	seen := map[string]string{}
	for _, o := range live(r.Overrides, now) {
		key := o.Key(r)
		if other, ok := seen[key]; ok {
			return &FieldError{
				Rule: r.Name, Override: o.Name, Field: "values",
				Why: fmt.Sprintf("override %s is for %s too, so neither would win", other, key),
			}
		}
		seen[key] = o.Name
	}
	return nil
}

// CheckOverride says what is wrong with an override of a valid rule; a [*FieldError], or nil.
func (r Rule) CheckOverride(o Override) error {
	for _, c := range []struct {
		field string
		err   error
	}{
		{"name", checkForm(o.Name, nameForm)},
		{"values", r.checkValues(o)},
		{"capacity", r.checkNumbers(o)},
		{"period", r.checkOverridePeriod(o)},
		{"reason", checkReason(o.Reason)},
	} {
		if c.err != nil {
			return &FieldError{Rule: r.Name, Override: o.Name, Field: c.field, Why: c.err.Error()}
		}
	}
	return nil
}

func (r Rule) checkValues(o Override) error {
	if len(o.Values) == 0 {
		return errors.New("must name at least one key of the rule with its value")
	}
	for name := range o.Values {
		if !contains(r.Keys, name) {
			return fmt.Errorf("%s is no key of the rule; its keys are %v", name, r.Keys)
		}
	}
	return checkDescriptors(o.Values)
}

func (r Rule) checkNumbers(o Override) error {
	if o.Capacity == 0 {
		if o.Period == 0 {
			return errors.New("it must say a capacity or a period")
		}
		return nil
	}
	return checkCapacity(r.Algorithm, o.Capacity)
}

func (r Rule) checkOverridePeriod(o Override) error {
	switch {
	case o.Period == 0:
		return nil
	case r.Algorithm == Calendar:
		return errors.New("a calendar has none")
	}
	return checkDuration(o.Period)
}

func checkReason(reason string) error {
	if utf8.RuneCountInString(reason) > maxReason || !utf8.ValidString(reason) {
		return fmt.Errorf("must have at most %d characters", maxReason)
	}
	return nil
}

// appendKey writes the values of an override, in the order of the rule's keys.
func (o Override) appendKey(buf []byte, r Rule) []byte {
	for i, place := range o.Places(r) {
		if i > 0 {
			buf = append(buf, ',')
		}
		key := r.Keys[place]
		buf = AppendPart(buf, key, o.Values[key])
	}
	return buf
}

// Key names those whom the override of a rule concerns: "project=demo".
func (o Override) Key(r Rule) string { return string(o.appendKey(nil, r)) }
