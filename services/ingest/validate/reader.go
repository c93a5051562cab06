package validate

import (
	"fmt"
	"strings"
	"unicode/utf8"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	"github.com/sheetreel/sheetreel/services/ingest/clean"
	"github.com/sheetreel/sheetreel/services/ingest/mapping"
	"github.com/sheetreel/sheetreel/services/ingest/source"
)

// reader reads one row.
type reader struct {
	run     *Run
	rules   *Rules
	table   *source.Table
	header  *mapping.Header
	result  *Result
	index   int // of the row in the table
	failed  bool
	problem string // the first error
	id      string // what the id column says

	warnings int
}

func (r *reader) number() int { return r.table.FirstRow + r.index }

// blank tells whether the row holds no idea at all.
func (r *reader) blank() bool {
	texts := []mapping.Field{mapping.ID, mapping.Title, mapping.Script, mapping.Description, mapping.Hook, mapping.CallToAction, mapping.Scenes}
	for _, field := range append(texts, r.header.Scenes()...) {
		if cell, _, ok := r.cell(field); ok && clean.Line(cell.String()) != "" {
			return false
		}
	}
	return true
}

// cell gives the cell that feeds a field. It is false for a field without a column.
func (r *reader) cell(field mapping.Field) (source.Cell, mapping.Column, bool) {
	column, ok := r.header.Column(field)
	if !ok {
		return source.Cell{}, column, false
	}
	return r.at(column), column, true
}

func (r *reader) at(column mapping.Column) source.Cell {
	if row := r.table.Rows[r.index]; column.Index < len(row) {
		return row[column.Index]
	}
	return source.Cell{}
}

// note adds a finding about a field of this row. The cell is left out for a field without a column.
func (r *reader) note(field mapping.Field, rule string, severity ingestv1.Finding_Severity, message, suggestion string) {
	column, ok := r.header.Column(field)
	if !ok {
		column.Index = -1
	}
	r.noteAt(column, string(field), rule, severity, message, suggestion)
}

// noteAt adds a finding about a column of this row, or about no column when its index is negative.
func (r *reader) noteAt(column mapping.Column, field, rule string, severity ingestv1.Finding_Severity, message, suggestion string) {
	f := &ingestv1.Finding{
		RowNumber: int32(r.number()), Field: field, Rule: rule, Severity: severity, Message: message, Suggestion: suggestion,
	}
	if column.Index >= 0 {
		f.Cell = r.table.Name(r.index, column.Index)
	}
	if severity == failure {
		r.failed = true
		if r.problem == "" {
			r.problem = message
		}
	} else {
		r.warnings++
	}
	r.result.note(f)
}

// mends tells whether errors are mended where possible.
func (r *reader) mends() bool { return r.run.options.Level == Lenient }

// fixed reports that something was mended: what was wrong, and what is used instead.
func (r *reader) fixed(field mapping.Field, rule, message, before, after string) {
	r.mended(field, rule, message+" It was changed from "+quote(before)+" to "+quote(after)+".", "", before, after)
}

// mended adds a finding about what was changed.
func (r *reader) mended(field mapping.Field, rule, message, suggestion, before, after string) {
	r.result.FixCount++
	r.warnings++
	f := &ingestv1.Finding{
		RowNumber: int32(r.number()), Field: string(field), Rule: rule, Severity: warning, Message: message, Suggestion: suggestion,
		Before: shortened(before), After: shortened(after),
	}
	if column, ok := r.header.Column(field); ok {
		f.Cell = r.table.Name(r.index, column.Index)
	}
	r.result.note(f)
}

// value gives the cell of a field, unless it is empty. A formula that failed is reported and is no value.
func (r *reader) value(field mapping.Field) (source.Cell, bool) {
	cell, _, ok := r.cell(field)
	if !ok || cell.IsEmpty() {
		return cell, false
	}
	if cell.Kind() == source.KindError {
		r.note(field, "cell.error", failure, "The formula in this cell failed: it shows "+cell.String()+".", "Repair the formula, or write the text itself.")
		return cell, false
	}
	return cell, true
}

// maxCell is how many characters a cell of a spreadsheet can have. A file may hold longer ones.
const maxCell = 50_000

