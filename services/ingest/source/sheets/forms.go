package sheets

import (
	"context"
	"math"

	"google.golang.org/api/googleapi"
	sheetsapi "google.golang.org/api/sheets/v4"

	"github.com/sheetreel/sheetreel/services/ingest/source"
	"github.com/sheetreel/sheetreel/services/ingest/source/a1"
)

// formFields are what of a cell's looks tells what its number means.
const formFields = "sheets(data(startColumn,rowData(values(effectiveFormat(numberFormat(type))))))"

// ReadForms implements [source.Formed] by one request over one cell of each column that needs it.
func (s *sheet) ReadForms(ctx context.Context, t *source.Table, columns []int, first int) error {
	var ranges []string
	for _, column := range columns {
		row, ok := ambiguous(t, column, first)
		if !ok {
			continue
		}
		at := a1.Area{Left: t.FirstColumn + column, Right: t.FirstColumn + column, Top: t.FirstRow - 1 + row, Bottom: t.FirstRow - 1 + row}
		ranges = append(ranges, a1.Reference{Tab: t.Tab, Area: at}.String())
	}
	if len(ranges) == 0 {
		return nil
	}
	var book *sheetsapi.Spreadsheet
	err := s.upstream.Do(ctx, s.descriptors, func(ctx context.Context) (err error) {
		book, err = s.service.Spreadsheets.Get(s.id).Ranges(ranges...).Fields(googleapi.Field(formFields)).Context(ctx).Do()
		return err
	})
	if err != nil {
		return s.explain(err, nil)
	}
	t.Requests++
	for _, tab := range book.Sheets {
		for _, block := range tab.Data {
			setForm(t, int(block.StartColumn)-t.FirstColumn, first, formOf(block))
		}
	}
	return nil
}

// ambiguous finds the first row in which a column has a number that may be a percent, a date or a time: one with decimals, or in
// the range of today's dates. Most columns of numbers have none, and cost no request.
func ambiguous(t *source.Table, column, first int) (row int, ok bool) {
	const from, to = 14_611, 73_051 // 1940 to 2100
	for row := first; row < len(t.Rows); row++ {
		if column >= len(t.Rows[row]) {
			continue
		}
		cell := t.Rows[row][column]
		if n, isNumber := cell.Number(); isNumber && cell.Form() == source.FormPlain && (n != math.Trunc(n) || n >= from && n <= to) {
			return row, true
		}
	}
	return 0, false
}

func formOf(block *sheetsapi.GridData) source.Form {
	for _, row := range block.RowData {
		for _, value := range row.Values {
			if value.EffectiveFormat == nil || value.EffectiveFormat.NumberFormat == nil {
				continue
			}
			switch value.EffectiveFormat.NumberFormat.Type {
			case "PERCENT":
				return source.FormPercent
			case "DATE":
				return source.FormDate
			case "DATE_TIME":
				return source.FormDateTime
			case "TIME":
				return source.FormTime
			}
		}
	}
	return source.FormPlain
}

// setForm gives the numbers of a column their form. Columns are formatted as a whole, so that one cell speaks for all.
func setForm(t *source.Table, column, first int, form source.Form) {
	for row := first; row < len(t.Rows); row++ {
		if column >= 0 && column < len(t.Rows[row]) {
			t.Rows[row][column] = t.Rows[row][column].As(form)
		}
	}
}
