package emulator

import (
	"fmt"
	"maps"
	"slices"

	"github.com/sheetreel/sheetreel/services/ingest/source/a1"
)

// layout is what a tab has besides values.
type layout struct {
	tables []table
	merges []a1.Area
	links  map[spot][]map[string]any // parts of a cell that hold links
}

type table struct {
	name  string
	area  a1.Area
	types []ColumnType
}

// columns is what a table tells of its columns.
func (t table) columns() []any {
	var columns []any
	for i, c := range t.types {
		properties := map[string]any{"columnType": c.Type}
		if i > 0 {
			properties["columnIndex"] = i
		}
		if len(c.Choices) > 0 {
			var values []any
			for _, choice := range c.Choices {
				values = append(values, map[string]any{"userEnteredValue": choice})
			}
			properties["dataValidationRule"] = map[string]any{"condition": map[string]any{"type": "ONE_OF_LIST", "values": values}}
		}
		columns = append(columns, properties)
	}
	return columns
}

type spot struct{ row, column int }

func newLayout(t Tab) (layout, error) {
	l := layout{links: map[spot][]map[string]any{}}
	for _, name := range slices.Sorted(maps.Keys(t.Tables)) {
		area, err := cellsOf(t.Tables[name])
		if err != nil {
			return layout{}, fmt.Errorf("table %s: %w", name, err)
		}
		l.tables = append(l.tables, table{name, area, t.Types[name]})
	}
	for _, text := range t.Merges {
		area, err := cellsOf(text)
		if err != nil {
			return layout{}, fmt.Errorf("merge: %w", err)
		}
		l.merges = append(l.merges, area)
	}
	for cell, uri := range t.Links {
		if err := l.link(cell, map[string]any{"hyperlink": uri}); err != nil {
			return layout{}, err
		}
	}
	for cell, uris := range t.Chips {
		var runs []any
		for i, uri := range uris {
			runs = append(runs, map[string]any{"startIndex": i, "chip": map[string]any{"richLinkProperties": map[string]any{"uri": uri}}})
		}
		if err := l.link(cell, map[string]any{"chipRuns": runs}); err != nil {
			return layout{}, err
		}
	}
	return l, nil
}

func (l layout) link(cell string, part map[string]any) error {
	area, err := cellsOf(cell)
	if err != nil {
		return fmt.Errorf("link: %w", err)
	}
	at := spot{area.Top, area.Left}
	l.links[at] = append(l.links[at], part)
	return nil
}

// cellsOf reads cells without a tab.
func cellsOf(text string) (a1.Area, error) {
	ref, err := a1.Parse(text)
	if err != nil {
		return a1.Area{}, err
	}
	if ref.Tab != "" || ref.Name != "" || ref.Area.Right == a1.Open || ref.Area.Bottom == a1.Open {
		return a1.Area{}, fmt.Errorf("%q: not cells such as A1:B2", text)
	}
	return ref.Area, nil
}

// sheet is a tab as spreadsheets.get tells it, without its cells.
func (t *tab) sheet(index int) map[string]any {
	s := map[string]any{"properties": t.properties(index)}
	var tables, merges []any
	for i, one := range t.layout.tables {
		told := map[string]any{"tableId": fmt.Sprint(t.ID, "-", i), "name": one.name, "range": gridRangeOf(t, one.area)}
		if len(one.types) > 0 {
			told["columnProperties"] = one.columns()
		}
		tables = append(tables, told)
	}
	for _, area := range t.layout.merges {
		merges = append(merges, gridRangeOf(t, area))
	}
	if len(tables) > 0 {
		s["tables"] = tables
	}
	if len(merges) > 0 {
		s["merges"] = merges
	}
	return s
}

// gridData is one block for each area, or one for the whole tab.
func (t *tab) gridData(areas []a1.Area) []any {
	if len(areas) == 0 {
		rows, columns := t.grid()
		areas = []a1.Area{{Right: columns - 1, Bottom: rows - 1}}
	}
	var blocks []any
	for _, area := range areas {
		block := map[string]any{"rowMetadata": t.rowMetadata(area)}
		if area.Top > 0 {
			block["startRow"] = area.Top
		}
		if area.Left > 0 {
			block["startColumn"] = area.Left
		}
		if rows := t.rowData(area); len(rows) > 0 {
			block["rowData"] = rows
		}
		blocks = append(blocks, block)
	}
	return blocks
}

func (t *tab) rowMetadata(area a1.Area) []any {
	all := make([]any, 0, area.Rows())
	for row := area.Top; row <= area.Bottom; row++ {
		m := map[string]any{}
		if slices.Contains(t.HiddenRows, row+1) {
			m["hiddenByUser"] = true
		}
		if slices.Contains(t.FilterRows, row+1) {
			m["hiddenByFilter"] = true
		}
		all = append(all, m)
	}
	return all
}

// rowData ends with the last row of which there is something to tell.
func (t *tab) rowData(area a1.Area) []any {
	var rows []any
	last := 0
	for row := area.Top; row <= area.Bottom; row++ {
		var values []any
		for column := area.Left; column <= area.Right; column++ {
			parts := t.layout.links[spot{row, column}]
			if format := t.at(row, column).format(); format != "" {
				parts = append(slices.Clip(parts), map[string]any{"effectiveFormat": map[string]any{"numberFormat": map[string]any{"type": format}}})
			}
			if parts == nil {
				continue
			}
			for len(values) <= column-area.Left {
				values = append(values, map[string]any{})
			}
			cell := map[string]any{}
			for _, part := range parts {
				maps.Copy(cell, part)
			}
			values[column-area.Left] = cell
		}
		one := map[string]any{}
		if values != nil {
			one["values"] = values
			last = len(rows) + 1
		}
		rows = append(rows, one)
	}
	return rows[:last]
}
