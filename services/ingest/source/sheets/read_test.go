package sheets_test

import (
	"fmt"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sheetreel/sheetreel/services/ingest/emulator"
	"github.com/sheetreel/sheetreel/services/ingest/source"
)

func TestReadGivesATypedTableForTwoRequests(t *testing.T) {
	b := setup(t, team())
	got := mustRead(t, b, "https://docs.google.com/spreadsheets/d/team/edit#gid=11", "")
	text, number, truth, empty := source.Text, source.Number, source.Bool, source.Cell{}
	want := &source.Table{
		Key: "google_sheet/team/11", Whole: true, Title: "Team plan", Tab: "Ideas", Range: "Ideas!A1:Z1000", Locale: "de_DE", TimeZone: "Europe/Berlin",
		FirstRow: 1, FirstColumn: 0, FrozenRows: 1, Requests: 2,
		Rows: [][]source.Cell{
			{text("Title"), text("Duration"), text("Approved")},
			{text("One"), number(45), truth(true)},
			{empty, empty, empty},
			{text("Three"), number(0), truth(false)},
			{empty, text("#REF!"), empty},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
	if got.Rows[4][1].Kind() != source.KindError {
		t.Errorf("kind of #REF! = %v, want an error", got.Rows[4][1].Kind())
	}
	wantRequests := []emulator.Request{
		{
			Method: "GET", Path: "/v4/spreadsheets/team", Account: "anyone", Status: 200,
			Query: url.Values{"alt": {"json"}, "prettyPrint": {"false"}, "fields": {"properties(title,locale,timeZone),sheets(properties(sheetId,title,hidden,gridProperties(rowCount,columnCount,frozenRowCount)),tables(name,range,columnProperties(columnIndex,columnType,dataValidationRule(condition(type,values(userEnteredValue))))),data(startRow,rowMetadata(hiddenByUser,hiddenByFilter))),namedRanges"}},
		},
		{
			Method: "GET", Path: "/v4/spreadsheets/team/values:batchGet", Account: "anyone", Status: 200,
			Query: url.Values{
				"alt": {"json"}, "prettyPrint": {"false"}, "fields": {"valueRanges(values)"}, "ranges": {"Ideas!A1:Z1000"}, "majorDimension": {"ROWS"},
				"valueRenderOption": {"UNFORMATTED_VALUE"}, "dateTimeRenderOption": {"SERIAL_NUMBER"},
			},
		},
	}
	if diff := cmp.Diff(wantRequests, b.server.Requests()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	charge := map[string]string{"action": "sheets.read", "project": "demo", "user": "ada", "sheet": "team"}
	if diff := cmp.Diff([]map[string]string{charge, charge}, b.quota.granted); diff != "" {
		t.Errorf("quota (-want +got):\n%s", diff)
	}
}

func TestReadUnderstandsRanges(t *testing.T) {
	const link = "https://docs.google.com/spreadsheets/d/team/edit?gid=13#gid=13"
	tests := []struct {
		name, spreadsheet, text string
		want                    string
		firstRow, firstColumn   int
		first                   string
	}{
		{"first visible tab", "team", "", "Ideas!A1:Z1000", 1, 0, "Title"},
		{"tab of the link", link, "", "'Q4'!A1:Z1000", 1, 0, "fourth quarter"},
		{"tab", "team", "ideas", "Ideas!A1:Z1000", 1, 0, "Title"},
		{"tab that looks like a cell", "team", "Q4", "'Q4'!A1:Z1000", 1, 0, "fourth quarter"},
		{"tab that needs quotes", "team", "It's a/b plan!", "'It''s a/b plan!'!A1:Z1000", 1, 0, "quoted"},
		{"quoted tab", "team", "'It''s a/b plan!'", "'It''s a/b plan!'!A1:Z1000", 1, 0, "quoted"},
		{"quoted tab with cells", "team", "'It''s a/b plan!'!A:A", "'It''s a/b plan!'!A1:A1000", 1, 0, "quoted"},
		{"hidden tab by name", "team", "Archive", "Archive!A1:Z1000", 1, 0, "old"},
		{"cells of the first visible tab", "team", "B2:C4", "Ideas!B2:C4", 2, 1, "45"},
		{"cells of the link's tab", link, "A1:B2", "'Q4'!A1:B2", 1, 0, "fourth quarter"},
		{"open end", "team", "Ideas!A2:Z", "Ideas!A2:Z1000", 2, 0, "One"},
		{"columns", "team", "Ideas!B:C", "Ideas!B1:C1000", 1, 1, "Duration"},
		{"rows", "team", "Ideas!2:4", "Ideas!A2:Z4", 2, 0, "One"},
		{"wider than the sheet", "team", "Ideas!A1:ZZ99999", "Ideas!A1:Z1000", 1, 0, "Title"},
		{"named range", "team", "best", "Ideas!A1:B2", 1, 0, "Title"},
		{"table", "team", "Backlog", "'Q4'!B3:C5", 3, 1, "Title"},
		{"open named range", "team", "Durations", "Ideas!B1:B1000", 1, 1, "Duration"},
		{"range of the link", "https://docs.google.com/spreadsheets/d/team/edit#gid=11&range=B2:C2", "", "Ideas!B2:C2", 2, 1, "45"},
		{"range before the link's", "https://docs.google.com/spreadsheets/d/team/edit#gid=11&range=B2:C2", "best", "Ideas!A1:B2", 1, 0, "Title"},
	}
	b := setup(t, team())
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := mustRead(t, b, tt.spreadsheet, tt.text)
			if got.Range != tt.want || got.FirstRow != tt.firstRow || got.FirstColumn != tt.firstColumn {
				t.Errorf("read %s from row %d, column %d; want %s, %d, %d",
					got.Range, got.FirstRow, got.FirstColumn, tt.want, tt.firstRow, tt.firstColumn)
			}
			if len(got.Rows) == 0 || got.Rows[0][0].String() != tt.first {
				t.Errorf("rows = %v, want %q first", got.Rows, tt.first)
			}
		})
	}
}

