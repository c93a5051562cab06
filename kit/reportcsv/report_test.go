package reportcsv

import (
	"encoding/csv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
)

func TestFindingsAreReadBack(t *testing.T) {
	var out strings.Builder
	w := NewWriter(&out)
	for _, page := range [][]*ingestv1.Finding{
		{{RowNumber: 7, Cell: "B7", Field: "title", Rule: "title.required", Severity: ingestv1.Finding_ERROR, Message: "two\nlines, \"quoted\"", Suggestion: "Write one."}},
		{{Rule: "column.unknown", Field: "=cmd|'/C calc'!A0", Severity: ingestv1.Finding_WARNING, Message: "-1", Before: "+1", After: "1"}},
		nil,
	} {
		if err := w.Findings(page); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	got, err := csv.NewReader(strings.NewReader(out.String())).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"row", "cell", "field", "severity", "rule", "message", "suggestion", "before", "after"},
		{"7", "B7", "title", "error", "title.required", "two\nlines, \"quoted\"", "Write one.", "", ""},
		{"", "", "'=cmd|'/C calc'!A0", "warning", "column.unknown", "'-1", "", "'+1", "1"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}
