package writeback

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/grpc/codes"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/ingest/clean"
	"github.com/sheetreel/sheetreel/services/ingest/mapping"
	"github.com/sheetreel/sheetreel/services/ingest/source"
	"github.com/sheetreel/sheetreel/services/ingest/source/sheets"
)

// layout says where our columns are. Rows and columns count from 0.
type layout struct {
	header  int             // row of the header
	columns [7]int          // those to be made included
	create  []sheets.Update // headers that are missing
	width   int             // columns that the tab needs
}

// findColumns finds our columns by name, and a place for those that are missing: to the right of everything. A column with
// a name of ours and the content of somebody else is left alone; another name is used.
func findColumns(rows [][]source.Cell, header, first int) layout {
	l := layout{header: header}
	for _, row := range rows {
		l.width = max(l.width, len(row))
	}
	var head []source.Cell
	if header < len(rows) {
		head = rows[header]
	}
	// What stands beside the names of video jobs is ours, and so is an empty column.
	jobColumn, _ := pick(head, rows, first, mapping.Results()[columnJob], func(cells []source.Cell) bool {
		return slices.ContainsFunc(cells, func(c source.Cell) bool { return bulkOf(c.String()) != "" })
	})
	next := l.width
	for i, name := range mapping.Results() {
		column, free := pick(head, rows, first, name, func([]source.Cell) bool { return jobColumn >= 0 })
		if column < 0 {
			column = next
			next++
			l.create = append(l.create, sheets.Update{Row: header, Column: column, Value: source.Text(free)})
		}
		l.columns[i] = column
	}
	l.width = max(l.width, next)
	return l
}

// pick gives the column that has a name of ours, the last one of its kind, if its content is ours, and else the name that a
// new one may have.
func pick(head []source.Cell, rows [][]source.Cell, first int, name string, ours func(filled []source.Cell) bool) (column int, free string) {
	column = -1
	for _, candidate := range mapping.ResultNames(name) {
		at := slices.IndexFunc(head, func(c source.Cell) bool { return clean.Key(c.String()) == clean.Key(candidate) })
		if at < 0 {
			free = candidate
			break
		}
		column = at
	}
	if column < 0 {
		return column, free
	}
	var filled []source.Cell
	for _, row := range rows[min(first, len(rows)):] {
		if c := cellAt(row, column); !c.IsEmpty() {
			filled = append(filled, c)
		}
	}
	if len(filled) == 0 || free == "" || ours(filled) {
		return column, ""
	}
	return -1, free
}

func cellAt(row []source.Cell, column int) source.Cell {
	if column < len(row) {
		return row[column]
	}
	return source.Cell{}
}

// at gives what stands in our columns of a row.
func (l layout) at(rows [][]source.Cell, row int) (v values) {
	if row >= len(rows) {
		return v
	}
	for i, column := range l.columns {
		v[i] = cellAt(rows[row], column)
	}
	return v
}

// fieldsOf are the headers that feed fields.
func fieldsOf(h *mapping.Header) map[string]string {
	fields := map[string]string{}
	for _, c := range h.Columns {
		if c.Field != "" {
			fields[string(c.Field)] = clean.Key(c.Header)
		}
	}
	return fields
}

// checkHeader refuses a table whose header is no longer that of the import: then nobody knows what its rows are.
func checkHeader(report *ingestv1.ImportReport, fields map[string]string) error {
	if report == nil {
		return nil
	}
	id := false
	for _, c := range report.GetColumns() {
		if c.GetField() == "" || strings.HasPrefix(c.GetField(), "var:") {
			continue
		}
		id = id || c.GetField() == string(mapping.ID)
		if fields[c.GetField()] != clean.Key(c.GetHeader()) {
			return headerChanged(fmt.Sprintf("the column %q, which it had when the ideas were read, is not there any more; put its header back", c.GetHeader()))
		}
	}
	if _, now := fields[string(mapping.ID)]; now && !id {
		return headerChanged(fmt.Sprintf("the column %q names rows now, which it did not when the ideas were read; give it another header", fields[string(mapping.ID)]))
	}
	return nil
}

func headerChanged(problem string) error {
	return errs.New(codes.FailedPrecondition, errorsv1.ErrorReason_HEADER_NOT_FOUND, "results are not written because the sheet's header was changed: "+problem)
}
