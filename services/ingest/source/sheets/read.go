package sheets

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/api/googleapi"
	sheetsapi "google.golang.org/api/sheets/v4"

	"github.com/sheetreel/sheetreel/services/ingest/source"
	"github.com/sheetreel/sheetreel/services/ingest/source/a1"
)

// chunkRows is how many rows one range of the values request names.
const chunkRows = 5_000

// sheet is one range as a source.
type sheet struct {
	*Client
	location
	descriptors map[string]string
}

// Read reads the range with two requests.
func (s *sheet) Read(ctx context.Context) (*source.Table, error) {
	if s.identity == (identity{}) {
		return nil, noCredentials()
	}
	book, err := s.readBook(ctx)
	if err != nil {
		return nil, s.explain(err, nil)
	}
	chosen, err := choose(s.location, book)
	if err != nil {
		return nil, err
	}
	rows, err := s.readRows(ctx, chosen)
	if err != nil {
		return nil, s.explain(err, book)
	}
	table := &source.Table{
		Tab: chosen.tab.Title, Range: chosen.String(),
		FirstRow: chosen.area.Top + 1, FirstColumn: chosen.area.Left,
		Rows: rows, FrozenRows: int(chosen.tab.GridProperties.FrozenRowCount),
	}
	if p := book.Properties; p != nil {
		table.Title, table.Locale, table.TimeZone = p.Title, p.Locale, p.TimeZone
	}
	return table, nil
}

// readBook asks what the spreadsheet is: its tabs and names, no cells.
func (s *sheet) readBook(ctx context.Context) (book *sheetsapi.Spreadsheet, err error) {
	err = s.upstream.Do(ctx, s.descriptors, func(ctx context.Context) (err error) {
		book, err = s.service.Spreadsheets.Get(s.id).Fields(
			"properties(title,locale,timeZone)",
			"sheets(properties(sheetId,title,hidden,gridProperties(rowCount,columnCount,frozenRowCount)))",
			"namedRanges",
		).Context(ctx).Do()
		return err
	})
	return book, err
}

// readRows asks for the values of the whole area at once, in ranges of bounded size.
func (s *sheet) readRows(ctx context.Context, chosen selection) ([][]source.Cell, error) {
	var ranges []string
	for top := chosen.area.Top; top <= chosen.area.Bottom; top += chunkRows {
		chunk := chosen
		chunk.area.Top, chunk.area.Bottom = top, min(top+chunkRows-1, chosen.area.Bottom)
		ranges = append(ranges, chunk.String())
	}
	var answer *sheetsapi.BatchGetValuesResponse
	err := s.upstream.Do(ctx, s.descriptors, func(ctx context.Context) (err error) {
		answer, err = s.service.Spreadsheets.Values.BatchGet(s.id).Ranges(ranges...).MajorDimension("ROWS").
			ValueRenderOption("UNFORMATTED_VALUE").DateTimeRenderOption("SERIAL_NUMBER").
			Fields(googleapi.Field("valueRanges(values)")).Context(ctx).Do()
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(answer.ValueRanges) != len(ranges) {
		return nil, fmt.Errorf("google sheets answered %d ranges instead of %d", len(answer.ValueRanges), len(ranges))
	}
	return table(answer.ValueRanges, chosen.area)
}

// table joins the chunks. Google leaves out trailing empty cells and rows of each; here all rows get one width,
// and only what is empty at the end of the whole is left out.
func table(chunks []*sheetsapi.ValueRange, area a1.Area) ([][]source.Cell, error) {
	height, width := 0, 0
	for i, chunk := range chunks {
		if len(chunk.Values) > chunkRows {
			return nil, errors.New("google sheets answered more rows than were asked for")
		}
		for j, row := range chunk.Values {
			if len(row) > area.Columns() {
				return nil, errors.New("google sheets answered more columns than were asked for")
			}
			if n := filled(row); n > 0 {
				height, width = i*chunkRows+j+1, max(width, n)
			}
		}
	}
	cells := make([]source.Cell, height*width)
	rows := make([][]source.Cell, height)
	for i := range rows {
		rows[i] = cells[i*width : (i+1)*width : (i+1)*width]
		chunk := chunks[i/chunkRows].Values
		if i%chunkRows >= len(chunk) {
			continue
		}
		for j, value := range chunk[i%chunkRows] {
			if j < width {
				rows[i][j] = cell(value)
			}
		}
	}
	return rows, nil
}

// filled is the number of cells up to the last that is not empty.
func filled(row []any) int {
	n := len(row)
	for n > 0 && cell(row[n-1]).IsEmpty() {
		n--
	}
	return n
}

// cell converts a decoded JSON value.
func cell(value any) source.Cell {
	switch v := value.(type) {
	case string:
		return source.Text(v)
	case float64:
		return source.Number(v)
	case bool:
		return source.Bool(v)
	}
	return source.Cell{}
}
