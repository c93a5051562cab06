package emulator_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"google.golang.org/api/googleapi"
	"google.golang.org/api/option"
	"google.golang.org/api/sheets/v4"

	"github.com/sheetreel/sheetreel/services/ingest/emulator"
	"github.com/sheetreel/sheetreel/services/ingest/emulator/emulatortest"
)

// client is Google's own, pointed at the emulator.
func client(t *testing.T, s *emulatortest.Server, options ...option.ClientOption) *sheets.SpreadsheetsService {
	t.Helper()
	if len(options) == 0 {
		options = []option.ClientOption{option.WithoutAuthentication()}
	}
	service, err := sheets.NewService(t.Context(), append(options, option.WithEndpoint(s.URL))...)
	if err != nil {
		t.Fatal(err)
	}
	return service.Spreadsheets
}

// plan is a spreadsheet with one tab of typed cells and some others.
func plan() emulator.Options {
	return emulator.Options{Spreadsheets: []emulator.Spreadsheet{{
		ID: "demo", Title: "Plan",
		Tabs: []emulator.Tab{
			{Title: "Ideas", FrozenRows: 1, Rows: [][]any{
				{"Title", "Length", "Done", "Note"},
				{"One", 45, true},
				{},
				{"Three", 0.5, false, nil, "far"},
				{nil, nil},
			}},
			{Title: "a/b 'c'", ID: 20, Hidden: true, Rows: [][]any{{"slash"}}},
		},
		NamedRanges: map[string]string{"titles": "Ideas!A:A", "corner": "Ideas!A1:B2"},
	}}}
}

func writeCSV(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func csvFile(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	writeCSV(t, path, content)
	return path
}

// refusal gives the API error of a call that must fail.
func refusal(t *testing.T, err error) *googleapi.Error {
	t.Helper()
	var api *googleapi.Error
	if !errors.As(err, &api) {
		t.Fatalf("error = %v, want one of the API", err)
	}
	return api
}
