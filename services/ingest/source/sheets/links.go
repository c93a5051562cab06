package sheets

import (
	"context"
	"strings"

	"google.golang.org/api/googleapi"
	sheetsapi "google.golang.org/api/sheets/v4"

	"github.com/sheetreel/sheetreel/services/ingest/source"
	"github.com/sheetreel/sheetreel/services/ingest/source/a1"
)

// linkFields are what of a cell's looks may hold a link.
const linkFields = "sheets(data(startRow,startColumn,rowData(values(hyperlink,chipRuns(chip(richLinkProperties(uri))),textFormatRuns(format(link(uri)))))))"

// ReadLinks implements [source.Linked] by one request over the columns that need it.
func (s *sheet) ReadLinks(ctx context.Context, t *source.Table, columns []int, first int) error {
	var ranges []string
	for _, column := range columns {
		if !hidesLinks(t, column, first) {
			continue
		}
		ranges = append(ranges, a1.Reference{Tab: t.Tab, Area: a1.Area{
			Left: t.FirstColumn + column, Right: t.FirstColumn + column,
			Top: t.FirstRow - 1 + first, Bottom: t.FirstRow - 2 + len(t.Rows),
		}}.String())
	}
	if len(ranges) == 0 {
		return nil
	}
	var book *sheetsapi.Spreadsheet
	err := s.upstream.Do(ctx, s.descriptors, func(ctx context.Context) (err error) {
		book, err = s.service.Spreadsheets.Get(s.id).Ranges(ranges...).Fields(googleapi.Field(linkFields)).Context(ctx).Do()
		return err
	})
	if err != nil {
		return s.explain(err, nil)
	}
	t.Requests++
	for _, tab := range book.Sheets {
		for _, block := range tab.Data {
			putLinks(t, block)
		}
	}
	return nil
}

// hidesLinks tells whether a column has a text that is no link itself.
func hidesLinks(t *source.Table, column, first int) bool {
	for _, row := range t.Rows[min(first, len(t.Rows)):] {
		if column < len(row) && hidesLink(row[column]) {
			return true
		}
	}
	return false
}

func hidesLink(c source.Cell) bool {
	if c.Kind() != source.KindText {
		return false
	}
	words := strings.FieldsFunc(c.String(), func(r rune) bool { return strings.ContainsRune(" ,;\t\r\n", r) })
	for _, word := range words {
		lower := strings.ToLower(word)
		if !strings.HasPrefix(lower, "https://") && !strings.HasPrefix(lower, "http://") {
			return true
		}
	}
	return false
}

// putLinks puts the links of a block where only their texts stood.
func putLinks(t *source.Table, block *sheetsapi.GridData) {
	for i, data := range block.RowData {
		if data == nil {
			continue
		}
		row := int(block.StartRow) + i - (t.FirstRow - 1)
		for j, value := range data.Values {
			column := int(block.StartColumn) + j - t.FirstColumn
			if row < 0 || row >= len(t.Rows) || column < 0 || column >= len(t.Rows[row]) || !hidesLink(t.Rows[row][column]) {
				continue
			}
			if links := linksOf(value); len(links) > 0 {
				t.Rows[row][column] = source.Text(strings.Join(links, "\n"))
			}
		}
	}
}

// linksOf lists a cell's links in their order, each once. The link of the whole cell is empty when parts have several.
func linksOf(c *sheetsapi.CellData) []string {
	if c == nil {
		return nil
	}
	var links []string
	seen := map[string]bool{}
	add := func(uri string) {
		if uri != "" && !seen[uri] {
			seen[uri] = true
			links = append(links, uri)
		}
	}
	add(c.Hyperlink)
	for _, run := range c.ChipRuns {
		if run.Chip != nil && run.Chip.RichLinkProperties != nil {
			add(run.Chip.RichLinkProperties.Uri)
		}
	}
	for _, run := range c.TextFormatRuns {
		if run.Format != nil && run.Format.Link != nil {
			add(run.Format.Link.Uri)
		}
	}
	return links
}
