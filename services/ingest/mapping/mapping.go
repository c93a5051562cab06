// Package mapping finds the header of a table and says which column feeds which field of an idea.
//
// It is pure. It promises that a header is never guessed silently: a column feeds a field only by the field's
// name or an alias (see columns-2026-11.yaml), a near miss is only a suggestion, and a table without a row that
// looks like a header is refused together with the best guess. Columns that are not known are kept as template
// variables, so nothing that people wrote is dropped without a word.
package mapping

import (
	"fmt"
	"math"
	"strings"

	"github.com/sheetreel/sheetreel/services/ingest/clean"
	"github.com/sheetreel/sheetreel/services/ingest/source"
)

const (
	searchRows    = 10  // a header is looked for in so many rows
	minMatches    = 2   // so many fields must be recognised
	minConfidence = 0.6 // below it a header is refused
	longestHeader = 80  // characters; longer texts are prose
)

// Header is a table's header row.
type Header struct {
	// Index is the header's place in the table's Rows.
	Index int
	// Row is its number in the sheet, from 1.
	Row int
	// Confidence that it is the header, 0 to 1.
	Confidence float64
	// Columns from left to right, those with an empty header included.
	Columns []Column
	// Lines is how many rows the header takes: more than 1 when its row is repeated in other words.
	Lines int
	// Format is the smallest that has all fields of the header, or the one that was asked for.
	Format Format
}

// First is the place of the first row of data in the table's Rows.
func (h *Header) First() int { return h.Index + max(h.Lines, 1) }

// Column is what one column feeds.
type Column struct {
	// Index in the table's rows.
	Index int
	// Letter in the sheet, for example "B".
	Letter string
	// Header as it stands in the sheet, without invisible characters.
	Header string
	// Field that the column feeds, if any.
	Field Field
	// Variable is the template variable that it feeds, if it feeds no field.
	Variable string
	// Suggestion is a field that may have been meant. It is not applied.
	Suggestion Field
	// RepeatOf is the letter of an earlier column that already feeds what this one would: that one wins.
	RepeatOf string
}

// Target names what the column feeds: a field, `var:` and a variable, or nothing.
func (c Column) Target() string {
	switch {
	case c.Field != "":
		return string(c.Field)
	case c.Variable != "":
		return "var:" + c.Variable
	}
	return ""
}

// Column gives the column that feeds a field.
func (h *Header) Column(field Field) (Column, bool) {
	for _, c := range h.Columns {
		if c.Field == field {
			return c, true
		}
	}
	return Column{}, false
}

// String shows the header for people, for example `row 3: A "Title" (title), B "Skript" (script?)`.
func (h *Header) String() string {
	var parts []string
	for _, c := range h.Columns {
		if c.Header == "" {
			continue
		}
		part := fmt.Sprintf("%s %q", c.Letter, c.Header)
		switch {
		case c.Field != "":
			part += fmt.Sprintf(" (%s)", c.Field)
		case c.Suggestion != "":
			part += fmt.Sprintf(" (%s?)", c.Suggestion)
		}
		parts = append(parts, part)
	}
	return fmt.Sprintf("row %d: %s", h.Row, strings.Join(parts, ", "))
}

// NoHeaderError says that no row looks like a header.
type NoHeaderError struct {
	// Guess is the row that comes closest, or nil when the table is empty.
	Guess *Header
}

func (e *NoHeaderError) Error() string {
	if e.Guess == nil {
		return "the sheet is empty"
	}
	return fmt.Sprintf("no row looks like a header; the best guess is %s", e.Guess)
}

// Detect finds the header: the frozen row that looks most like one, else the first of ten rows that looks like
// one. Its error is a [*NoHeaderError].
func (c *Catalog) Detect(t *source.Table) (*Header, error) {
	h, err := c.detect(t)
	if err != nil {
		return nil, err
	}
	return c.finish(t, h), nil
}

