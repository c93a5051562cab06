package validate

import (
	"context"
	"fmt"
	"math"
	"time"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	"github.com/sheetreel/sheetreel/services/ingest/mapping"
	"github.com/sheetreel/sheetreel/services/ingest/moment"
	"github.com/sheetreel/sheetreel/services/ingest/similar"
	"github.com/sheetreel/sheetreel/services/ingest/source"
)

// alike is the similarity from which two rows are called nearly the same.
const alike = 0.85

// Run is a validation that sees a sheet piece by piece, so that the sheet need not be in memory. What it keeps
// grows by the keys of the rows, not by the rows. It is not safe for concurrent use.
type Run struct {
	rules    *Rules
	header   *mapping.Header
	options  Options
	result   *Result
	keys     *keys
	near     *similar.Index
	gate     mapping.Column
	gated    bool
	assets   []assetField
	columns  map[int]source.ColumnRule // what the sheet wants
	place    moment.Place
	zoneTold bool // that the sheet has no time zone

	firstHidden int // the first hidden row's number
	without     bool
	hiddenTold  bool
	unusable    bool
	points      float64
}

// Start begins with the sheet's first rows, of which the header is one. Its error is a [*GateError].
func (r *Rules) Start(head *source.Table, h *mapping.Header, o Options) (*Run, error) {
	run := &Run{rules: r, header: h, options: o, result: &Result{tell: o.Findings}, keys: newKeys(), near: similar.New(alike)}
	run.columns, run.assets, run.place = head.Columns, assetFields(h), moment.PlaceOf(head.Locale, head.TimeZone)
	var err error
	if run.gate, run.gated, err = r.gate(h, o.Gate); err != nil {
		return nil, err
	}
	run.result.GateColumn = run.gate.Header
	run.unusable = headerFindings(head, h, run.result)
	if !run.gated && run.gate.Letter != "" {
		run.result.note(gateFinding(head, h, run.gate))
	}
	return run, nil
}

// Add validates the next rows, and gives those that can be used and exact repetitions of such rows. Rows that are
// part of the header or above it are passed over. Its only error is ctx's end: long sheets take seconds.
func (run *Run) Add(ctx context.Context, t *source.Table) ([]Row, error) {
	for _, note := range t.Notes {
		run.result.note(finding(note))
	}
	var rows []Row
	first := run.header.Row + run.header.First() - run.header.Index // number of the first row of data
	run.hide(t, first)
	for index := max(0, first-t.FirstRow); index < len(t.Rows); index++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		reader := &reader{run: run, rules: run.rules, table: t, header: run.header, result: run.result, index: index}
		if row, ok := run.row(reader); ok {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// Result is what was found so far. Its Rows are empty.
func (run *Run) Result() *Result {
	result := run.result
	run.tellHidden()
	result.Stopped = run.options.Level == Strict && (result.InvalidCount > 0 || run.unusable)
	if result.ValidCount > 0 {
		result.Score = math.Round(run.points/float64(result.ValidCount)*10) / 10
	}
	return result
}

// hide counts the hidden rows of a piece from the first row of data on.
func (run *Run) hide(t *source.Table, first int) {
	for _, number := range t.HiddenRows {
		if number < first {
			continue
		}
		if run.result.HiddenCount++; run.firstHidden == 0 {
			run.firstHidden, run.without = number, t.WithoutThem
		}
	}
}

// tellHidden says once, after all rows, how many of them are hidden and what became of them.
func (run *Run) tellHidden() {
	n := run.result.HiddenCount
	if n == 0 || run.hiddenTold {
		return
	}
	run.hiddenTold = true
	rows, be := "This row is hidden in the sheet. It", "is"
	if n > 1 {
		rows, be = fmt.Sprintf("%d rows are hidden in the sheet; the first is row %d. They", n, run.firstHidden), "are"
	}
	f := &ingestv1.Finding{RowNumber: int32(run.firstHidden), Rule: "row.hidden", Severity: warning}
	f.Message, f.Suggestion = rows+" "+be+" used like the others.", "To leave hidden rows out, choose to skip them."
	if run.without {
		f.Message, f.Suggestion = rows+" "+be+" left out.", "Show a row in the sheet to have it used."
	}
	run.result.note(f)
}

// row validates one row. ok is false for a row that gives no idea.
func (run *Run) row(r *reader) (row Row, ok bool) {
	result := run.result
	if r.blank() {
		return row, false
	}
	result.RowCount++
	switch {
	case run.unusable:
		result.InvalidCount++
		return row, false
	case !r.admitted():
		result.SkippedCount++
		if watch, id := run.options.Watch, r.line(mapping.ID); watch != nil {
			watch(RowState{Number: r.number(), ID: id, Key: id, Problem: "its gate is shut"})
		}
		return row, false
	}
	idea := r.idea()
	hash := ""
	if !r.failed {
		hash = contentHash(idea)
	}
	r.identify(idea, hash, run.keys)
	if watch := run.options.Watch; watch != nil {
		watch(RowState{Number: r.number(), ID: r.id, Key: idea.GetRowKey(), Problem: r.problem})
	}
	if r.failed {
		result.InvalidCount++
		return row, false
	}
	row = Row{Idea: idea, DuplicateOf: run.keys.content(hash, r.number()), Length: run.rules.length(idea)}
	if row.DuplicateOf != 0 {
		result.DuplicateCount++
		r.note(mapping.Title, "row.duplicate", warning,
			fmt.Sprintf("Row %d has the same title and script; this row is skipped.", row.DuplicateOf), "")
		return row, true
	}
	result.ValidCount++
	result.VideoTime += row.Length
	if !run.options.NoAlike {
		run.compare(r, &row)
	}
	row.Score = run.rules.score(&row, r.warnings)
	run.points += row.Score.Points
	return row, true
}

// compare looks for an earlier row that says nearly the same.
func (run *Run) compare(r *reader, row *Row) {
	idea := row.Idea
	other, similarity, found := run.near.Add(r.number(), idea.GetTitle()+"\n"+spoken(idea))
	if !found {
		return
	}
	row.NearRow, row.Similarity = other, similarity
	run.result.NearCount++
	r.note(mapping.Title, "row.similar", warning,
		fmt.Sprintf("Row %d says nearly the same (about %d%% alike); both are used.", other, int(math.Round(similarity*100))), "Delete one of them if it was a mistake.")
}

// length estimates how long the video will be: what was asked for, else what the narration takes.
func (r *Rules) length(idea ideaTexts) time.Duration {
	if d := idea.GetDuration().AsDuration(); d > 0 {
		return d
	}
	return r.speech(idea).middle.Round(time.Second)
}