// long reports cells that are longer than a spreadsheet can hold, for fields whose own rules do not: a list, for example.
func (r *reader) long() {
	for _, column := range r.header.Columns {
		cell := r.at(column)
		if column.Field == "" || r.rules.file.MaxLength[string(column.Field)] > 0 || cell.Bytes() <= maxCell {
			continue
		}
		if n := utf8.RuneCountInString(cell.String()); n > maxCell {
			r.noteAt(column, string(column.Field), "cell.length", failure,
				fmt.Sprintf("The cell has %d characters; a cell of a spreadsheet holds at most %d.", n, maxCell), "Shorten it, or divide it into several rows.")
		}
	}
}

// line reads a field as one line of plain text.
func (r *reader) line(field mapping.Field) string { return r.plain(field, clean.Line) }

// text reads a field as plain text that may have several lines.
func (r *reader) text(field mapping.Field) string { return r.plain(field, clean.Text) }

func (r *reader) plain(field mapping.Field, form func(string) string) string {
	cell, ok := r.value(field)
	if !ok {
		return ""
	}
	text, hadTags := clean.HTML(cell.String())
	if hadTags {
		r.note(field, string(field)+".html", warning, "HTML markup was taken out of the text.", "Write plain text.")
	}
	text = form(text)
	if longest := r.rules.file.MaxLength[string(field)]; longest > 0 && utf8.RuneCountInString(text) > longest {
		if r.mends() && field != mapping.ID {
			short := cutAtWord(text, longest)
			r.mended(field, string(field)+".length",
				fmt.Sprintf("The text has %d characters; at most %d fit. It was cut; it now ends with %s.", utf8.RuneCountInString(text), longest, quote(lastWords(short))),
				"Shorten it yourself to choose what is left out.", text, short)
			return short
		}
		r.note(field, string(field)+".length", failure,
			fmt.Sprintf("The text has %d characters; at most %d fit.", utf8.RuneCountInString(text), longest), "Shorten it.")
		return ""
	}
	return text
}

// variables reads the columns that feed no field.
func (r *reader) variables() map[string]string {
	variables := map[string]string{}
	for _, column := range r.header.Columns {
		cell := r.at(column)
		variable := column.Variable
		if column.Field == mapping.Caption {
			variable = column.Header // known, but the idea has no place for it
		}
		if variable == "" || cell.IsEmpty() {
			continue
		}
		name := mapping.Field(column.Target())
		odd := func(rule, message string) { r.noteAt(column, string(name), rule, warning, message, "") }
		text := clean.Text(cell.String())
		switch {
		case text == "":
		case cell.Kind() == source.KindError:
			odd("cell.error", "The formula in this cell failed: it shows "+cell.String()+". The variable is left out.")
		case utf8.RuneCountInString(text) > r.rules.file.MaxLength["variable"]:
			odd("variable.length", fmt.Sprintf("The text has more than %d characters. The variable is left out.", r.rules.file.MaxLength["variable"]))
		case len(variables) == r.rules.file.MaxVariables:
			odd("variable.count", fmt.Sprintf("A row may have %d template variables. This one and those to its right are left out.", r.rules.file.MaxVariables))
			return variables
		default:
			variables[variable] = text
		}
	}
	if len(variables) == 0 {
		return nil
	}
	return variables
}

// list splits a cell into its items: by comma, semicolon, bar or line, in any script, or by spaces when every
// word is a hashtag. Items are cleaned; empty and repeated ones are left out.
func list(s string) []string {
	items := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(",;|\n\r，、；،؛", r) })
	if words := strings.Fields(s); len(words) > 1 && all(words, func(w string) bool { return strings.HasPrefix(w, "#") }) {
		items = words
	}
	var out []string
	seen := map[string]bool{}
	for _, item := range items {
		item = clean.Line(item)
		if key := clean.Key(item); key != "" && !seen[key] {
			seen[key] = true
			out = append(out, item)
		}
	}
	return out
}

func all(words []string, is func(string) bool) bool {
	for _, w := range words {
		if !is(w) {
			return false
		}
	}
	return true
}
