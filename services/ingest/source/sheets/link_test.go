package sheets

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
)

func TestParseLink(t *testing.T) {
	const id = "1AbC_d-EF0123456789"
	tests := map[string]location{
		id:               {id: id},
		"  " + id + "\n": {id: id},
		"https://docs.google.com/spreadsheets/d/" + id:                                      {id: id},
		"docs.google.com/spreadsheets/d/" + id + "/":                                        {id: id},
		"https://docs.google.com/spreadsheets/d/" + id + "/edit?usp=sharing":                {id: id},
		"https://docs.google.com/spreadsheets/d/" + id + "/edit#gid=0":                      {id: id, hasGid: true},
		"https://docs.google.com/spreadsheets/d/" + id + "/edit?gid=5#gid=123":              {id: id, hasGid: true, gid: 123},
		"https://docs.google.com/spreadsheets/d/" + id + "/edit?gid=5":                      {id: id, hasGid: true, gid: 5},
		"https://docs.google.com/spreadsheets/u/1/d/" + id + "/edit#gid=9&range=A1:C5":      {id: id, hasGid: true, gid: 9, text: "A1:C5"},
		"https://docs.google.com/spreadsheets/d/" + id + "/edit#gid=1&range='My%20tab'!A:C": {id: id, hasGid: true, gid: 1, text: "'My tab'!A:C"},
		"https://drive.google.com/open?id=" + id:                                            {id: id},
		"https://drive.google.com/file/d/" + id + "/view":                                   {id: id},
	}
	for text, want := range tests {
		got, err := parseLink(text)
		if err != nil {
			t.Errorf("parseLink(%q): %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(location{})); diff != "" {
			t.Errorf("parseLink(%q) (-want +got):\n%s", text, diff)
		}
	}
}

func TestParseLinkRefuses(t *testing.T) {
	tests := map[string]string{
		"":         "is empty",
		"my sheet": "\"my sheet\" is neither the link of a Google sheet nor its id; open the sheet in a browser",
		"https://docs.google.com/document/d/1AbC/edit":                       "another kind of document",
		"https://docs.google.com/spreadsheets/d/e/2PACX-1v/pubhtml":          "published copy",
		"https://docs.google.com/spreadsheets/":                              "no spreadsheet id",
		"https://docs.google.com/spreadsheets/d/":                            "no spreadsheet id",
		"https://docs.google.com/spreadsheets/d/a%20b/edit":                  "no spreadsheet id",
		"https://docs.google.com/spreadsheets/d/1AbC/edit#gid=x":             "not a number",
		"https://docs.google.com/spreadsheets/d/1AbC/edit#gid=-1":            "not a number",
		"https://example.com/spreadsheets/d/1AbC/edit":                       "not a link to Google Sheets",
		"https://docs.google.com.example.com/spreadsheets/d/1AbC":            "not a link to Google Sheets",
		"ftp://docs.google.com/spreadsheets/d/1AbC":                          "not a link that can be read",
		"https://docs.google.com/spreadsheets/d/%zz":                         "not a link that can be read",
		"https://docs.google.com/spreadsheets/d/" + strings.Repeat("a", 201): "no spreadsheet id",
	}
	for text, want := range tests {
		_, err := parseLink(text)
		if errs.ReasonOf(err) != errorsv1.ErrorReason_SHEET_LINK_INVALID || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), fieldSpreadsheet) {
			t.Errorf("parseLink(%q) = %v, want one that says %q", text, err, want)
		}
	}
}

// Whatever comes out can be put into a path as it is.
func FuzzParseLink(f *testing.F) {
	for _, seed := range []string{"demo", "https://docs.google.com/spreadsheets/d/1AbC/edit?gid=1#gid=2&range=A1", "docs.google.com/spreadsheets/u/0/d/x", "https://drive.google.com/open?id=1", "://", "/%2f"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := parseLink(text)
		if err == nil && (!idPattern.MatchString(got.id) || got.gid < 0) {
			t.Errorf("parseLink(%q) = %+v", text, got)
		}
		if err != nil && errs.ReasonOf(err) != errorsv1.ErrorReason_SHEET_LINK_INVALID {
			t.Errorf("parseLink(%q) = %v, want a refusal for the caller", text, err)
		}
	})
}
