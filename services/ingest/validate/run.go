package validate

import (
	"context"
	"fmt"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	"github.com/sheetreel/sheetreel/services/ingest/mapping"
	"github.com/sheetreel/sheetreel/services/ingest/source"
)

// Run checks a table that comes in pieces. It remembers what identifies the rows, and counts and findings, but not
// the ideas.
type Run struct {
	rules    *Rules
	header   *mapping.Header
	keys     *keys
	result   *Result
	unusable bool // a column is missing without which no row can be valid
}

// Begin starts with the piece that has the header. Its rows are still to be added.
func (r *Rules) Begin(head *source.Table, h *mapping.Header) *Run { return r.BeginAt(head, h, 0) }

// BeginAt is Begin, but leaves the first findings out, so that a page of findings begins there. They are counted.
func (r *Rules) BeginAt(head *source.Table, h *mapping.Header, firstFinding int) *Run {
	run := &Run{rules: r, header: h, keys: newKeys(), result: &Result{firstFinding: firstFinding}}
	run.unusable = headerFindings(head, h, run.result)
	return run
}

// Add checks the rows of the next piece, those below the header, and gives the rows without errors in their order.
// Its only error is ctx's end.
func (v *Run) Add(ctx context.Context, t *source.Table) ([]Row, error) {
	for _, note := range t.Notes {
		v.result.note(finding(note))
	}
	var rows []Row
	for index := range t.Rows {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if t.FirstRow+index <= v.header.Row {
			continue
		}
		if row, ok := v.row(t, index); ok {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// Result gives the counts and findings so far, without rows.
func (v *Run) Result() *Result { return v.result }

// row checks one row. ok is false when there is nothing to use.
func (v *Run) row(t *source.Table, index int) (_ Row, ok bool) {
	reader := &reader{rules: v.rules, table: t, header: v.header, result: v.result, index: index}
	if reader.blank() {
		return Row{}, false
	}
	v.result.RowCount++
	if v.unusable {
		v.result.InvalidCount++
		return Row{}, false
	}
	idea := reader.idea()
	hash := ""
	if !reader.failed {
		hash = contentHash(idea)
	}
	reader.identify(idea, hash, v.keys)
	if reader.failed {
		v.result.InvalidCount++
		return Row{}, false
	}
	row := Row{Idea: idea, DuplicateOf: v.keys.content(hash, reader.number())}
	if row.DuplicateOf != 0 {
		v.result.DuplicateCount++
		reader.note(mapping.Title, "row.duplicate", warning,
			fmt.Sprintf("Row %d has the same title and script; this row is skipped.", row.DuplicateOf), "")
	} else {
		v.result.ValidCount++
	}
	return row, true
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