func (c *Catalog) detect(t *source.Table) (*Header, error) {
	var best *Header
	consider := func(h *Header) {
		if h != nil && (best == nil || h.Confidence > best.Confidence) {
			best = h
		}
	}
	frozen := min(max(t.FrozenRows-(t.FirstRow-1), 0), len(t.Rows), searchRows)
	for i := range frozen {
		consider(c.look(t, i, true))
	}
	if best.accepted() {
		return best, nil
	}
	for i := range min(len(t.Rows), searchRows) {
		h := c.look(t, i, false)
		if h.accepted() {
			return c.below(t, h), nil
		}
		consider(h)
	}
	return nil, &NoHeaderError{Guess: best}
}

// below gives the row below a header that only names groups of columns, if that is the header.
func (c *Catalog) below(t *source.Table, h *Header) *Header {
	if h.Index+1 == len(t.Rows) || titles(t.Rows[h.Index]) == nil {
		return h
	}
	if next := c.look(t, h.Index+1, false); next.accepted() && next.named() > h.named() {
		return next
	}
	return h
}

func (h *Header) accepted() bool {
	return h != nil && h.Confidence >= minConfidence && h.fields() >= minMatches
}

// fields counts the columns that feed a field.
func (h *Header) fields() int {
	return count(h.Columns, func(c Column) bool { return c.Field != "" })
}

// named counts the columns with a header.
func (h *Header) named() int {
	return count(h.Columns, func(c Column) bool { return c.Header != "" })
}

func count(columns []Column, is func(Column) bool) int {
	n := 0
	for _, c := range columns {
		if is(c) {
			n++
		}
	}
	return n
}

// look reads a row as if it were the header. It gives nil for a blank row.
func (c *Catalog) look(t *source.Table, index int, frozen bool) *Header {
	h := &Header{Index: index, Row: t.FirstRow + index, Lines: 1}
	owners := map[string]string{} // target to column letter
	cells, texts, matches, hints := 0, 0, 0, 0
	seen := map[string]bool{}
	for i, cell := range t.Rows[index] {
		column := Column{Index: i, Letter: source.ColumnLetter(t.FirstColumn + i), Header: clean.Line(cell.String())}
		if column.Header != "" {
			cells++
			if cell.Kind() == source.KindText && len([]rune(column.Header)) <= longestHeader {
				texts++
			}
			seen[clean.Key(column.Header)] = true
			c.assign(&column, owners)
			if column.Field != "" {
				matches++
			} else if column.Suggestion != "" {
				hints++
			}
		}
		h.Columns = append(h.Columns, column)
	}
	if cells == 0 {
		return nil
	}
	// Each recognised field halves the doubt; a near miss counts half; numbers, prose and repeated words speak
	// against a header, and being frozen halves the doubt once more.
	known := 1 - math.Pow(2, -(float64(matches)+float64(hints)/2))
	share := func(n int) float64 { return 0.5 + 0.5*float64(n)/float64(cells) }
	h.Confidence = known * share(texts) * share(len(seen))
	if frozen {
		h.Confidence += (1 - h.Confidence) / 2
	}
	return h
}

// variable reads a header such as `var:Mood`, which is a template variable whatever its name.
func variable(header string) (string, bool) {
	const prefix = "var:"
	if len(header) <= len(prefix) || !strings.EqualFold(header[:len(prefix)], prefix) {
		return "", false
	}
	name := strings.TrimSpace(header[len(prefix):])
	return name, name != ""
}

// assign says what a column feeds. owners holds what the columns to its left feed already.
func (c *Catalog) assign(column *Column, owners map[string]string) {
	if _, ours := ResultColumn(column.Header); ours {
		return
	}
	field, known := c.Match(column.Header)
	if name, ok := variable(column.Header); ok {
		column.Variable, known = name, false
	} else if known {
		column.Field = field
	} else {
		column.Variable = column.Header
		column.Suggestion, _ = c.Suggest(column.Header)
	}
	owner, taken := owners[column.Target()]
	if taken && known {
		// The second column for a field stays usable under its own header.
		column.RepeatOf, column.Field, column.Variable = owner, "", column.Header
		_, taken = owners[column.Target()]
	}
	if taken {
		column.RepeatOf, column.Variable = owner, ""
		return
	}
	owners[column.Target()] = column.Letter
}
