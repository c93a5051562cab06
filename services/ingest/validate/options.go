package validate

import (
	"time"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	"github.com/sheetreel/sheetreel/services/ingest/mapping"
)

// Level says what happens to rows with errors.
type Level int8

// The levels.
const (
	// Moderate leaves rows with errors out; the others go on.
	Moderate Level = iota
	// Strict lets nothing go on when any row has an error.
	Strict
	// Lenient mends what can be mended, and says what it changed.
	Lenient
)

// Options say how rows are validated.
type Options struct {
	Level Level
	// Gate is the header or the letter of a column that says which rows may go on; empty lets all.
	Gate string
	// Findings is told of every finding, also of those that a result has no room for; nil tells nobody.
	Findings func(*ingestv1.Finding)
	// Now tells what is past; nothing is when it is zero.
	Now time.Time
	// Watch is told of every row that is not blank; nil tells nobody.
	Watch func(RowState)
	// NoAlike leaves the search for rows that are nearly the same out.
	NoAlike bool
}

// RowState is what identifies a row, and whether it can be used.
type RowState struct {
	Number  int    // of the row in the sheet, from 1
	ID      string // what the id column says
	Key     string // the row key; empty when the row has none
	Problem string // the first error; empty when the row can be used
}

// GateError says that the gate column is not in the sheet.
type GateError struct{ Name string }

func (e *GateError) Error() string {
	return "the sheet has no column " + quote(e.Name) + ", which should say which rows may be used; write its name as it stands in the header, or its letter"
}

// gate finds the column that says which rows may go on. Without one asked for, it gives a column that looks like it.
func (r *Rules) gate(h *mapping.Header, name string) (column mapping.Column, asked bool, err error) {
	if name != "" {
		column, ok := h.Find(name)
		if !ok {
			return column, false, &GateError{name}
		}
		return column, true, nil
	}
	for _, column := range h.Columns {
		if _, ok := r.gates.match(column.Header); ok {
			return column, false, nil
		}
	}
	return mapping.Column{}, false, nil
}
