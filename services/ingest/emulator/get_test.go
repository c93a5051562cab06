package emulator_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/googleapi"

	"github.com/sheetreel/sheetreel/services/ingest/emulator/emulatortest"
)

func TestGetKeepsWhatTheMaskNames(t *testing.T) {
	const ideas, other = `{"sheetId":0,"title":"Ideas","index":0,"sheetType":"GRID","gridProperties":{"rowCount":1000,"columnCount":26,"frozenRowCount":1}}`,
		`{"sheetId":20,"title":"a/b 'c'","index":1,"sheetType":"GRID","hidden":true,"gridProperties":{"rowCount":1000,"columnCount":26}}`
	const named = `[{"namedRangeId":"corner","name":"corner","range":{"sheetId":0,"startColumnIndex":0,"startRowIndex":0,"endColumnIndex":2,"endRowIndex":2}},
		{"namedRangeId":"titles","name":"titles","range":{"sheetId":0,"startColumnIndex":0,"endColumnIndex":1}}]`
	const whole = `{"spreadsheetId":"demo","spreadsheetUrl":"https://docs.google.com/spreadsheets/d/demo/edit",
		"properties":{"title":"Plan","locale":"en_US","timeZone":"Etc/UTC","autoRecalc":"ON_CHANGE"},
		"sheets":[{"properties":` + ideas + `},{"properties":` + other + `}],"namedRanges":` + named + `}`
	tests := []struct {
		fields, ranges, want string
	}{
		{"", "", whole},
		{"*", "", whole},
		{"spreadsheetId", "", `{"spreadsheetId":"demo"}`},
		{"properties.title,properties/locale", "", `{"properties":{"title":"Plan","locale":"en_US"}}`},
		{
			"properties(title,locale,timeZone),sheets(properties(sheetId,title,hidden,gridProperties(rowCount,columnCount,frozenRowCount))),namedRanges", "",
			`{"properties":{"title":"Plan","locale":"en_US","timeZone":"Etc/UTC"},"sheets":[
				{"properties":{"sheetId":0,"title":"Ideas","gridProperties":{"rowCount":1000,"columnCount":26,"frozenRowCount":1}}},
				{"properties":{"sheetId":20,"title":"a/b 'c'","hidden":true,"gridProperties":{"rowCount":1000,"columnCount":26}}}],"namedRanges":` + named + `}`,
		},
		{"sheets.properties(title),sheets/properties/hidden", "", `{"sheets":[{"properties":{"title":"Ideas"}},{"properties":{"title":"a/b 'c'","hidden":true}}]}`},
		{"sheets.properties.title,sheets", "'a/b ''c'''!A1", `{"sheets":[{"properties":` + other + `}]}`},
		{"sheets(merges(startRowIndex),tables(name,range))", "", `{"sheets":[{},{}]}`},
		{"sheets.properties.title", "Ideas!A1:B2", `{"sheets":[{"properties":{"title":"Ideas"}}]}`},
		{"namedRanges(name)", "", `{"namedRanges":[{"name":"corner"},{"name":"titles"}]}`},
	}
	s := emulatortest.Start(t, plan())
	for _, tt := range tests {
		t.Run(tt.fields+" "+tt.ranges, func(t *testing.T) {
			query := url.Values{}
			if tt.fields != "" {
				query.Set("fields", tt.fields)
			}
			if tt.ranges != "" {
				query.Set("ranges", tt.ranges)
			}
			resp := fetch(t, s.URL+"/v4/spreadsheets/demo?"+query.Encode())
			if resp.code != 200 || resp.contentType != "application/json; charset=UTF-8" {
				t.Fatalf("status %d, %s: %s", resp.code, resp.contentType, resp.body)
			}
			if diff := cmp.Diff(decoded(t, tt.want), decoded(t, resp.body)); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}

func TestGetRefusesMasksThatNameNothing(t *testing.T) {
	tests := map[string]string{
		"nope":                    "nope",
		"properties(title,nope)":  "properties.nope",
		"properties.title.nope":   "properties.title.nope",
		"sheets.properties(nope)": "sheets.properties.nope",
		"properties(":             "properties(",
		"a,,b":                    "a,,b",
		"properties(title))":      "properties(title))",
	}
	api := client(t, emulatortest.Start(t, plan()))
	for fields, path := range tests {
		_, err := api.Get("demo").Fields(googleapi.Field(fields)).Do()
		got := refusal(t, err)
		want := "Error expanding 'fields' parameter. Cannot find matching fields for path '" + path
		if got.Code != 400 || got.Message != "Request contains an invalid argument." || !strings.Contains(got.Body, want) {
			t.Errorf("%s: %s, want 400 with %q", fields, got.Body, want)
		}
	}
	_, err := api.Get("demo").IncludeGridData(true).Do()
	if got := refusal(t, err); got.Code != 501 {
		t.Errorf("grid data: %v, want 501", got)
	}
	_, err = api.Get("demo").Ranges("Nope!A1").Do()
	if got := refusal(t, err); got.Message != "Unable to parse range: Nope!A1" {
		t.Errorf("message = %q", got.Message)
	}
}

func decoded(t *testing.T, text string) any {
	t.Helper()
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return value
}
