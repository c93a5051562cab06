package sheets

import (
	"fmt"
	"strings"

	sheetsapi "google.golang.org/api/sheets/v4"

	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/ingest/source/a1"
)

// What is read at most at once.
const (
	maxRows    = 50_000
	maxColumns = 200
	maxCells   = 2_000_000
)

// selection is a closed area of one tab.
type selection struct {
	sheet *sheetsapi.Sheet
	tab   *sheetsapi.SheetProperties // of sheet
	area  a1.Area
}

func all(sheet *sheetsapi.Sheet) selection { return part(sheet, a1.Whole()) }

func part(sheet *sheetsapi.Sheet, area a1.Area) selection {
	return selection{sheet: sheet, tab: sheet.Properties, area: area}
}

func (s selection) String() string {
	return a1.Reference{Tab: s.tab.Title, Area: s.area}.String()
}

// choose finds what a location means in a spreadsheet.
func choose(where location, book *sheetsapi.Spreadsheet) (selection, error) {
	chosen, err := find(where, book)
	if err != nil {
		return selection{}, err
	}
	grid := chosen.tab.GridProperties
	area, ok := chosen.area.Clamp(int(grid.RowCount), int(grid.ColumnCount))
	if !ok {
		return selection{}, wrongRange(where.text, book, fmt.Sprintf("lies outside of the tab %q, which has %d rows and %d columns",
			chosen.tab.Title, grid.RowCount, grid.ColumnCount))
	}
	chosen.area = area
	if rows, columns := area.Rows(), area.Columns(); rows > maxRows || columns > maxColumns || rows*columns > maxCells {
		return selection{}, errs.Invalid(errs.Violation{Field: fieldRange, Description: fmt.Sprintf(
			"%s has %d rows and %d columns; at most %d rows, %d columns and %d cells are read at once: name a smaller range, for example %s",
			chosen, rows, columns, maxRows, maxColumns, maxCells,
			a1.Reference{Tab: chosen.tab.Title, Area: a1.Area{Right: 25, Bottom: 4999}})})
	}
	return chosen, nil
}

// find understands the range's text: a tab's title first, for a person who has a tab "Q4" means it, then a named
// range, a Table, and A1 notation last.
func find(where location, book *sheetsapi.Spreadsheet) (selection, error) {
	if where.text == "" {
		return standardTab(where, book, a1.Whole())
	}
	if tab := tabByTitle(book, where.text); tab != nil {
		return all(tab), nil
	}
	if named := namedRange(book, where.text); named != nil {
		tab := tabByID(book, named.Range.SheetId)
		if tab == nil {
			return selection{}, wrongRange(where.text, book, "is a named range of a tab that does not exist")
		}
		return part(tab, area(named.Range)), nil
	}
	if tab, table := tableByName(book, where.text); table != nil {
		return part(tab, area(table.Range)), nil
	}
	ref, err := a1.Parse(where.text)
	switch {
	case err != nil:
		return selection{}, wrongRange(where.text, book, "is neither a tab, a named range, a table nor a range such as A1:M100")
	case ref.Name != "":
		return selection{}, wrongRange(where.text, book, "is neither a tab, a named range nor a table")
	case ref.Tab == "":
		return standardTab(where, book, ref.Area)
	}
	tab := tabByTitle(book, ref.Tab)
	if tab == nil {
		return selection{}, wrongRange(where.text, book, fmt.Sprintf("names the tab %q, which does not exist", ref.Tab))
	}
	return part(tab, ref.Area), nil
}

// standardTab is the link's tab, else the first that people see.
func standardTab(where location, book *sheetsapi.Spreadsheet, cells a1.Area) (selection, error) {
	if where.hasGid {
		if tab := tabByID(book, where.gid); tab != nil {
			return part(tab, cells), nil
		}
		return selection{}, wrongRange(fmt.Sprintf("gid=%d", where.gid), book, "is the link's tab, which does not exist (any more)")
	}
	for _, tab := range tabs(book) {
		if !tab.Properties.Hidden {
			return part(tab, cells), nil
		}
	}
	return selection{}, wrongRange("", book, "the spreadsheet has no visible tab with cells")
}

// tabs lists the tabs that have cells; charts may be tabs too.
func tabs(book *sheetsapi.Spreadsheet) []*sheetsapi.Sheet {
	var found []*sheetsapi.Sheet
	for _, s := range book.Sheets {
		if s.Properties != nil && s.Properties.GridProperties != nil {
			found = append(found, s)
		}
	}
	return found
}

func tabByTitle(book *sheetsapi.Spreadsheet, title string) *sheetsapi.Sheet {
	for _, tab := range tabs(book) {
		if strings.EqualFold(tab.Properties.Title, title) { // Google allows no two titles that differ by case only
			return tab
		}
	}
	return nil
}

func tabByID(book *sheetsapi.Spreadsheet, id int64) *sheetsapi.Sheet {
	for _, tab := range tabs(book) {
		if tab.Properties.SheetId == id {
			return tab
		}
	}
	return nil
}

func namedRange(book *sheetsapi.Spreadsheet, name string) *sheetsapi.NamedRange {
	for _, named := range book.NamedRanges {
		if named.Range != nil && strings.EqualFold(named.Name, name) {
			return named
		}
	}
	return nil
}

func tableByName(book *sheetsapi.Spreadsheet, name string) (*sheetsapi.Sheet, *sheetsapi.Table) {
	for _, tab := range tabs(book) {
		for _, table := range tab.Tables {
			if table.Range != nil && strings.EqualFold(table.Name, name) {
				return tab, table
			}
		}
	}
	return nil, nil
}

// area converts a grid range, whose ends are exclusive and absent when open.
func area(r *sheetsapi.GridRange) a1.Area {
	return a1.Area{
		Left: int(r.StartColumnIndex), Top: int(r.StartRowIndex),
		Right: int(r.EndColumnIndex) - 1, Bottom: int(r.EndRowIndex) - 1, // absent: 0 - 1 = a1.Open
	}
}
