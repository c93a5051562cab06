package validate

import (
	"strings"

	"github.com/sheetreel/sheetreel/services/ingest/clean"
	"github.com/sheetreel/sheetreel/services/ingest/source"
)

// Flag reads a cell as yes or no, as a checkbox, a number or a word gives it. An empty cell is no. ok is false for
// a cell that says neither.
func (r *Rules) Flag(cell source.Cell) (yes, ok bool) {
	if value, is := cell.Bool(); is {
		return value, true
	}
	if n, is := cell.Number(); is {
		return n == 1, n == 0 || n == 1
	}
	word := strings.TrimRight(clean.Line(cell.String()), "!. ")
	if word == "" {
		return false, true
	}
	answer, ok := r.flags.match(word)
	return answer == "yes", ok
}

// admitted tells whether the gate column lets the row go on. A row that it holds back is reported.
func (r *reader) admitted() bool {
	gate := r.run.gate
	if !r.run.gated {
		return true
	}
	cell := r.at(gate)
	yes, ok := r.rules.Flag(cell)
	if yes && ok {
		return true
	}
	column := "Column " + gate.Letter
	if gate.Header != "" {
		column += " (" + quote(gate.Header) + ")"
	}
	text := clean.Line(cell.String())
	switch {
	case text == "":
		r.noteAt(gate, "gate", "row.not_approved", warning, column+" is empty, so this row waits.", "Write yes when the row may be used.")
	case ok:
		r.noteAt(gate, "gate", "row.not_approved", warning, column+" says "+quote(text)+", so this row waits.", "")
	default:
		suggestion := "Write yes or no."
		if meant := r.rules.flags.suggest(text); meant != "" {
			suggestion = "Did you mean " + meant + "?"
		}
		r.noteAt(gate, "gate", "row.not_approved", warning, column+" says "+quote(text)+", which is neither yes nor no, so this row waits.", suggestion)
	}
	return false
}
