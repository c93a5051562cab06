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

// Linked is a source whose cells may show a text and link elsewhere.
type Linked interface {
	Source
	// ReadLinks replaces texts in some columns of a table that it gave, from Rows[first] on, by the links behind them, each on a
	// line of its own. Texts without a link stay. It costs nothing when all those cells are links already.
	ReadLinks(ctx context.Context, t *Table, columns []int, first int) error
}

// Formed is a source whose numbers may be percents, dates or times without saying so.
type Formed interface {
	Source
	// ReadForms gives the numbers in some columns of a table that it gave, from Rows[first] on, the form in which the sheet shows
	// them. It costs nothing when none of them looks like a percent, a date or a time.
	ReadForms(ctx context.Context, t *Table, columns []int, first int) error
}

// Table is what was read.
type Table struct {
	Key         string   // tells the tab from all others, however it was named; empty for what is read once
	Whole       bool     // all rows of the tab are read
	Title       string   // of the spreadsheet
	Tab         string   // title of the tab
	Range       string   // what was read, in A1 notation with the tab, for example "Ideas!A1:Z1000"
	Locale      string   // of the spreadsheet, for example "en_US"
	TimeZone    string   // of the spreadsheet, a name of the IANA database
	FirstRow    int      // number of Rows[0] in the sheet, from 1
	FirstColumn int      // column of Rows[i][0] in the sheet; 0 is A
	Rows        [][]Cell // padded to one width; trailing empty rows and columns are left out, inner ones are kept
	FrozenRows  int      // rows from the sheet's first down to the header at most: frozen ones, or to the header of a Table; 0 is not known
	HiddenRows  []int    // numbers of rows with something in them that people do not see
	WithoutThem bool     // hidden rows count as empty
	Requests    int      // how many requests to somebody else reading took
	Notes       []Note   // what is odd about how the rows are written, in their order

	// Columns are what the sheet itself wants in its columns, by their place in a row.
	Columns map[int]ColumnRule
	// Links are where cells of a stream lead that show a text instead: by the row's number and the cell's place in its row.
	Links map[int]map[int]string
}

// ColumnRule is what a sheet wants in a column.
type ColumnRule struct {
	// Holds says in the plural what kind of values they are, such as "dates"; empty when any will do. Texts are none of them.
	Holds string
	// Choices are the values of a drop-down; none when there is none.
	Choices []string
}

// Note is something odd in a source that does not keep it from being read. It becomes a finding.
type Note struct {
	Row                       int    // number in the sheet, from 1; 0 is the source as a whole
	Column                    int    // 0 is A; -1 is the whole row
	Rule, Message, Suggestion string // as in a finding
}

// Name is the A1 name of the cell Rows[row][column].
func (t *Table) Name(row, column int) string {
	return CellName(t.FirstColumn+column, t.FirstRow+row)
}
