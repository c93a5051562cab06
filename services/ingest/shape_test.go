package ingest

import (
	"strings"
	"testing"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	"github.com/sheetreel/sheetreel/services/ingest/emulator"
)

func TestHiddenRowsAndMergedCellsByChoice(t *testing.T) {
	ideas, _ := client(t, emulator.Options{Spreadsheets: []emulator.Spreadsheet{{ID: "demo", Tabs: []emulator.Tab{{
		Title: "Ideas", Rows: rows("Title|Script|Style", "One|Some words.|bold", "Two|More words.|", "Three|Other words.|"),
		Merges: []string{"C2:C4"}, HiddenRows: []int{4},
	}}}}})
	tests := []struct {
		name    string
		options *ingestv1.ImportOptions
		styles  []string
		hidden  string
	}{
		{"default", nil, []string{"bold", "modern", "modern"}, "is used like the others"},
		{"skip and fill", &ingestv1.ImportOptions{
			HiddenRows: ingestv1.ImportOptions_SKIP, MergedCells: ingestv1.ImportOptions_FILL,
		}, []string{"bold", "bold"}, "is left out"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src := googleSheet("demo", "")
			src.Options = tt.options
			reply, err := ideas.CheckIdeas(t.Context(), &ingestv1.CheckIdeasRequest{Parent: "projects/demo", Source: src})
			if err != nil {
				t.Fatal(err)
			}
			if len(reply.GetIdeas()) != len(tt.styles) {
				t.Fatalf("%d ideas, want %d", len(reply.GetIdeas()), len(tt.styles))
			}
			if n := reply.GetReport().GetHiddenRowCount(); n != 1 {
				t.Errorf("%d hidden rows, want 1", n)
			}
			told := reply.GetReport().GetFindings()
			if last := told[len(told)-1]; last.GetRule() != "row.hidden" || last.GetRowNumber() != 4 || !strings.Contains(last.GetMessage(), tt.hidden) {
				t.Errorf("the last finding is %v, want that row 4 %s", last, tt.hidden)
			}
			for i, idea := range reply.GetIdeas() {
				if idea.GetStyle() != tt.styles[i] {
					t.Errorf("style of idea %d = %q, want %q", i+1, idea.GetStyle(), tt.styles[i])
				}
			}
		})
	}
}
