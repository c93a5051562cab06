package sheets

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	sheetsapi "google.golang.org/api/sheets/v4"

	"github.com/sheetreel/sheetreel/services/ingest/source"
	"github.com/sheetreel/sheetreel/services/ingest/source/a1"
)

// Update is a cell to be written. Rows and columns count from 0.
type Update struct {
	Row, Column int
	Value       source.Cell // an empty one clears the cell
}

// Write writes cells by one request, whatever they are, as plain values: no text becomes a formula. Cells between them stay
// as they are. It is tried once: rows may have moved by the time of a second try. After an error the cells may have been
// written all the same.
func (t *Tab) Write(ctx context.Context, updates []Update) error {
	if len(updates) == 0 {
		return nil
	}
	request := &sheetsapi.BatchUpdateValuesRequest{ValueInputOption: "RAW", Data: ranges(t.chosen.tab.Title, updates)}
	err := t.upstream.Once(ctx, t.writing(), func(ctx context.Context) error {
		_, err := t.service.Spreadsheets.Values.BatchUpdate(t.id, request).Fields("spreadsheetId").Context(ctx).Do()
		return err
	})
	if err != nil {
		t.book = nil
		return t.explainWrite(err)
	}
	return nil
}

// AddColumns makes room for more columns at the right end of the tab.
func (t *Tab) AddColumns(ctx context.Context, n int) error {
	request := &sheetsapi.BatchUpdateSpreadsheetRequest{Requests: []*sheetsapi.Request{{AppendDimension: &sheetsapi.AppendDimensionRequest{
		SheetId: t.chosen.tab.SheetId, Dimension: "COLUMNS", Length: int64(n), ForceSendFields: []string{"SheetId"},
	}}}}
	err := t.upstream.Once(ctx, t.writing(), func(ctx context.Context) error {
		_, err := t.service.Spreadsheets.BatchUpdate(t.id, request).Fields("spreadsheetId").Context(ctx).Do()
		return err
	})
	t.book = nil
	if err != nil {
		return t.explainWrite(err)
	}
	return nil
}

func (t *Tab) writing() map[string]string {
	return t.identity.charge("sheets.write", t.descriptors["project"], t.descriptors["user"], t.id)
}

// ranges makes one range of each row's cells, with null for those between.
func ranges(tab string, updates []Update) []*sheetsapi.ValueRange {
	updates = slices.Clone(updates)
	slices.SortFunc(updates, func(a, b Update) int { return cmp.Or(cmp.Compare(a.Row, b.Row), cmp.Compare(a.Column, b.Column)) })
	var all []*sheetsapi.ValueRange
	for first := 0; first < len(updates); {
		last := first
		for last+1 < len(updates) && updates[last+1].Row == updates[first].Row {
			last++
		}
		left, right := updates[first].Column, updates[last].Column
		values := make([]any, right-left+1)
		for _, u := range updates[first : last+1] {
			values[u.Column-left] = jsonValue(u.Value)
		}
		all = append(all, &sheetsapi.ValueRange{
			Range:  fmt.Sprintf("%s!%s:%s", a1.Quote(tab), source.CellName(left, updates[first].Row+1), source.CellName(right, updates[first].Row+1)),
			Values: [][]any{values},
		})
		first = last + 1
	}
	return all
}

// jsonValue is a cell as it is sent. Google leaves a cell for which it is sent null, and clears it for an empty text.
func jsonValue(c source.Cell) any {
	if n, ok := c.Number(); ok {
		return n
	}
	if b, ok := c.Bool(); ok {
		return b
	}
	return c.String()
}
