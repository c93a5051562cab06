package rule

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"
	_ "time/tzdata" // a machine may know no time zones
	"unicode/utf8"
)

// What a rule may be at most.
const (
	// MaxRules is how many rules there may be, and MaxOverrides how many overrides in all of them.
	MaxRules     = 256
	MaxOverrides = 10_000

	maxLogCapacity = 100_000       // a log keeps each of them
	maxCapacity    = 1_000_000_000 // an int32 holds it, and twice that
	minPeriod      = time.Millisecond
	maxPeriod      = 744 * time.Hour
	maxDescriptors = 16
	maxValueLength = 256 // characters, as in the API
	maxReason      = 500
)

var (
	nameForm       = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)
	descriptorForm = regexp.MustCompile(`^[a-z][a-z0-9_]{0,30}$`)
)

// FieldError says which field of a rule or an override is wrong, and why. Override is empty for the rule's own.
type FieldError struct {
	Rule, Override, Field, Why string
}

func (e *FieldError) Error() string {
	subject := "rule " + e.Rule
	if e.Override != "" {
		subject += ": override " + e.Override
	}
	return fmt.Sprintf("%s: %s: %s", subject, e.Field, e.Why)
}

// TooManyError says that there are more rules or overrides than may be.
type TooManyError struct {
	Count, Most int
	What        string
}

func (e *TooManyError) Error() string {
	return fmt.Sprintf("%d %s; at most %d are allowed", e.Count, e.What, e.Most)
}

// CheckAll says what is wrong with rules that shall be in force together, or nil.
func CheckAll(rules []Rule, now time.Time) error {
	if len(rules) > MaxRules {
		return &TooManyError{len(rules), MaxRules, "limits"}
	}
	overrides := 0
	names := map[string]bool{}
	for _, r := range rules {
		if names[r.Name] {
			return &FieldError{Rule: r.Name, Field: "name", Why: "is given twice"}
		}
		names[r.Name] = true
		if err := r.Check(); err != nil {
			return err
		}
		if err := r.checkTies(now); err != nil {
			return err
		}
		overrides += len(r.Overrides)
	}
	if overrides > MaxOverrides {
		return &TooManyError{overrides, MaxOverrides, "overrides"}
	}
	for _, r := range rules {
		if err := checkUpstream(r, rules, now); err != nil {
			return &FieldError{Rule: r.Name, Field: "upstream", Why: err.Error()}
		}
	}
	return nil
}

// Check says what is wrong with a rule by itself; a [*FieldError], or nil.
func (r Rule) Check() error {
	for _, c := range []struct {
		field string
		err   error
	}{
		{"name", checkForm(r.Name, nameForm)},
		{"match", checkDescriptors(r.Match)},
		{"keys", checkNames(r.Keys)},
		{"algorithm", checkAlgorithm(r.Algorithm)},
		{"capacity", checkCapacity(r.Algorithm, r.Capacity)},
		{"period", r.checkPeriod()},
		{"unit", r.checkUnit()},
		{"zone", r.checkZone()},
		{"outage", checkOutage(r.Outage)},
		{"upstream", r.Upstream.check()},
	} {
		if c.err != nil {
			return &FieldError{Rule: r.Name, Field: c.field, Why: c.err.Error()}
		}
	}
	return r.checkOverrides()
}

func checkAlgorithm(a Algorithm) error {
	all := []Algorithm{SlidingLog, TokenBucket, SlidingCounter, Calendar, Concurrency}
	if !slices.Contains(all, a) {
		return fmt.Errorf("%q is none of sliding_log, token_bucket, sliding_counter, calendar, concurrency", string(a))
	}
	return nil
}

func checkCapacity(a Algorithm, n int64) error {
	most := int64(maxCapacity)
	if a == SlidingLog || a == Concurrency || a == TokenBucket {
		most = maxLogCapacity
	}
	if n < 1 || n > most {
		return fmt.Errorf("%d must be a whole number from 1 to %d", n, most)
	}
	return nil
}

func (r Rule) checkPeriod() error {
	if r.Algorithm != Calendar {
		return checkDuration(r.Period)
	}
	if r.Period != 0 {
		return errors.New("a calendar has a unit instead")
	}
	return nil
}

func checkDuration(d time.Duration) error {
	switch {
	case d < minPeriod || d > maxPeriod:
		return fmt.Errorf("%q must be a duration from %v to %v, for example 60s", d.String(), minPeriod, maxPeriod)
	case d%time.Microsecond != 0:
		return errors.New("must be in whole microseconds")
	}
	return nil
}

func (r Rule) checkUnit() error {
	switch {
	case r.Algorithm != Calendar && r.Unit != "":
		return errors.New("is for a calendar only")
	case r.Algorithm == Calendar && r.Unit != Day && r.Unit != Month:
		return fmt.Errorf("%q is none of day, month", string(r.Unit))
	}
	return nil
}

func (r Rule) checkZone() error {
	if r.Algorithm == Calendar {
		_, err := zone(r.Zone)
		return err
	}
	if r.Zone != "" {
		return errors.New("is for a calendar only")
	}
	return nil
}

// zone finds a time zone. The machine's own is refused: replicas may differ.
func zone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, fmt.Errorf("%q is no time zone such as UTC or Europe/Berlin", name)
	}
	z, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("%q is no time zone such as UTC or Europe/Berlin", name)
	}
	return z, nil
}

func checkOutage(o Outage) error {
	if o != LocalShare && o != Closed && o != Open {
		return fmt.Errorf("%q is none of local_share, closed, open", string(o))
	}
	return nil
}

func (u Upstream) check() error {
	if u == (Upstream{}) {
		return nil
	}
	if u.Capacity < 1 || u.Capacity > maxCapacity {
		return fmt.Errorf("capacity: %d must be a whole number from 1 to %d", u.Capacity, maxCapacity)
	}
	if err := checkDuration(u.Period); err != nil {
		return fmt.Errorf("period: %w", err)
	}
	return nil
}

func checkDescriptors(all map[string]string) error {
	if len(all) > maxDescriptors {
		return fmt.Errorf("%d descriptors; a call has at most %d", len(all), maxDescriptors)
	}
	for name, value := range all {
		if err := checkForm(name, descriptorForm); err != nil {
			return fmt.Errorf("descriptor %w", err)
		}
		if value == "" || utf8.RuneCountInString(value) > maxValueLength || !utf8.ValidString(value) {
			return fmt.Errorf("descriptor %s must have 1 to %d characters", name, maxValueLength)
		}
	}
	return nil
}

func checkNames(names []string) error {
	if len(names) > maxDescriptors {
		return fmt.Errorf("%d descriptors; a call has at most %d", len(names), maxDescriptors)
	}
	for i, name := range names {
		if err := checkForm(name, descriptorForm); err != nil {
			return err
		}
		if contains(names[:i], name) {
			return fmt.Errorf("%s is given twice", name)
		}
	}
	return nil
}

func checkForm(value string, form *regexp.Regexp) error {
	if !form.MatchString(value) {
		return fmt.Errorf("%q must match %s", value, form)
	}
	return nil
}

func contains(names []string, name string) bool { return slices.Contains(names, name) }
