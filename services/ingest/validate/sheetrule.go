package validate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sheetreel/sheetreel/services/ingest/clean"
	"github.com/sheetreel/sheetreel/services/ingest/mapping"
	"github.com/sheetreel/sheetreel/services/ingest/source"
)

// wanted warns of values that the sheet itself does not want in their columns: what stands beside a drop-down's choices
// or has another type is often a slip. Our own rules decide whether it can be used.
func (r *reader) wanted() {
	if len(r.run.columns) == 0 {
		return
	}
	for _, column := range r.header.Columns {
		rule, ok := r.run.columns[column.Index]
		cell := r.at(column)
		text := clean.Line(cell.String())
		if !ok || column.Target() == "" || text == "" || cell.Kind() == source.KindError {
			continue
		}
		if rule.Holds != "" && cell.Kind() == source.KindText {
			r.noteAt(column, column.Target(), "column.type", warning, "The sheet wants "+rule.Holds+" in this column, but the cell has the text "+quote(text)+".", "")
		}
		if len(rule.Choices) > 0 {
			r.choice(column, rule.Choices, text)
		}
	}
}

// choice warns of a text that is none of a drop-down's choices. A cell may have several of them, divided by commas.
func (r *reader) choice(column mapping.Column, choices []string, text string) {
	is := func(word string) bool {
		return slices.ContainsFunc(choices, func(choice string) bool { return clean.Key(choice) == clean.Key(word) })
	}
	if is(text) || all(strings.Split(text, ","), is) {
		return
	}
	const most = 8
	suggestion := "Choose one of " + strings.Join(choices[:min(len(choices), most)], ", ")
	if more := len(choices) - most; more > 0 {
		suggestion += fmt.Sprintf(" and %d more", more)
	}
	suggestion += "."
	for _, choice := range choices {
		if near(clean.Key(choice), clean.Key(text)) {
			suggestion = "Did you mean " + choice + "?"
			break
		}
	}
	r.noteAt(column, column.Target(), "column.choice", warning, quote(text)+" is none of the choices that the sheet has for this column.", suggestion)
}
