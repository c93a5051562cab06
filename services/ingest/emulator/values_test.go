package emulator_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sheetreel/sheetreel/services/ingest/emulator"
	"github.com/sheetreel/sheetreel/services/ingest/emulator/emulatortest"
)

type rows = [][]any

func TestValuesGet(t *testing.T) {
	api := client(t, emulatortest.Start(t, plan()))
	all := rows{{"Title", "Length", "Done", "Note"}, {"One", 45.0, true}, {}, {"Three", 0.5, false, "", "far"}}
	tests := []struct {
		text, where string
		want        rows
	}{
		{"Ideas", "Ideas!A1:Z1000", all},
		{"ideas!A:Z", "Ideas!A1:Z1000", all},
		{"A1:Z1000", "Ideas!A1:Z1000", all},
		{"Ideas!A2:Z", "Ideas!A2:Z1000", all[1:]},
		{"Ideas!3:4", "Ideas!A3:Z4", all[2:]},
		{"Ideas!B2", "Ideas!B2", rows{{45.0}}},
		{"Ideas!C2:B2", "Ideas!B2:C2", rows{{45.0, true}}},
		{"Ideas!D2:E3", "Ideas!D2:E3", nil},
		{"Ideas!A2:C3", "Ideas!A2:C3", rows{{"One", 45.0, true}}},
		{"titles", "Ideas!A1:A1000", rows{{"Title"}, {"One"}, {}, {"Three"}}},
		{"Corner", "Ideas!A1:B2", rows{{"Title", "Length"}, {"One", 45.0}}},
		{"'a/b ''c'''!A1:B", "'a/b ''c'''!A1:B1000", rows{{"slash"}}},
		{"'a/b ''c'''", "'a/b ''c'''!A1:Z1000", rows{{"slash"}}},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			got, err := api.Values.Get("demo", tt.text).ValueRenderOption("UNFORMATTED_VALUE").Do()
			if err != nil {
				t.Fatal(err)
			}
			if got.Range != tt.where || got.MajorDimension != "ROWS" {
				t.Errorf("range = %s by %s, want %s by ROWS", got.Range, got.MajorDimension, tt.where)
			}
			if diff := cmp.Diff(tt.want, got.Values); diff != "" {
				t.Errorf("values (-want +got):\n%s", diff)
			}
		})
	}
}

func TestValuesByColumns(t *testing.T) {
	api := client(t, emulatortest.Start(t, plan()))
	got, err := api.Values.Get("demo", "A1:D4").MajorDimension("COLUMNS").ValueRenderOption("UNFORMATTED_VALUE").Do()
	if err != nil {
		t.Fatal(err)
	}
	want := rows{{"Title", "One", "", "Three"}, {"Length", 45.0, "", 0.5}, {"Done", true, "", false}, {"Note"}}
	if diff := cmp.Diff(want, got.Values); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}

