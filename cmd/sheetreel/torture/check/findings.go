// Package check finds out whether a campaign kept the scheduler's promises. It looks from three sides that share
// nothing but the names of the video jobs: at what is stored, at the event histories, and at what each caller saw.
package check

import "fmt"

// Kind is what kind of promise was broken.
type Kind string

// The kinds.
const (
	Lost     Kind = "lost"     // an acknowledged job is not there, or is not finished
	Twice    Kind = "twice"    // a job has two acknowledged completions under different leases
	Illegal  Kind = "illegal"  // no order of the calls explains what their callers saw
	Events   Kind = "events"   // the event history has a gap, or breaks the table of states
	Watch    Kind = "watch"    // a watcher missed an event or saw one twice
	Artifact Kind = "artifact" // what was published is not there, or is not of the completing attempt
	Request  Kind = "request"  // a request id made two things
	Answer   Kind = "answer"   // a call got an answer that no call of a campaign should get
	Crash    Kind = "crash"    // a process ended by itself
)

// Finding is a broken promise.
type Finding struct {
	Kind    Kind   `json:"kind"`
	Subject string `json:"subject"`
	Text    string `json:"text"`
}

func (f Finding) String() string { return fmt.Sprintf("%s: %s: %s", f.Kind, f.Subject, f.Text) }

// shownPerKind bounds how many findings of a kind are kept; all are counted.
const shownPerKind = 5

// Findings collects broken promises. The zero value is ready.
type Findings struct {
	counts map[Kind]int
	shown  []Finding
}

// Add adds a finding.
func (f *Findings) Add(kind Kind, subject, format string, args ...any) {
	if f.counts == nil {
		f.counts = map[Kind]int{}
	}
	f.counts[kind]++
	if f.counts[kind] <= shownPerKind {
		f.shown = append(f.shown, Finding{kind, subject, fmt.Sprintf(format, args...)})
	}
}

// Count is how many findings of a kind there are.
func (f *Findings) Count(kind Kind) int { return f.counts[kind] }

// Total is how many findings there are.
func (f *Findings) Total() int {
	total := 0
	for _, n := range f.counts {
		total += n
	}
	return total
}

// Shown are the first findings of each kind.
func (f *Findings) Shown() []Finding { return f.shown }

// Join adds all findings of another collection.
func (f *Findings) Join(other *Findings) {
	for kind, n := range other.counts {
		if f.counts == nil {
			f.counts = map[Kind]int{}
		}
		f.counts[kind] += n
	}
	f.shown = append(f.shown, other.shown...)
}
