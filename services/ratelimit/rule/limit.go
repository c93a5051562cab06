package rule

import "time"

// Limit is what a counter goes by: what a rule says, or an override of it, for those whom it concerns. It is never
// changed: a new version of the rules has new limits.
type Limit struct {
	// Rule is the name of the rule.
	Rule string
	// Override is the name of the override whose numbers these are; empty when they are the rule's own.
	Override string
	// Keys are the descriptors by whose values it counts apart, in the order in which a key names them.
	Keys []string
	// Descriptors are the names of all descriptors that the rule looks at, sorted.
	Descriptors []string
	// Algorithm is how it counts.
	Algorithm Algorithm
	// Capacity is at most so much: in any Period (SlidingLog, SlidingCounter), at once (TokenBucket, Concurrency), in a
	// calendar's day or month (Calendar).
	Capacity int64
	// Period is the window, the time of a full refill (TokenBucket), or after how long a slot that nobody gave back
	// is free again (Concurrency). Zero for Calendar.
	Period time.Duration
	// Unit and Zone say when a Calendar begins anew: at midnight in that zone, of each day or each month's first.
	Unit Unit
	Zone *time.Location
	// DryRun limits count and tell what they would have refused, and refuse nothing.
	DryRun bool
	// Outage is what happens while the engine cannot be reached.
	Outage Outage
}

// Unit is the length of a Calendar's period.
type Unit string

// The units, by their names in a file.
const (
	Day   Unit = "day"
	Month Unit = "month"
)

// Outage is what a limit does while the engine cannot be reached.
type Outage string

// The outages, by their names in a file.
const (
	// LocalShare lets each replica give out its share of the limit from its own memory.
	LocalShare Outage = "local_share"
	// Closed refuses.
	Closed Outage = "closed"
	// Open lets everything through.
	Open Outage = "open"
)