func TestReadJoinsLongSheetsFromOneCall(t *testing.T) {
	const last = 12_001
	rows := make([][]any, last)
	for i := range rows {
		if i < 4990 || i > 5010 { // a gap across the end of the first chunk
			rows[i] = []any{fmt.Sprintf("row %d", i+1)}
		}
	}
	rows[last-1] = []any{"end", nil, "wide"}
	b := setup(t, emulator.Options{Spreadsheets: []emulator.Spreadsheet{{ID: "long", Tabs: []emulator.Tab{{Title: "Ideas", Rows: rows, GridRows: 13_000}}}}})
	got := mustRead(t, b, "long", "A3:C")
	if len(got.Rows) != last-2 {
		t.Fatalf("%d rows, want %d", len(got.Rows), last-2)
	}
	for i, row := range got.Rows[:last-3] {
		want := ""
		if n := i + 2; n < 4990 || n > 5010 {
			want = fmt.Sprintf("row %d", n+1)
		}
		if len(row) != 3 || row[0].String() != want {
			t.Fatalf("row %d = %v, want %q and two empty cells", got.FirstRow+i, row, want)
		}
	}
	if end := got.Rows[last-3]; end[0].String() != "end" || end[2].String() != "wide" {
		t.Errorf("last row = %v", end)
	}
	requests := b.server.Requests()
	want := []string{"Ideas!A3:C5002", "Ideas!A5003:C10002", "Ideas!A10003:C13000"}
	if diff := cmp.Diff(want, requests[len(requests)-1].Query["ranges"]); len(requests) != 2 || diff != "" {
		t.Errorf("%d requests; ranges of the last (-want +got):\n%s", len(requests), diff)
	}
}

func TestReadAnEmptyTab(t *testing.T) {
	b := setup(t, emulator.Options{Spreadsheets: []emulator.Spreadsheet{{ID: "empty", Tabs: []emulator.Tab{{Title: "Nothing"}}}}})
	if got := mustRead(t, b, "empty", ""); len(got.Rows) != 0 || got.Range != "Nothing!A1:Z1000" {
		t.Errorf("table = %+v, want no rows", got)
	}
}
