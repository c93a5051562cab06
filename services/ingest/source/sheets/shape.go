package sheets

import (
	"slices"

	sheetsapi "google.golang.org/api/sheets/v4"

	"github.com/sheetreel/sheetreel/services/ingest/source"
)

// fillMerged gives each cell of merged ones the value of the first. Merges that begin outside of the table have no value in it, and
// those that go on below its last row make no new rows.
func fillMerged(t *source.Table, merges []*sheetsapi.GridRange) {
	for _, m := range merges {
		merged := area(m)
		top, left := merged.Top-(t.FirstRow-1), merged.Left-t.FirstColumn
		bottom, right := merged.Bottom-(t.FirstRow-1), merged.Right-t.FirstColumn
		if top < 0 || left < 0 || top >= len(t.Rows) || left >= len(t.Rows[top]) {
			continue
		}
		value := t.Rows[top][left]
		for row := top; row <= min(bottom, len(t.Rows)-1); row++ {
			for column := left; column <= min(right, len(t.Rows[row])-1); column++ {
				t.Rows[row][column] = value
			}
		}
	}
}

// noteHidden notes the rows with something in them that people do not see, and empties them when they are not wanted. The
// others keep their numbers.
func noteHidden(t *source.Table, data []*sheetsapi.GridData) {
	for _, block := range data {
		for i, row := range block.RowMetadata {
			if row == nil || (!row.HiddenByUser && !row.HiddenByFilter) {
				continue
			}
			number := int(block.StartRow) + i + 1
			index := number - t.FirstRow
			if index < 0 || index >= len(t.Rows) || !slices.ContainsFunc(t.Rows[index], func(c source.Cell) bool { return !c.IsEmpty() }) {
				continue
			}
			if t.WithoutThem {
				clear(t.Rows[index])
			}
			t.HiddenRows = append(t.HiddenRows, number)
		}
	}
}
