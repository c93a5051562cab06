// Package reportcsv writes reports about sheets as CSV that is safe to open in a spreadsheet: a cell that a spreadsheet
// would take for a formula begins with an apostrophe, which makes it text. So whoever wrote a sheet cannot run anything
// on the computer of whoever opens a report about it.
package reportcsv

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
)

// Writer writes the findings of a report, a row each. Flush it at the end.
type Writer struct {
	csv   *csv.Writer
	begun bool
}

// NewWriter writes to w: UTF-8, with commas.
func NewWriter(w io.Writer) *Writer { return &Writer{csv: csv.NewWriter(w)} }

// Findings writes findings, below the names of the columns the first time.
func (w *Writer) Findings(findings []*ingestv1.Finding) error {
	if !w.begun {
		w.begun = true
		if err := w.row("row", "cell", "field", "severity", "rule", "message", "suggestion", "before", "after"); err != nil {
			return err
		}
	}
	for _, f := range findings {
		row := ""
		if f.GetRowNumber() > 0 {
			row = strconv.Itoa(int(f.GetRowNumber()))
		}
		err := w.row(row, f.GetCell(), f.GetField(), strings.ToLower(f.GetSeverity().String()), f.GetRule(),
			f.GetMessage(), f.GetSuggestion(), f.GetBefore(), f.GetAfter())
		if err != nil {
			return err
		}
	}
	return nil
}

// Flush writes what is left, and tells of the first trouble.
func (w *Writer) Flush() error {
	w.csv.Flush()
	return w.csv.Error()
}

func (w *Writer) row(cells ...string) error {
	for i, cell := range cells {
		cells[i] = Cell(cell)
	}
	return w.csv.Write(cells)
}
