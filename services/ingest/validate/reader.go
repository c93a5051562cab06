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
	rules  *Rules
	table  *source.Table
	header *mapping.Header
	result *Result
	index  int // of the row in the table
	failed bool
}

func (r *reader) number() int { return r.table.FirstRow + r.index }

// blank tells whether the row holds no idea at all.
func (r *reader) blank() bool {
	for _, field := range []mapping.Field{mapping.ID, mapping.Title, mapping.Script, mapping.Description, mapping.Hook, mapping.CallToAction} {
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
	f := &ingestv1.Finding{
		RowNumber: int32(r.number()), Field: string(field), Rule: rule, Severity: severity, Message: message, Suggestion: suggestion,
	}
	if column, ok := r.header.Column(field); ok {
		f.Cell = r.table.Name(r.index, column.Index)
	}
	if severity == failure {
		r.failed = true
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
		if column.Variable == "" || cell.IsEmpty() {
			continue
		}
		name := mapping.Field(column.Target())
		odd := func(rule, message string) {
			r.result.note(&ingestv1.Finding{
				RowNumber: int32(r.number()), Cell: r.table.Name(r.index, column.Index), Field: string(name),
				Rule: rule, Severity: warning, Message: message,
			})
		}
		text := clean.Text(cell.String())
		switch {
		case text == "":
		case cell.Kind() == source.KindError:
			odd("cell.error", "The formula in this cell failed: it shows "+cell.String()+". The variable is left out.")
		case utf8.RuneCountInString(text) > r.rules.file.MaxLength["variable"]:
			odd("variable.length", fmt.Sprintf("The text has more than %d characters. The variable is left out.", r.rules.file.MaxLength["variable"]))
		case len(variables) == r.rules.file.MaxVariables:
			odd("variable.count", fmt.Sprintf("A row may have %d template variables. This one is left out.", r.rules.file.MaxVariables))
		default:
			variables[column.Variable] = text
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