func TestBatchGetAnswersInOrder(t *testing.T) {
	s := emulatortest.Start(t, plan())
	got, err := client(t, s).Values.BatchGet("demo").Ranges("Ideas!A4", "titles", "Ideas!A1:B1").Do()
	if err != nil {
		t.Fatal(err)
	}
	var where []string
	for _, r := range got.ValueRanges {
		where = append(where, r.Range)
	}
	if diff := cmp.Diff([]string{"Ideas!A4", "Ideas!A1:A1000", "Ideas!A1:B1"}, where); diff != "" || got.SpreadsheetId != "demo" {
		t.Errorf("ranges of %s (-want +got):\n%s", got.SpreadsheetId, diff)
	}
	if n := len(s.Requests()); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

func TestValuesRefuseWrongRanges(t *testing.T) {
	api := client(t, emulatortest.Start(t, plan()))
	tests := map[string]string{
		"Nope!A1:Z":     "Unable to parse range: Nope!A1:Z",
		"Nope":          "Unable to parse range: Nope",
		"Ideas!":        "Unable to parse range: Ideas!",
		"'Ideas!A1":     "Unable to parse range: 'Ideas!A1",
		"'titles'":      "Unable to parse range: 'titles'",
		"Ideas!A1001":   "Range (Ideas!A1001) exceeds grid limits. Max rows: 1000, max columns: 26",
		"Ideas!AA1:AB1": "Range (Ideas!AA1:AB1) exceeds grid limits. Max rows: 1000, max columns: 26",
	}
	for text, want := range tests {
		_, err := api.Values.Get("demo", text).Do()
		if got := refusal(t, err); got.Code != 400 || got.Message != want {
			t.Errorf("%s: %d %q, want 400 %q", text, got.Code, got.Message, want)
		}
		_, err = api.Values.BatchGet("demo").Ranges("Ideas!A1", text).Do()
		if got := refusal(t, err); got.Code != 400 || got.Message != want {
			t.Errorf("batch of %s: %d %q, want 400 %q", text, got.Code, got.Message, want)
		}
	}
	_, err := api.Values.Get("demo", "Ideas").ValueRenderOption("PRETTY").Do()
	if got := refusal(t, err); got.Message != `Invalid value at 'value_render_option', "PRETTY"` {
		t.Errorf("message = %q", got.Message)
	}
}

func TestCSVFilesBecomeTypedTabs(t *testing.T) {
	ideas := csvFile(t, "ideas.csv", "\ufeffTitle,Length,Done,Code\r\n\"One, \"\"quoted\"\"\n second line\",45,true,007\nTwo,-1.5e2,FALSE,9:16,extra\n,,,\nÜber,,x,+5\n")
	more := csvFile(t, "My plan.CSV", "a\n")
	s := emulatortest.Start(t, emulator.Options{Files: map[string][]string{"demo": {ideas, more}}})
	api := client(t, s)
	got, err := api.Values.Get("demo", "ideas").ValueRenderOption("UNFORMATTED_VALUE").Do()
	if err != nil {
		t.Fatal(err)
	}
	want := rows{
		{"Title", "Length", "Done", "Code"},
		{"One, \"quoted\"\n second line", 45.0, true, 7.0},
		{"Two", -150.0, false, "9:16", "extra"},
		{},
		{"Über", "", "x", 5.0},
	}
	if diff := cmp.Diff(want, got.Values); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	formatted, err := api.Values.Get("demo", "ideas!B2:D3").Do()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(rows{{"45", "TRUE", "7"}, {"-150", "FALSE", "9:16"}}, formatted.Values); diff != "" {
		t.Errorf("formatted values (-want +got):\n%s", diff)
	}
	if _, err := api.Values.Get("demo", "'My plan'!A1").Do(); err != nil {
		t.Error(err)
	}
}

func TestEditsOfAFileShowUp(t *testing.T) {
	file := csvFile(t, "ideas.csv", "Title\nOne\n")
	s := emulatortest.Start(t, emulator.Options{Files: map[string][]string{"demo": {file}}})
	api := client(t, s)
	titles := func() rows {
		t.Helper()
		got, err := api.Values.Get("demo", "ideas!A2:A").Do()
		if err != nil {
			t.Fatal(err)
		}
		return got.Values
	}
	if diff := cmp.Diff(rows{{"One"}}, titles()); diff != "" {
		t.Errorf("before (-want +got):\n%s", diff)
	}
	writeCSV(t, file, "Title\nTwo\nThree\n")
	if diff := cmp.Diff(rows{{"Two"}, {"Three"}}, titles()); diff != "" {
		t.Errorf("after (-want +got):\n%s", diff)
	}
	writeCSV(t, file, "Title\n\"broken\n")
	_, err := api.Values.Get("demo", "ideas").Do()
	if got := refusal(t, err); got.Code != 503 {
		t.Errorf("a broken file: %v, want 503", got)
	}
	writeCSV(t, file, "Title\nFour\n")
	if diff := cmp.Diff(rows{{"Four"}}, titles()); diff != "" {
		t.Errorf("repaired (-want +got):\n%s", diff)
	}
}

func TestEditSortsRowsWhileAJobRuns(t *testing.T) {
	s := emulatortest.Start(t, plan())
	err := s.Edit("demo", "Ideas", func(r [][]any) [][]any { return [][]any{r[0], r[3], r[1]} })
	if err != nil {
		t.Fatal(err)
	}
	got, err := client(t, s).Values.Get("demo", "Ideas!A2:B").Do()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(rows{{"Three", "0.5"}, {"One", "45"}}, got.Values); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	if err := s.Edit("demo", "Ideas", func([][]any) [][]any { return [][]any{{struct{}{}}} }); err == nil {
		t.Error("a cell of no kind is accepted")
	}
	if _, err := s.Values("demo", "Nope"); err == nil {
		t.Error("an unknown tab has values")
	}
}

func TestNewRefuses(t *testing.T) {
	tests := map[string]emulator.Options{
		"nothing":      {},
		"no file":      {Files: map[string][]string{"demo": {"/nowhere/ideas.csv"}}},
		"not UTF-8":    {Files: map[string][]string{"demo": {csvFile(t, "x.csv", "\xff\xfe")}}},
		"odd id":       {Spreadsheets: []emulator.Spreadsheet{{ID: "a/b", Tabs: []emulator.Tab{{Title: "x"}}}}},
		"no tabs":      {Spreadsheets: []emulator.Spreadsheet{{ID: "a"}}},
		"same title":   {Spreadsheets: []emulator.Spreadsheet{{ID: "a", Tabs: []emulator.Tab{{Title: "x"}, {Title: "X"}}}}},
		"odd cell":     {Spreadsheets: []emulator.Spreadsheet{{ID: "a", Tabs: []emulator.Tab{{Title: "x", Rows: [][]any{{[]int{1}}}}}}}},
		"no such name": {Spreadsheets: []emulator.Spreadsheet{{ID: "a", Tabs: []emulator.Tab{{Title: "x"}}, NamedRanges: map[string]string{"n": "y!A1"}}}},
	}
	for name, options := range tests {
		if _, err := emulator.New(options); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
