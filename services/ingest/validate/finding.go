package validate

import (
	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	"github.com/sheetreel/sheetreel/services/ingest/mapping"
	"github.com/sheetreel/sheetreel/services/ingest/source"
)

// MaxFindings is how many findings a result keeps. All are counted.
const MaxFindings = 1000

const (
	warning = ingestv1.Finding_WARNING
	failure = ingestv1.Finding_ERROR
)

// note adds a finding to the result.
func (r *Result) note(f *ingestv1.Finding) {
	r.FindingCount++
	if len(r.Findings) < MaxFindings {
		r.Findings = append(r.Findings, f)
	}
	if r.tell != nil {
		r.tell(f)
	}
}

// headerFindings says what is odd about the header: what is missing, repeated, misspelt, without a name.
// missing tells whether a row can be valid at all.
func headerFindings(t *source.Table, h *mapping.Header, result *Result) (missing bool) {
	add := func(column int, field, rule string, severity ingestv1.Finding_Severity, message, suggestion string) {
		f := &ingestv1.Finding{RowNumber: int32(h.Row), Field: field, Rule: rule, Severity: severity, Message: message, Suggestion: suggestion}
		if column >= 0 {
			f.Cell = t.Name(h.Index, column)
		}
		result.note(f)
	}
	_, hasTitle := h.Column(mapping.Title)
	_, hasScript := h.Column(mapping.Script)
	_, hasDescription := h.Column(mapping.Description)
	_, hasScenes := h.Column(mapping.Scenes)
	hasDescription = hasDescription || hasScenes || len(h.Scenes()) > 0
	if !hasTitle {
		missing = true
		add(-1, string(mapping.Title), "column.missing", failure, "The sheet has no column for the title, so no row can be used.", `Name a column "Title".`)
	}
	if !hasScript && !hasDescription {
		missing = true
		add(-1, string(mapping.Script), "column.missing", failure, "The sheet has no column for the script or the description, so no row can be used.", `Name a column "Script".`)
	}
	for _, c := range h.Columns {
		switch {
		case c.RepeatOf != "" && c.Variable != "":
			add(c.Index, c.Target(), "column.duplicate", warning,
				"Column "+c.RepeatOf+" already has this field and is used; this one is kept as the template variable "+quote(c.Variable)+".", "")
		case c.RepeatOf != "":
			add(c.Index, "", "column.duplicate", warning, "Column "+c.RepeatOf+" has the same name and is used; this one is ignored.", "Give it another name.")
		case c.Suggestion != "":
			add(c.Index, c.Target(), "column.unknown", warning,
				"The column "+quote(c.Header)+" is not known; it is kept as a template variable.", `If it is the `+string(c.Suggestion)+`, name it "`+string(c.Suggestion)+`".`)
		case c.Header == "" && hasData(t, h, c.Index):
			add(c.Index, "", "column.unnamed", warning, "The column has values but no name; it is ignored.", "Give it a name.")
		}
	}
	return missing
}

// gateFinding says that a column looks like one that holds rows back, but was not asked to.
func gateFinding(t *source.Table, h *mapping.Header, gate mapping.Column) *ingestv1.Finding {
	return &ingestv1.Finding{
		RowNumber: int32(h.Row), Cell: t.Name(h.Index, gate.Index), Field: gate.Target(), Rule: "column.gate", Severity: warning,
		Message:    "The column " + quote(gate.Header) + " looks as if it says which rows may be used. It is not asked, so all rows are used.",
		Suggestion: "To hold the other rows back, name it as the gate column.",
	}
}

// hasData tells whether a column has anything below the header.
func hasData(t *source.Table, h *mapping.Header, column int) bool {
	for _, row := range t.Rows[min(h.First(), len(t.Rows)):] {
		if column < len(row) && !row[column].IsEmpty() {
			return true
		}
	}
	return false
}

// quote shows what somebody wrote, shortened.
func quote(s string) string { return "“" + shortened(s) + "”" }

func shortened(s string) string {
	const longest = 40
	if runes := []rune(s); len(runes) > longest {
		s = string(runes[:longest-1]) + "…"
	}
	return s
}

// finding tells of what the source noted.
func finding(note source.Note) *ingestv1.Finding {
	f := &ingestv1.Finding{
		RowNumber: int32(note.Row), Rule: note.Rule, Severity: warning, Message: note.Message, Suggestion: note.Suggestion,
	}
	if note.Row > 0 && note.Column >= 0 {
		f.Cell = source.CellName(note.Column, note.Row)
	}
	return f
}
