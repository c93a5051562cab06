package emulator

import (
	"net/http"

	"github.com/sheetreel/sheetreel/services/ingest/source/a1"
)

// getBook is spreadsheets.get. Asking for grid data without saying which is an error, not half an answer.
func getBook(c *call, b *book) (map[string]any, schema, error) {
	query := c.URL.Query()
	data, withData := c.fields["sheets"]["data"]
	if (query.Get("includeGridData") == "true" && c.fields == nil) || (withData && data == nil) {
		return nil, nil, &apiError{code: http.StatusNotImplemented, status: "UNIMPLEMENTED", message: "The emulator serves grid data by masks that name its fields."}
	}
	areas := map[*tab][]a1.Area{}
	for _, text := range query["ranges"] {
		t, area, err := b.resolve(text)
		if err != nil {
			return nil, nil, err
		}
		area, err = t.within(area)
		if err != nil {
			return nil, nil, err
		}
		areas[t] = append(areas[t], area)
	}
	var sheets []any
	for i, t := range b.tabs {
		if len(areas) > 0 && areas[t] == nil {
			continue
		}
		sheet := t.sheet(i)
		if withData {
			sheet["data"] = t.gridData(areas[t])
		}
		sheets = append(sheets, sheet)
	}
	reply := map[string]any{
		"spreadsheetId":  b.ID,
		"spreadsheetUrl": "https://docs.google.com/spreadsheets/d/" + b.ID + "/edit",
		"properties": map[string]any{
			"title": b.Title, "locale": b.Locale, "timeZone": b.TimeZone, "autoRecalc": "ON_CHANGE",
		},
		"sheets": sheets,
	}
	var named []any
	for _, n := range b.named {
		named = append(named, map[string]any{"namedRangeId": n.name, "name": n.name, "range": gridRangeOf(n.tab, n.area)})
	}
	if len(named) > 0 {
		reply["namedRanges"] = named
	}
	return reply, bookSchema(), nil
}

// properties leaves out what is false or zero, except the tab's id and place, as Google does.
func (t *tab) properties(index int) map[string]any {
	rows, columns := t.grid()
	grid := map[string]any{"rowCount": rows, "columnCount": columns}
	if t.FrozenRows > 0 {
		grid["frozenRowCount"] = t.FrozenRows
	}
	p := map[string]any{"sheetId": t.ID, "title": t.Title, "index": index, "sheetType": "GRID", "gridProperties": grid}
	if t.Hidden {
		p["hidden"] = true
	}
	return p
}

// gridRangeOf has exclusive ends; open ends are left out.
func gridRangeOf(t *tab, area a1.Area) map[string]any {
	r := map[string]any{"sheetId": t.ID}
	if area.Left > 0 || area.Right != a1.Open {
		r["startColumnIndex"] = area.Left
	}
	if area.Top > 0 || area.Bottom != a1.Open {
		r["startRowIndex"] = area.Top
	}
	if area.Right != a1.Open {
		r["endColumnIndex"] = area.Right + 1
	}
	if area.Bottom != a1.Open {
		r["endRowIndex"] = area.Bottom + 1
	}
	return r
}
