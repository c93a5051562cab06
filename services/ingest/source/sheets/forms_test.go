package sheets_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sheetreel/sheetreel/services/ingest/emulator"
	"github.com/sheetreel/sheetreel/services/ingest/source"
	"github.com/sheetreel/sheetreel/services/ingest/source/sheets"
)

func TestNumbersReadAsTheSheetShowsThem(t *testing.T) {
	b := setup(t, emulator.Options{Spreadsheets: []emulator.Spreadsheet{{ID: "plan", Tabs: []emulator.Tab{{Title: "Ideas", Rows: [][]any{
		{"Title", "Discount", "Launch", "At", "Opens", "Episode", "Price"}, {"One", nil, nil, nil, nil, 1, 9.5}, {"Two", 2, nil, nil, nil, 2, 12},
	}}}}}})
	typed := `{"valueInputOption":"USER_ENTERED","data":[{"range":"Ideas!B2:E2","values":[["15%","2026-11-24","2026-11-24 14:30","9:05"]]}]}`
	answer, err := http.Post(b.server.URL+"/v4/spreadsheets/plan/values:batchUpdate", "application/json", strings.NewReader(typed))
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()

	src, err := b.client.Sheet(sheets.Request{Spreadsheet: "plan", Project: "demo", User: "ada"})
	if err != nil {
		t.Fatal(err)
	}
	table, err := src.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	formed := src.(source.Formed)
	if err := formed.ReadForms(t.Context(), table, []int{5}, 1); err != nil || table.Requests != 2 {
		t.Errorf("small whole numbers took %d requests, error %v; want none besides the two of the sheet", table.Requests, err)
	}
	if err := formed.ReadForms(t.Context(), table, []int{1, 2, 3, 4, 5, 6}, 1); err != nil || table.Requests != 3 {
		t.Errorf("%d requests, error %v; want one more", table.Requests, err)
	}
	var got [][]string
	for _, row := range table.Rows[1:] {
		var texts []string
		for _, cell := range row {
			texts = append(texts, cell.String())
		}
		got = append(got, texts)
	}
	want := [][]string{{"One", "15%", "2026-11-24", "2026-11-24 14:30", "9:05", "1", "9.5"}, {"Two", "200%", "", "", "", "2", "12"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("cells (-want +got):\n%s", diff)
	}
}
