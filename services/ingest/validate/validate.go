// Package validate turns the rows of a mapped table into ideas, and says in plain words what is wrong with them.
//
// It is pure. What can be used in spite of a doubt is used with a warning; what happens to a row with an error is
// the Level's matter. It promises: every row is valid, invalid, a duplicate or held back by the gate column, or blank
// and not counted; an invalid row has a finding that names cell, field and rule, unless a column is missing, which the
// header's finding says once for all rows; row keys are unique, and stay the same when the sheet is sorted.
//
// A row is blank when none of the texts that make an idea is there (id, title, script, description, hook, call to
// action): prefilled drop-downs and checkboxes alone are no idea. What is accepted is data: rules-2026-11.yaml.
package validate

import (
	"context"
	"time"

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
	// RowCount counts the rows that are not blank. It is the sum of the other four.
	RowCount, ValidCount, InvalidCount, DuplicateCount, SkippedCount int
	// NearCount counts the valid rows that say nearly the same as an earlier one.
	NearCount int
	// HiddenCount counts the rows below the header that people do not see in the sheet.
	HiddenCount int
	// FixCount counts what the lenient level changed.
	FixCount int
	// Score is the average quality of the valid rows, 0 to 10.
	Score float64
	// VideoTime is about how long all videos will be together.
	VideoTime time.Duration
	// GateColumn is the header of the column that says which rows may be used, asked for or only seen; may be empty.
	GateColumn string
	// Stopped says that the level is strict and there is an error, so that nothing may be submitted.
	Stopped bool

	tell func(*ingestv1.Finding) // of every finding; may be nil
}

// Row is a row without errors.
type Row struct {
	Idea *ingestv1.Idea
	// DuplicateOf is the number of the row that has the same title and script, or 0.
	DuplicateOf int
	// NearRow is the number of an earlier row that says nearly the same, or 0, and Similarity how alike they are.
	NearRow    int
	Similarity float64
	// Score is how good the idea looks. A repetition has none.
	Score Score
	// Length is about how long the video will be.
	Length time.Duration
}

// Validate checks the rows below the header with the zero Options. Its only error is ctx's end.
func (r *Rules) Validate(ctx context.Context, t *source.Table, h *mapping.Header) (*Result, error) {
	run, err := r.Start(t, h, Options{})
	if err != nil {
		return nil, err
	}
	rows, err := run.Add(ctx, t)
	if err != nil {
		return nil, err
	}
	result := run.Result()
	result.Rows = rows
	return result, nil
}
