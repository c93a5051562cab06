package emulator_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/sheets/v4"

	"github.com/sheetreel/sheetreel/services/ingest/emulator/emulatortest"
)

func update(option string, data ...*sheets.ValueRange) *sheets.BatchUpdateValuesRequest {
	return &sheets.BatchUpdateValuesRequest{ValueInputOption: option, Data: data}
}

func TestBatchUpdateRaw(t *testing.T) {
	s := emulatortest.Start(t, plan())
	got, err := client(t, s).Values.BatchUpdate("demo", update("RAW",
		&sheets.ValueRange{Range: "Ideas!A2:D2", Values: rows{{nil, "", "=1+1", "=HYPERLINK()"}}},
		&sheets.ValueRange{Range: "Ideas!F5", Values: rows{{12, true}, {"'x"}}},
		&sheets.ValueRange{Range: "Ideas!H1:H2", MajorDimension: "COLUMNS", Values: rows{{"status", "007"}}},
	)).Do()
	if err != nil {
		t.Fatal(err)
	}
	if got.TotalUpdatedCells != 8 || got.TotalUpdatedSheets != 1 || got.TotalUpdatedRows != 4 || got.TotalUpdatedColumns != 6 {
		t.Errorf("totals = %+v", got)
	}
	var where []string
	for _, r := range got.Responses {
		where = append(where, r.UpdatedRange)
	}
	if diff := cmp.Diff([]string{"Ideas!A2:D2", "Ideas!F5:G6", "Ideas!H1:H2"}, where); diff != "" {
		t.Errorf("ranges (-want +got):\n%s", diff)
	}
	values, err := s.Values("demo", "Ideas")
	if err != nil {
		t.Fatal(err)
	}
	want := rows{
		{"Title", "Length", "Done", "Note", nil, nil, nil, "status"},
		{"One", nil, "=1+1", "=HYPERLINK()", nil, nil, nil, "007"},
		{},
		{"Three", 0.5, false, nil, "far"},
		{nil, nil, nil, nil, nil, 12.0, true},
		{nil, nil, nil, nil, nil, "'x"},
	}
	if diff := cmp.Diff(want, values); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}

func TestBatchUpdateUserEntered(t *testing.T) {
	api := client(t, emulatortest.Start(t, plan()))
	typed := []any{"12.5", "true", "15%", "2026-11-24", "0:45:00", "=1+1", "'007", "text", 3}
	_, err := api.Values.BatchUpdate("demo", update("USER_ENTERED", &sheets.ValueRange{Range: "Ideas!A10", Values: rows{typed}})).Do()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		value, time string
		want        []any
	}{
		{"UNFORMATTED_VALUE", "SERIAL_NUMBER", []any{12.5, true, 0.15, 46350.0, 0.03125, "#ERROR!", "007", "text", 3.0}},
		{"UNFORMATTED_VALUE", "FORMATTED_STRING", []any{12.5, true, 0.15, "2026-11-24", "0:45:00", "#ERROR!", "007", "text", 3.0}},
		{"FORMATTED_VALUE", "SERIAL_NUMBER", []any{"12.5", "TRUE", "15%", "2026-11-24", "0:45:00", "#ERROR!", "007", "text", "3"}},
		{"FORMULA", "SERIAL_NUMBER", []any{12.5, true, 0.15, 46350.0, 0.03125, "=1+1", "007", "text", 3.0}},
	}
	for _, tt := range tests {
		got, err := api.Values.Get("demo", "Ideas!A10:I10").ValueRenderOption(tt.value).DateTimeRenderOption(tt.time).Do()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(rows{tt.want}, got.Values); diff != "" {
			t.Errorf("%s, %s (-want +got):\n%s", tt.value, tt.time, diff)
		}
	}
}

func TestBatchUpdateRefusesAndWritesNothing(t *testing.T) {
	tests := []struct {
		name    string
		request *sheets.BatchUpdateValuesRequest
		want    string
	}{
		{"no option", update("", &sheets.ValueRange{Range: "Ideas!A1", Values: rows{{"x"}}}), "'valueInputOption' is required but not specified"},
		{"odd option", update("COOKED"), `Invalid value at 'value_input_option', "COOKED"`},
		{"unknown tab", update("RAW", &sheets.ValueRange{Range: "Nope!A1", Values: rows{{"x"}}}), "Unable to parse range: Nope!A1"},
		{"too many columns", update("RAW", &sheets.ValueRange{Range: "Ideas!A1:B2", Values: rows{{"x", "y", "z"}}}), "Requested writing within range [Ideas!A1:B2], but tried writing to column [C]"},
		{"too many rows", update("RAW", &sheets.ValueRange{Range: "Ideas!A1:B1", Values: rows{{"x"}, {"y"}}}), "Requested writing within range [Ideas!A1:B1], but tried writing to row [2]"},
		{"beyond the sheet", update("RAW", &sheets.ValueRange{Range: "Ideas!Z1000", Values: rows{{"x", "y"}}}), "Range (Ideas!AA1000) exceeds grid limits. Max rows: 1000, max columns: 26"},
		{"below the sheet", update("RAW", &sheets.ValueRange{Range: "Ideas!A1001", Values: rows{{"x"}}}), "Range (Ideas!A1001) exceeds grid limits. Max rows: 1000, max columns: 26"},
		{"odd value", update("RAW", &sheets.ValueRange{Range: "Ideas!A1", Values: rows{{map[string]any{"a": 1}}}}), "Invalid values[0][0]: a cell cannot hold a map[string]interface {}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := emulatortest.Start(t, plan())
			before, err := s.Values("demo", "Ideas")
			if err != nil {
				t.Fatal(err)
			}
			fine := &sheets.ValueRange{Range: "Ideas!A1", Values: rows{{"written"}}}
			tt.request.Data = append([]*sheets.ValueRange{fine}, tt.request.Data...)
			_, err = client(t, s).Values.BatchUpdate("demo", tt.request).Do()
			if got := refusal(t, err); got.Code != 400 || got.Message != tt.want {
				t.Errorf("%d %q, want 400 %q", got.Code, got.Message, tt.want)
			}
			after, err := s.Values("demo", "Ideas")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(before, after); diff != "" {
				t.Errorf("something was written (-before +after):\n%s", diff)
			}
		})
	}
}
