package emulator

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/sheetreel/sheetreel/services/ingest/source"
	"github.com/sheetreel/sheetreel/services/ingest/source/a1"
)

// updateRequest is the body of values:batchUpdate.
type updateRequest struct {
	ValueInputOption             string       `json:"valueInputOption"`
	Data                         []updateData `json:"data"`
	IncludeValuesInResponse      bool         `json:"includeValuesInResponse"`
	ResponseValueRenderOption    string       `json:"responseValueRenderOption"`
	ResponseDateTimeRenderOption string       `json:"responseDateTimeRenderOption"`
}

type updateData struct {
	Range          string  `json:"range"`
	MajorDimension string  `json:"majorDimension"`
	Values         [][]any `json:"values"`
}

// change is one range's new cells, checked and not yet applied.
type change struct {
	tab   *tab
	area  a1.Area
	cells []place
}

type place struct {
	row, column int
	cell        cell
}

// batchUpdateValues is values:batchUpdate. It is atomic: one wrong range, and nothing is written.
func batchUpdateValues(c *call, b *book) (map[string]any, schema, error) {
	var request updateRequest
	decoder := json.NewDecoder(bytes.NewReader(c.body))
	decoder.DisallowUnknownFields()
	decoder.UseNumber()
	if err := decoder.Decode(&request); err != nil {
		return nil, nil, invalid("Invalid JSON payload received. %s", strings.TrimPrefix(err.Error(), "json: "))
	}
	if request.IncludeValuesInResponse {
		return nil, nil, invalid("The emulator does not include values in responses.")
	}
	read := typed
	switch request.ValueInputOption {
	case "RAW":
	case "USER_ENTERED":
		read = func(value any) (cell, error) {
			if text, ok := value.(string); ok {
				return entered(text), nil
			}
			return typed(value)
		}
	case "", "INPUT_VALUE_OPTION_UNSPECIFIED":
		return nil, nil, invalid("'valueInputOption' is required but not specified")
	default:
		return nil, nil, invalid("Invalid value at 'value_input_option', %q", request.ValueInputOption)
	}
	changes := make([]change, len(request.Data))
	for i, data := range request.Data {
		var err error
		changes[i], err = b.plan(data, read)
		if err != nil {
			return nil, nil, err
		}
	}
	return b.apply(changes), batchUpdateSchema(), nil
}

// plan checks one range. A null leaves its cell as it is, "" clears it.
func (b *book) plan(data updateData, read func(any) (cell, error)) (change, error) {
	t, asked, err := b.resolve(data.Range)
	if err != nil {
		return change{}, err
	}
	rows, columns := t.grid()
	area, ok := asked.Clamp(rows, columns)
	if !ok {
		return change{}, beyondGrid(t, asked)
	}
	byColumn := data.MajorDimension == "COLUMNS"
	if !byColumn && data.MajorDimension != "" && data.MajorDimension != "ROWS" {
		return change{}, invalid("Invalid value at 'data.major_dimension', %q", data.MajorDimension)
	}
	if asked.Left == asked.Right && asked.Top == asked.Bottom { // one cell names the corner of what is written
		area.Right, area.Bottom = columns-1, rows-1
	}
	planned := change{tab: t, area: a1.Area{Left: area.Left, Top: area.Top, Right: area.Left, Bottom: area.Top}}
	for i, line := range data.Values {
		for j, value := range line {
			p := place{row: area.Top + i, column: area.Left + j}
			if byColumn {
				p = place{row: area.Top + j, column: area.Left + i}
			}
			switch {
			case p.row >= rows || p.column >= columns:
				return change{}, beyondGrid(t, a1.Area{Left: p.column, Top: p.row, Right: p.column, Bottom: p.row})
			case p.row > area.Bottom:
				return change{}, invalid("Requested writing within range [%s], but tried writing to row [%d]", a1.Reference{Tab: t.Title, Area: area}, p.row+1)
			case p.column > area.Right:
				return change{}, invalid("Requested writing within range [%s], but tried writing to column [%s]", a1.Reference{Tab: t.Title, Area: area}, source.ColumnLetter(p.column))
			}
			planned.area.Right, planned.area.Bottom = max(planned.area.Right, p.column), max(planned.area.Bottom, p.row)
			if value == nil {
				continue
			}
			p.cell, err = read(value)
			if err != nil {
				return change{}, invalid("Invalid values[%d][%d]: %v", i, j, err)
			}
			planned.cells = append(planned.cells, p)
		}
	}
	return planned, nil
}

// apply writes what was planned, and counts.
func (b *book) apply(changes []change) map[string]any {
	var responses []any
	total := tally{}
	for _, ch := range changes {
		one := tally{}
		for _, p := range ch.cells {
			ch.tab.set(p.row, p.column, p.cell)
			one.add(ch.tab, p)
			total.add(ch.tab, p)
		}
		response := map[string]any{"spreadsheetId": b.ID, "updatedRange": a1.Reference{Tab: ch.tab.Title, Area: ch.area}.String()}
		one.report(response, "updated")
		responses = append(responses, response)
	}
	reply := map[string]any{"spreadsheetId": b.ID}
	if len(responses) > 0 {
		reply["responses"] = responses
	}
	total.report(reply, "totalUpdated")
	if sheets := total.sheets(); sheets > 0 {
		reply["totalUpdatedSheets"] = sheets
	}
	return reply
}

// tally counts distinct cells, by tab.
type tally map[*tab]map[[2]int]bool

func (s tally) add(t *tab, p place) {
	if s[t] == nil {
		s[t] = map[[2]int]bool{}
	}
	s[t][[2]int{p.row, p.column}] = true
}

func (s tally) sheets() int { return len(s) }

func (s tally) report(into map[string]any, prefix string) {
	cells, rows, columns := 0, 0, 0
	for _, places := range s {
		seenRows, seenColumns := map[int]bool{}, map[int]bool{}
		for p := range places {
			seenRows[p[0]], seenColumns[p[1]] = true, true
		}
		cells, rows, columns = cells+len(places), rows+len(seenRows), columns+len(seenColumns)
	}
	if cells > 0 {
		into[prefix+"Rows"], into[prefix+"Columns"], into[prefix+"Cells"] = rows, columns, cells
	}
}
