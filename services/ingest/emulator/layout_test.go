package emulator_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/googleapi"

	"github.com/sheetreel/sheetreel/services/ingest/emulator"
	"github.com/sheetreel/sheetreel/services/ingest/emulator/emulatortest"
)

func shaped() emulator.Options {
	return emulator.Options{Spreadsheets: []emulator.Spreadsheet{{ID: "demo", Tabs: []emulator.Tab{{
		Title: "Ideas", ID: 5, GridRows: 4, GridWidth: 3, Rows: [][]any{{"Title"}, {"One"}},
		Tables: map[string]string{"Plan": "A1:B3"}, Merges: []string{"B2:C3"}, HiddenRows: []int{2}, FilterRows: []int{4},
		Links: map[string]string{"B2": "https://a.example/"}, Chips: map[string][]string{"C3": {"https://b.example/", "https://c.example/"}},
	}}}}}
}

func TestMasksSelectTheShapeOfATab(t *testing.T) {
	api := client(t, emulatortest.Start(t, shaped()))
	tests := []struct {
		mask, ranges, want string
	}{
		{"sheets(tables(name,range))", "", `{"sheets":[{"tables":[{"name":"Plan","range":{"endColumnIndex":2,"endRowIndex":3,"sheetId":5,"startColumnIndex":0,"startRowIndex":0}}]}]}`},
		{"sheets.merges", "", `{"sheets":[{"merges":[{"endColumnIndex":3,"endRowIndex":3,"sheetId":5,"startColumnIndex":1,"startRowIndex":1}]}]}`},
		{"sheets.data.rowMetadata(hiddenByUser,hiddenByFilter)", "", `{"sheets":[{"data":[{"rowMetadata":[{},{"hiddenByUser":true},{},{"hiddenByFilter":true}]}]}]}`},
		{
			"sheets.data(startRow,startColumn,rowData.values(hyperlink,chipRuns.chip.richLinkProperties.uri))", "Ideas!B2:C4",
			`{"sheets":[{"data":[{"startRow":1,"startColumn":1,"rowData":[{"values":[{"hyperlink":"https://a.example/"}]},{"values":[{},{"chipRuns":[{"chip":{"richLinkProperties":{"uri":"https://b.example/"}}},{"chip":{"richLinkProperties":{"uri":"https://c.example/"}}}]}]}]}]}]}`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.mask, func(t *testing.T) {
			call := api.Get("demo").Fields(googleapi.Field(tt.mask))
			if tt.ranges != "" {
				call = call.Ranges(tt.ranges)
			}
			got, err := call.Do()
			if err != nil {
				t.Fatal(err)
			}
			// The client leaves out what is zero, so both go through it.
			want := *got
			want.Sheets = nil
			if err := json.Unmarshal([]byte(tt.want), &want); err != nil {
				t.Fatal(err)
			}
			gotJSON, wantJSON := encoded(t, got), encoded(t, &want)
			if diff := cmp.Diff(wantJSON, gotJSON); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}

func encoded(t *testing.T, v any) string {
	t.Helper()
	content, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestGridDataNeedsAMaskOfWhatIsThere(t *testing.T) {
	api := client(t, emulatortest.Start(t, shaped()))
	_, whole := api.Get("demo").IncludeGridData(true).Do()
	_, bare := api.Get("demo").Fields("sheets.data").Do()
	_, other := api.Get("demo").Fields("sheets.data.rowData.values.note").Do()
	for want, err := range map[int]error{501: whole, 400: other} {
		if got := refusal(t, err); got.Code != want {
			t.Errorf("%d %s, want %d", got.Code, got.Body, want)
		}
	}
	if got := refusal(t, bare); got.Code != 501 {
		t.Errorf("bare mask: %d", got.Code)
	}
}

func TestBrokenShapesAreRefused(t *testing.T) {
	for name, tab := range map[string]emulator.Tab{
		"table": {Tables: map[string]string{"Plan": "A:B"}}, "merge": {Merges: []string{"Ideas!A1:B2"}}, "link": {Links: map[string]string{"here": "https://a.example/"}},
	} {
		tab.Title = "Ideas"
		if _, err := emulator.New(emulator.Options{Spreadsheets: []emulator.Spreadsheet{{ID: "demo", Tabs: []emulator.Tab{tab}}}}); err == nil {
			t.Errorf("a broken %s is taken", name)
		}
	}
}
