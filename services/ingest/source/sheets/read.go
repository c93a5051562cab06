package sheets

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/api/googleapi"
	sheetsapi "google.golang.org/api/sheets/v4"

	"github.com/sheetreel/sheetreel/services/ingest/source"
)

const (
	// chunkRows is how many rows one range of a values request names at most.
	chunkRows = 5_000
	// callCells is how many cells one values request asks for at most: 10,000 rows of a sheet's usual 26 columns, and some.
	callCells = 300_000
)

// sheet is one range as a source.
type sheet struct {
	*Client
	location
	fillMerged, visibleOnly bool
	descriptors             map[string]string
}

// Read reads the range: one request for what the spreadsheet is, and one or more for its values.
func (s *sheet) Read(ctx context.Context) (*source.Table, error) {
	if s.identity.kind == byNothing {
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
	rows, requests, err := s.readRows(ctx, chosen)
	if err != nil {
		return nil, s.explain(err, book)
	}
	t := &source.Table{
		Key:   fmt.Sprintf("google_sheet/%s/%d", s.id, chosen.tab.SheetId),
		Whole: chosen.area.Top == 0 && chosen.area.Bottom == int(chosen.tab.GridProperties.RowCount)-1,
		Tab:   chosen.tab.Title, Range: chosen.String(),
		FirstRow: chosen.area.Top + 1, FirstColumn: chosen.area.Left,
		Rows: rows, FrozenRows: max(int(chosen.tab.GridProperties.FrozenRowCount), chosen.headerRow()),
		Requests: 1 + requests,
	}
	if p := book.Properties; p != nil {
		t.Title, t.Locale, t.TimeZone = p.Title, p.Locale, p.TimeZone
	}
	if s.fillMerged {
		fillMerged(t, chosen.sheet.Merges)
	}
	typeColumns(t, chosen.table())
	t.WithoutThem = s.visibleOnly
	noteHidden(t, chosen.sheet.Data)
	t.Whole = t.Whole && (!t.WithoutThem || len(t.HiddenRows) == 0)
	return t, nil
}

// readBook asks what the spreadsheet is: its tabs, names and Tables, no cells. Which rows are hidden is asked for all tabs, because
// a request that names a range would no longer list the others.
func (s *sheet) readBook(ctx context.Context) (book *sheetsapi.Spreadsheet, err error) {
	sheets := "properties(sheetId,title,hidden,gridProperties(rowCount,columnCount,frozenRowCount))," +
		"tables(name,range,columnProperties(columnIndex,columnType,dataValidationRule(condition(type,values(userEnteredValue)))))," +
		"data(startRow,rowMetadata(hiddenByUser,hiddenByFilter))"
	if s.fillMerged {
		sheets += ",merges"
	}
	err = s.upstream.Do(ctx, s.descriptors, func(ctx context.Context) (err error) {
		book, err = s.service.Spreadsheets.Get(s.id).
			Fields("properties(title,locale,timeZone)", googleapi.Field("sheets("+sheets+")"), "namedRanges").Context(ctx).Do()
		return err
	})
	return book, err
}

// readRows asks for the values of an area, with as few requests as keep memory bounded.
func (s *sheet) readRows(ctx context.Context, chosen selection) (rows [][]source.Cell, requests int, err error) {
	area := chosen.area
	most := max(callCells/area.Columns(), 1) // rows in one request
	body := &body{columns: area.Columns()}
	for top := area.Top; top <= area.Bottom; {
		var texts []string
		var heights []int
		for left := most; left > 0 && top <= area.Bottom; {
			part := chosen
			part.area.Top, part.area.Bottom = top, min(top+min(chunkRows, left)-1, area.Bottom)
			left -= part.area.Rows()
			texts, heights = append(texts, part.String()), append(heights, part.area.Rows())
			top = part.area.Bottom + 1
		}
		answer, err := s.readValues(ctx, texts)
		if err != nil {
			return nil, requests, err
		}
		requests++
		for i, values := range answer.ValueRanges {
			if err := body.add(values.Values, heights[i]); err != nil {
				return nil, requests, err
			}
		}
	}
	return body.finish(), requests, nil
}

func (s *sheet) readValues(ctx context.Context, ranges []string) (answer *sheetsapi.BatchGetValuesResponse, err error) {
	err = s.upstream.Do(ctx, s.descriptors, func(ctx context.Context) (err error) {
		answer, err = s.service.Spreadsheets.Values.BatchGet(s.id).Ranges(ranges...).MajorDimension("ROWS").
			ValueRenderOption("UNFORMATTED_VALUE").DateTimeRenderOption("SERIAL_NUMBER").
			Fields(googleapi.Field("valueRanges(values)")).Context(ctx).Do()
		return err
	})
	if err == nil && len(answer.ValueRanges) != len(ranges) {
		err = fmt.Errorf("google sheets answered %d ranges instead of %d", len(answer.ValueRanges), len(ranges))
	}
	return answer, err
}

// body joins what Google answers for one range after the other. Google leaves out the empty cells and rows at the end of each; here
// all rows get one width, and only what is empty at the end of the whole is left out.
type body struct {
	columns       int // that were asked for
	rows          [][]source.Cell
	height, width int // of what is not empty
}

// add takes the answer for a range of so many rows. Nothing of it is kept but its cells.
func (b *body) add(values [][]any, rows int) error {
	if len(values) > rows {
		return errors.New("google sheets answered more rows than were asked for")
	}
	first := len(b.rows)
	for i, row := range values {
		if len(row) > b.columns {
			return errors.New("google sheets answered more columns than were asked for")
		}
		var cells []source.Cell
		if n := filled(row); n > 0 {
			cells = make([]source.Cell, n)
			for j := range cells {
				cells[j] = cell(row[j])
			}
			b.height, b.width = first+i+1, max(b.width, n)
		}
		b.rows = append(b.rows, cells)
	}
	for len(b.rows) < first+rows {
		b.rows = append(b.rows, nil)
	}
	return nil
}

func (b *body) finish() [][]source.Cell {
	rows := b.rows[:b.height]
	for i, cells := range rows {
		if len(cells) < b.width {
			rows[i] = make([]source.Cell, b.width)
			copy(rows[i], cells)
		}
	}
	return rows
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
