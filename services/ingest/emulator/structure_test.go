package emulator_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/api/option"
	"google.golang.org/api/sheets/v4"

	"github.com/sheetreel/sheetreel/services/ingest/emulator"
	"github.com/sheetreel/sheetreel/services/ingest/emulator/emulatortest"
)

func appendColumns(tab int64, n int64) *sheets.BatchUpdateSpreadsheetRequest {
	return &sheets.BatchUpdateSpreadsheetRequest{Requests: []*sheets.Request{{AppendDimension: &sheets.AppendDimensionRequest{
		SheetId: tab, Dimension: "COLUMNS", Length: n, ForceSendFields: []string{"SheetId"},
	}}}}
}

func TestAppendDimension(t *testing.T) {
	api := client(t, emulatortest.Start(t, plan()))
	beyond := update("RAW", &sheets.ValueRange{Range: "Ideas!AB1", Values: rows{{"x"}}})
	if _, err := api.Values.BatchUpdate("demo", beyond).Do(); refusal(t, err).Code != 400 {
		t.Errorf("a write beyond the grid: %v", err)
	}
	if _, err := api.BatchUpdate("demo", appendColumns(0, 2)).Do(); err != nil {
		t.Fatal(err)
	}
	if _, err := api.Values.BatchUpdate("demo", beyond).Do(); err != nil {
		t.Errorf("after two columns more: %v", err)
	}
	for name, request := range map[string]*sheets.BatchUpdateSpreadsheetRequest{
		"no request": {}, "unknown tab": appendColumns(7, 1), "no length": appendColumns(0, 0),
		"something else": {Requests: []*sheets.Request{{DeleteSheet: &sheets.DeleteSheetRequest{SheetId: 20}}}},
	} {
		if _, err := api.BatchUpdate("demo", request).Do(); refusal(t, err).Code != 400 {
			t.Errorf("%s: %v, want a 400", name, err)
		}
	}
}

func TestSlowAndTruncatedAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, err := emulator.New(plan())
		if err != nil {
			t.Fatal(err)
		}
		service, err := sheets.NewService(t.Context(), option.WithHTTPClient(&http.Client{Transport: emulatortest.Transport(e)}), option.WithEndpoint("http://emulator"))
		if err != nil {
			t.Fatal(err)
		}
		e.Inject(emulator.Fault{Slow: 20 * time.Second}, emulator.Fault{Truncate: true})
		start := time.Now()
		if _, err := service.Spreadsheets.Values.Get("demo", "Ideas").Do(); err != nil || time.Since(start) != 20*time.Second {
			t.Errorf("the slow answer came after %v with %v", time.Since(start), err)
		}
		get := service.Spreadsheets.Values.Get("demo", "Ideas")
		get.Header().Set("Accept-Encoding", "gzip") // what net/http does by itself
		if _, err := get.Do(); err == nil {
			t.Errorf("a truncated answer is understood: %v", err)
		}
	})
}
