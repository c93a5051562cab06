// Package source is what every kind of source gives to ingest: a table of typed cells that remembers where each
// cell stood, so that a finding can name it. Kinds of sources are packages below this one.
package source

import (
	"context"
)

// Source is one readable range of ideas.
type Source interface {
	// Read reads the whole range. Errors are those of kit/errs.
	Read(ctx context.Context) (*Table, error)
}

// Table is what was read.
type Table struct {
	Title       string   // of the spreadsheet
	Tab         string   // title of the tab
	Range       string   // what was read, in A1 notation with the tab, for example "Ideas!A1:Z1000"
	Locale      string   // of the spreadsheet, for example "en_US"
	TimeZone    string   // of the spreadsheet, a name of the IANA database
	FirstRow    int      // number of Rows[0] in the sheet, from 1
	FirstColumn int      // column of Rows[i][0] in the sheet; 0 is A
	Rows        [][]Cell // padded to one width; trailing empty rows and columns are left out, inner ones are kept
	FrozenRows  int      // frozen rows of the tab, counted from the sheet's first row; 0 is none
}

// Name is the A1 name of the cell Rows[row][column].
func (t *Table) Name(row, column int) string {
	return CellName(t.FirstColumn+column, t.FirstRow+row)
}
