package emulator

import (
	"bytes"
	"encoding/json"
	"strings"
)

// structureRequest is the body of spreadsheets.batchUpdate, as far as the emulator has it.
type structureRequest struct {
	Requests []struct {
		AppendDimension *struct {
			SheetID   int64  `json:"sheetId"`
			Dimension string `json:"dimension"`
			Length    int    `json:"length"`
		} `json:"appendDimension"`
	} `json:"requests"`
}

// mostAppended bounds by how much one request enlarges a tab.
const mostAppended = 10_000

// batchUpdateBook is spreadsheets.batchUpdate. Of its many requests there is appendDimension. It is atomic.
func batchUpdateBook(c *call, b *book) (map[string]any, schema, error) {
	var request structureRequest
	decoder := json.NewDecoder(bytes.NewReader(c.body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&request); err != nil {
		return nil, nil, invalid("Invalid JSON payload received. %s", strings.TrimPrefix(err.Error(), "json: "))
	}
	if len(request.Requests) == 0 {
		return nil, nil, invalid("Must specify at least one request.")
	}
	replies := make([]any, len(request.Requests))
	for i, r := range request.Requests {
		replies[i] = map[string]any{}
		add := r.AppendDimension
		switch {
		case add == nil:
			return nil, nil, invalid("Invalid requests[%d]: No request set.", i)
		case b.tabByID(add.SheetID) == nil:
			return nil, nil, invalid("Invalid requests[%d].appendDimension: No grid with id: %d", i, add.SheetID)
		case add.Dimension != "ROWS" && add.Dimension != "COLUMNS":
			return nil, nil, invalid("Invalid value at 'requests[%d].append_dimension.dimension', %q", i, add.Dimension)
		case add.Length < 1 || add.Length > mostAppended:
			return nil, nil, invalid("Invalid requests[%d].appendDimension: length must be between 1 and %d", i, mostAppended)
		}
	}
	for _, r := range request.Requests {
		t := b.tabByID(r.AppendDimension.SheetID)
		rows, columns := t.grid()
		if r.AppendDimension.Dimension == "ROWS" {
			t.GridRows = rows + r.AppendDimension.Length
		} else {
			t.GridWidth = columns + r.AppendDimension.Length
		}
	}
	return map[string]any{"spreadsheetId": b.ID, "replies": replies}, schema{"spreadsheetId": nil, "replies": {"*": nil}}, nil
}
