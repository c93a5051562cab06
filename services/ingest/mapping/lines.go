package mapping

import (
	"github.com/sheetreel/sheetreel/services/ingest/clean"
	"github.com/sheetreel/sheetreel/services/ingest/source"
)

// finish looks around a header that was found: titles of groups above it tell columns apart, and a row below it
// that says the same in other words (another language, for example) belongs to it.
func (c *Catalog) finish(t *source.Table, h *Header) *Header {
	if h.Index > 0 {
		c.group(h, titles(t.Rows[h.Index-1]))
	}
	for h.First() < len(t.Rows) && h.Lines < 3 && c.repeats(h, c.look(t, h.First(), false)) {
		h.Lines++
	}
	h.Format = c.formatOf(h)
	return h
}

// titles reads the row above a header as titles of groups of columns, as merged cells give them: the title stands
// in the first column of its group. It gives nil when the row is none: it needs two titles or more, and a gap.
func titles(row []source.Cell) []string {
	var out []string
	count, gaps, title := 0, 0, ""
	for _, cell := range row {
		text := clean.Line(cell.String())
		switch {
		case text != "" && (cell.Kind() != source.KindText || len([]rune(text)) > longestHeader):
			return nil
		case text != "":
			title = text
			count++
		case title != "":
			gaps++
		}
		out = append(out, title)
	}
	if count < 2 || gaps == 0 {
		return nil
	}
	return out
}

// group names columns by their group and their header, when the header alone is unknown or taken: "Voice" over
// "Name" is the voice's name.
func (c *Catalog) group(h *Header, titles []string) {
	owners := h.owners()
	for i := range h.Columns {
		column := &h.Columns[i]
		if i >= len(titles) || titles[i] == "" || column.Header == "" || column.Field != "" {
			continue
		}
		together := titles[i] + " " + column.Header
		field, known := c.Match(together)
		if _, taken := owners[string(field)]; known && !taken {
			delete(owners, column.Target())
			column.Field, column.Variable, column.Suggestion, column.RepeatOf = field, "", "", ""
			owners[column.Target()] = column.Letter
			continue
		}
		if _, taken := owners["var:"+together]; column.RepeatOf != "" && !taken {
			delete(owners, column.Target())
			column.Variable, column.RepeatOf = together, ""
			owners[column.Target()] = column.Letter
		}
	}
}

// repeats tells whether a row below the header is the header once more: it is a header of its own, and the
// fields that both name stand in the same columns.
func (c *Catalog) repeats(h, below *Header) bool {
	if !below.accepted() {
		return false
	}
	same := 0
	for i, column := range below.Columns {
		if column.Field == "" {
			continue
		}
		if i >= len(h.Columns) || h.Columns[i].Field != column.Field {
			return false
		}
		same++
	}
	return same >= minMatches
}
