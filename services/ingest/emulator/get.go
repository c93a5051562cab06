package emulator

import (
	"net/http"
	"strings"

	"github.com/sheetreel/sheetreel/services/ingest/source/a1"
)

// getBook is spreadsheets.get. Grid data is not served: asking for it is an error, not an empty answer.
func getBook(c *call, b *book) (map[string]any, schema, error) {
	query := c.URL.Query()
	if query.Get("includeGridData") == "true" || strings.Contains(query.Get("fields"), "sheets.data") {
		return nil, nil, &apiError{code: http.StatusNotImplemented, status: "UNIMPLEMENTED", message: "The emulator serves no grid data."}
	}
	wanted := map[*tab]bool{}
	for _, text := range query["ranges"] {
		t, _, err := b.resolve(text)
		if err != nil {
			return nil, nil, err
		}
		wanted[t] = true
	}
	var sheets []any
	for i, t := range b.tabs {
		if len(wanted) == 0 || wanted[t] {
			sheets = append(sheets, map[string]any{"properties": t.properties(i)})
		}
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
		named = append(named, map[string]any{"namedRangeId": n.name, "name": n.name, "range": n.gridRange()})
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

// gridRange has exclusive ends; open ends are left out.
func (n namedRange) gridRange() map[string]any {
	r := map[string]any{"sheetId": n.tab.ID}
	if n.area.Left > 0 || n.area.Right != a1.Open {
		r["startColumnIndex"] = n.area.Left
	}
	if n.area.Top > 0 || n.area.Bottom != a1.Open {
		r["startRowIndex"] = n.area.Top
	}
	if n.area.Right != a1.Open {
		r["endColumnIndex"] = n.area.Right + 1
	}
	if n.area.Bottom != a1.Open {
		r["endRowIndex"] = n.area.Bottom + 1
	}
	return r
}
