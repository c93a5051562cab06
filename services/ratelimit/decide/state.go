package decide

import "time"

// State is what a counter counted, as a plain value: it can be written anywhere, and a counter of the same kind is made
// from it again. Which fields have a meaning is the counter's affair.
type State struct {
	// Seen is the latest time that the counter saw.
	Seen Instant
	// Closed is until when nothing is granted because the upstream refused; in the past: no matter.
	Closed Instant
	// Began is when the window or the calendar's period began to be counted, and End when that period ends; for a
	// bucket, Began is the newest mark.
	Began, End Instant
	// Used is what was used in the window or period, Before what was used in the window before.
	Used, Before int64
	// Entries are the grants or debts that time has not freed, by time.
	Entries []Entry
}

// Entry is a grant of a log, or a debt of a bucket.
type Entry struct {
	// At is when a log granted; for a bucket the mark of the charge.
	At Instant
	// Due is when time will have paid a debt.
	Due Instant
	// Cost is what a log granted.
	Cost int64
}

// Shift moves all times of a state: from the clock of one process to that of another. Never the state of a Calendar,
// which goes by the wall clock everywhere.
func (s State) Shift(by time.Duration) State {
	shifted := s
	shifted.Seen, shifted.Closed = s.Seen.shift(by), s.Closed.shift(by)
	shifted.Began, shifted.End = s.Began.shift(by), s.End.shift(by)
	shifted.Entries = make([]Entry, len(s.Entries))
	for i, e := range s.Entries {
		shifted.Entries[i] = Entry{At: e.At.Add(by), Due: e.Due.Add(by), Cost: e.Cost}
	}
	return shifted
}

// Shift moves the mark of a receipt as State.Shift moves the counter's times.
func (r Receipt) Shift(by time.Duration) Receipt { return Receipt{Mark: r.Mark.Add(by), Cost: r.Cost} }

// shift moves an instant, unless it means that there was none.
func (i Instant) shift(by time.Duration) Instant {
	if i == earliest {
		return i
	}
	return i.Add(by)
}
