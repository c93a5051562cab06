package emulator

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/sheetreel/sheetreel/services/ingest/source/a1"
)

// book is a spreadsheet as it is now.
type book struct {
	Spreadsheet
	tabs  []*tab
	named []namedRange

	version  int64 // grows with every change
	modified time.Time
}

type namedRange struct {
	name string
	tab  *tab
	area a1.Area
}

// tab is a sheet as it is now.
type tab struct {
	Tab
	cells  [][]cell
	stamp  stamp // of the file that was read
	layout layout
}

var idPattern = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

func newBook(s Spreadsheet, now time.Time) (*book, error) {
	if !idPattern.MatchString(s.ID) {
		return nil, errors.New("an id has only letters, digits, - and _")
	}
	if len(s.Tabs) == 0 {
		return nil, errors.New("no tabs")
	}
	b := &book{Spreadsheet: s, version: 1, modified: now}
	for i, description := range s.Tabs {
		t := &tab{Tab: description}
		if t.ID == 0 {
			t.ID = int64(i)
		}
		if t.File != "" {
			t.Title = orDefault(t.Title, titleOf(t.File))
		}
		if t.Title == "" || b.tabByTitle(t.Title) != nil || b.tabByID(t.ID) != nil {
			return nil, fmt.Errorf("tab %d: title %q or id %d is empty or taken", i, t.Title, t.ID)
		}
		if err := t.fill(t.Rows); err != nil {
			return nil, err
		}
		var err error
		t.layout, err = newLayout(description)
		if err != nil {
			return nil, fmt.Errorf("tab %q: %w", t.Title, err)
		}
		b.tabs = append(b.tabs, t)
	}
	for _, name := range slices.Sorted(maps.Keys(s.NamedRanges)) {
		ref, err := a1.Parse(s.NamedRanges[name])
		if err != nil {
			return nil, fmt.Errorf("named range %s: %w", name, err)
		}
		t := b.tabByTitle(ref.Tab)
		if t == nil {
			return nil, fmt.Errorf("named range %s: %q names no tab", name, s.NamedRanges[name])
		}
		b.named = append(b.named, namedRange{name, t, ref.Area})
	}
	return b, b.refresh(now)
}

// refresh reads the files that have changed.
func (b *book) refresh(now time.Time) error {
	for _, t := range b.tabs {
		before := t.stamp
		if err := t.refresh(); err != nil {
			return err
		}
		if t.stamp != before {
			b.edited(now)
		}
	}
	return nil
}

func (b *book) tabByTitle(title string) *tab {
	for _, t := range b.tabs {
		if strings.EqualFold(t.Title, title) {
			return t
		}
	}
	return nil
}

func (b *book) tabByID(id int64) *tab {
	for _, t := range b.tabs {
		if t.ID == id {
			return t
		}
	}
	return nil
}

// resolve finds what a text names, as the API does: a named range, a tab, or cells.
func (b *book) resolve(text string) (*tab, a1.Area, error) {
	ref, err := a1.Parse(text)
	if err != nil {
		return nil, a1.Area{}, unparsable(text)
	}
	t := b.tabs[0]
	switch {
	case ref.Name != "":
		for _, named := range b.named {
			if strings.EqualFold(named.name, ref.Name) {
				return named.tab, named.area, nil
			}
		}
		t = b.tabByTitle(ref.Name)
	case ref.Tab != "":
		t = b.tabByTitle(ref.Tab)
	default:
		if i := slices.IndexFunc(b.tabs, func(t *tab) bool { return !t.Hidden }); i >= 0 {
			t = b.tabs[i]
		}
	}
	if t == nil {
		return nil, a1.Area{}, unparsable(text)
	}
	return t, ref.Area, nil
}

// within cuts an area to the tab's grid. An area that begins outside is an error, as Google has it.
func (t *tab) within(area a1.Area) (a1.Area, error) {
	rows, columns := t.grid()
	closed, ok := area.Clamp(rows, columns)
	if !ok {
		return a1.Area{}, beyondGrid(t, area)
	}
	return closed, nil
}

// grid is the size of the sheet, cells without values included.
func (t *tab) grid() (rows, columns int) {
	rows, columns = orSize(t.GridRows, 1000), orSize(t.GridWidth, 26)
	rows = max(rows, len(t.cells))
	for _, row := range t.cells {
		columns = max(columns, len(row))
	}
	return rows, columns
}

func orSize(size, standard int) int {
	if size <= 0 {
		return standard
	}
	return size
}

// at is the cell at a place of the grid.
func (t *tab) at(row, column int) cell {
	if row < len(t.cells) && column < len(t.cells[row]) {
		return t.cells[row][column]
	}
	return cell{}
}

// set changes a cell and makes room for it.
func (t *tab) set(row, column int, c cell) {
	for len(t.cells) <= row {
		t.cells = append(t.cells, nil)
	}
	for len(t.cells[row]) <= column {
		t.cells[row] = append(t.cells[row], cell{})
	}
	t.cells[row][column] = c
}

// fill replaces the tab's cells by typed values, or changes nothing.
func (t *tab) fill(rows [][]any) error {
	cells := make([][]cell, len(rows))
	for i, row := range rows {
		cells[i] = make([]cell, len(row))
		for j, value := range row {
			var err error
			cells[i][j], err = typed(value)
			if err != nil {
				return fmt.Errorf("tab %q row %d column %d: %w", t.Title, i+1, j+1, err)
			}
		}
	}
	t.cells = cells
	return nil
}

func (t *tab) values() [][]any {
	rows := make([][]any, len(t.cells))
	for i, row := range t.cells {
		rows[i] = make([]any, len(row))
		for j, c := range row {
			rows[i][j] = c.value
		}
	}
	return rows
}
