package sheets

import (
	"context"
	"errors"

	"google.golang.org/api/googleapi"
	"google.golang.org/grpc/codes"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/ingest/source"
	"github.com/sheetreel/sheetreel/services/ingest/source/a1"
)

// Tab is a tab that is read as a whole, again and again, and written to. It is not safe for concurrent use.
type Tab struct {
	*sheet
	chosen selection
	book   *source.Table // what is known of the spreadsheet; nil before the first Read
}

// Snapshot is a tab as it was at one moment.
type Snapshot struct {
	// Table is the range that was asked for, down to the tab's end: rows that were inserted have pushed others below it.
	Table *source.Table
	// Rows are all cells of the tab. Rows[0] is the first row, and each row ends with its last filled cell.
	Rows [][]source.Cell
	// Width is how many columns the tab has room for.
	Width int
}

// Tab checks a request and makes its tab. It makes no request to Google.
func (c *Client) Tab(req Request) (*Tab, error) {
	src, err := c.Sheet(req)
	if err != nil {
		return nil, err
	}
	s := src.(*sheet)
	s.visibleOnly = false // what is hidden now may have been read before
	return &Tab{sheet: s}, nil
}

// CanWrite says why nothing can be written at all; nil when it can.
func (c *Client) CanWrite() error {
	switch {
	case c.identity.kind == byNothing:
		return noCredentials()
	case c.identity.kind == byKey:
		return refusedCredentials("results cannot be written back with an API key, which may only read; set --sheets-credentials to a service account's key file")
	case c.identity.kind != byEndpoint && !c.edits:
		return refusedCredentials("this server may only read sheets; start it with --sheets-write-back so that results can be written")
	}
	return nil
}

// Read reads the tab: one request, and one more the first time and after trouble, for what the spreadsheet is. Where it has
// to know merged cells it always takes two.
func (t *Tab) Read(ctx context.Context) (*Snapshot, error) {
	if t.book == nil || t.fillMerged {
		if err := t.open(ctx); err != nil {
			return nil, err
		}
	}
	answer, err := t.readValues(ctx, []string{a1.Reference{Tab: t.chosen.tab.Title, Area: a1.Whole()}.String()})
	if err != nil {
		t.book = nil
		return nil, t.explain(err, nil)
	}
	snap := &Snapshot{Width: int(t.chosen.tab.GridProperties.ColumnCount)}
	for _, row := range answer.ValueRanges[0].Values {
		cells := make([]source.Cell, filled(row))
		for i := range cells {
			cells[i] = cell(row[i])
		}
		snap.Rows = append(snap.Rows, cells)
		snap.Width = max(snap.Width, len(cells))
	}
	if n := len(snap.Rows); n > maxRows {
		return nil, errs.New(codes.FailedPrecondition, errorsv1.ErrorReason_SHEET_RANGE_INVALID,
			"results are not written into a tab with more than 50,000 rows", "tab", t.chosen.tab.Title)
	}
	snap.Table = t.table(snap.Rows)
	return snap, nil
}

// open finds out what the spreadsheet is and which tab is meant.
func (t *Tab) open(ctx context.Context) error {
	book, err := t.readBook(ctx)
	if err != nil {
		return t.explain(err, nil)
	}
	if t.chosen, err = choose(t.location, book); err != nil {
		return err
	}
	t.book = &source.Table{Tab: t.chosen.tab.Title, FrozenRows: max(int(t.chosen.tab.GridProperties.FrozenRowCount), t.chosen.headerRow())}
	if p := book.Properties; p != nil {
		t.book.Title, t.book.Locale, t.book.TimeZone = p.Title, p.Locale, p.TimeZone
	}
	return nil
}

// table cuts the range out of the tab, with copies of its cells.
func (t *Tab) table(rows [][]source.Cell) *source.Table {
	area := t.chosen.area
	right := area.Right + 1
	if right >= int(t.chosen.tab.GridProperties.ColumnCount) {
		right = maxColumns // the range is as wide as the tab, which may have grown
	}
	table := *t.book
	table.Range, table.FirstRow, table.FirstColumn = t.chosen.String(), area.Top+1, area.Left
	width := 0
	for _, row := range rows[min(area.Top, len(rows)):] {
		width = max(width, min(len(row), right)-area.Left)
	}
	for _, row := range rows[min(area.Top, len(rows)):] {
		cells := make([]source.Cell, width)
		if len(row) > area.Left {
			copy(cells, row[area.Left:])
		}
		table.Rows = append(table.Rows, cells)
	}
	if t.fillMerged {
		fillMerged(&table, t.chosen.sheet.Merges)
	}
	return &table
}

// explainWrite is explain for a request that writes.
func (t *Tab) explainWrite(err error) error {
	var api *googleapi.Error
	if errors.As(err, &api) && api.Code == 403 && !isUsageLimit(api) && !isDisabled(api, infoOf(api)) && infoOf(api).reason == "" {
		who := t.identity.String()
		if t.identity.email != "" {
			who = t.identity.email
		}
		if t.identity.kind == byEndpoint {
			who = "Sheetreel"
		}
		return errs.New(codes.FailedPrecondition, errorsv1.ErrorReason_SHEET_NOT_SHARED,
			"results cannot be written because the sheet is shared for viewing only; choose Share and make "+who+" Editor",
			"account", t.identity.email, "spreadsheet_id", t.id)
	}
	return t.explain(err, nil)
}
