package emulator

import (
	"net/url"
	"slices"

	"github.com/sheetreel/sheetreel/services/ingest/source/a1"
)

// getValues is values.get.
func getValues(c *call, b *book) (map[string]any, schema, error) {
	ask, err := readAsk(c.URL.Query())
	if err != nil {
		return nil, nil, err
	}
	reply, err := b.valueRange(c.segments[4], ask)
	return reply, valuesSchema(), err
}

// batchGetValues is values:batchGet: many ranges, answered in order.
func batchGetValues(c *call, b *book) (map[string]any, schema, error) {
	query := c.URL.Query()
	ask, err := readAsk(query)
	if err != nil {
		return nil, nil, err
	}
	var all []any
	for _, text := range query["ranges"] {
		one, err := b.valueRange(text, ask)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, one)
	}
	reply := map[string]any{"spreadsheetId": b.ID}
	if len(all) > 0 {
		reply["valueRanges"] = all
	}
	return reply, batchGetSchema(), nil
}

// ask is in which form values are wanted.
type ask struct {
	rendering
	dimension string // ROWS or COLUMNS
}

func readAsk(query url.Values) (ask, error) {
	a := ask{
		rendering: rendering{
			value: orDefault(query.Get("valueRenderOption"), "FORMATTED_VALUE"),
			time:  orDefault(query.Get("dateTimeRenderOption"), "SERIAL_NUMBER"),
		},
		dimension: orDefault(query.Get("majorDimension"), "ROWS"),
	}
	for _, option := range []struct {
		name, value string
		known       []string
	}{
		{"value_render_option", a.value, []string{"FORMATTED_VALUE", "UNFORMATTED_VALUE", "FORMULA"}},
		{"date_time_render_option", a.time, []string{"SERIAL_NUMBER", "FORMATTED_STRING"}},
		{"major_dimension", a.dimension, []string{"ROWS", "COLUMNS"}},
	} {
		if !slices.Contains(option.known, option.value) {
			return ask{}, invalid("Invalid value at '%s', %q", option.name, option.value)
		}
	}
	return a, nil
}

// valueRange reads a range: the whole range is named, but empty cells and rows at the end are left out.
func (b *book) valueRange(text string, a ask) (map[string]any, error) {
	t, area, err := b.resolve(text)
	if err != nil {
		return nil, err
	}
	area, err = t.within(area)
	if err != nil {
		return nil, err
	}
	// Columns are lines too: only what the loops mean by line and place differs.
	lines, places := area.Rows(), area.Columns()
	at := func(line, place int) cell { return t.at(area.Top+line, area.Left+place) }
	if a.dimension == "COLUMNS" {
		lines, places = places, lines
		at = func(line, place int) cell { return t.at(area.Top+place, area.Left+line) }
	}
	reply := map[string]any{"range": a1.Reference{Tab: t.Title, Area: area}.String(), "majorDimension": a.dimension}
	var values [][]any
	last := 0
	for i := range lines {
		line := []any{}
		for j := range places {
			if c := at(i, j); c.value != nil {
				for len(line) < j {
					line = append(line, "")
				}
				line = append(line, c.render(a.rendering))
			}
		}
		values = append(values, line)
		if len(line) > 0 {
			last = i + 1
		}
	}
	if last > 0 {
		reply["values"] = list(values[:last])
	}
	return reply, nil
}

// list makes a generic JSON list, which masks can walk.
func list(lines [][]any) []any {
	all := make([]any, len(lines))
	for i, line := range lines {
		all[i] = line
	}
	return all
}
