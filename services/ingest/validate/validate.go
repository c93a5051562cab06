// Package validate turns the rows of a mapped table into ideas, and says in plain words what is wrong with them.
//
// It is pure and moderate: a row with an error is left out and reported, the others go on; what can be used in
// spite of a doubt is used with a warning. It promises: every row is valid, invalid or a duplicate, or blank and
// not counted; an invalid row has a finding that names cell, field and rule, unless a column is missing, which the
// header's finding says once for all rows; row keys are unique, and stay the same when the sheet is sorted.
//
// A row is blank when none of the texts that make an idea is there (id, title, script, description, hook, call to
// action): prefilled drop-downs and checkboxes alone are no idea. What is accepted is data: rules-2026-11.yaml.
package validate

import (
	"context"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	"github.com/sheetreel/sheetreel/services/ingest/mapping"
	"github.com/sheetreel/sheetreel/services/ingest/source"
)

// Result is what validation found.
type Result struct {
	// Rows that can be used, and exact repetitions of such rows, in the sheet's order.
	Rows []Row
	// Findings about the header, then by row; at most MaxFindings.
	Findings []*ingestv1.Finding
	// FindingCount counts all findings.
	FindingCount int
	// RowCount counts the rows that are not blank. It is the sum of the other three.
	RowCount, ValidCount, InvalidCount, DuplicateCount int

	firstFinding int // those before are only counted
}

// Row is a row without errors.
type Row struct {
	Idea *ingestv1.Idea
	// DuplicateOf is the number of the row that has the same title and script, or 0.
	DuplicateOf int
}

// Validate checks the rows below the header of a table that is there as a whole. Its only error is ctx's end: long
// sheets take seconds.
func (r *Rules) Validate(ctx context.Context, t *source.Table, h *mapping.Header) (*Result, error) {
	run := r.Begin(t, h)
	rows, err := run.Add(ctx, t)
	if err != nil {
		return nil, err
	}
	result := run.Result()
	result.Rows = rows
	return result, nil
}
