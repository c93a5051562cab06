package ingest

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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

func TestATableSaysWhatItsColumnsHold(t *testing.T) {
	data := rows("Title|Script|Style|Share|Deadline|Mood", "One|Some words.|bold|||calm", "Two|More words.|bolt|much||grim")
	data[1][3], data[1][4] = 0.15, 46350.0
	ideas, _ := client(t, emulator.Options{Spreadsheets: []emulator.Spreadsheet{{ID: "demo", TimeZone: "Europe/Berlin", Tabs: []emulator.Tab{{
		Title: "Ideas", Rows: data, Tables: map[string]string{"Plan": "A1:F3"},
		Types: map[string][]emulator.ColumnType{"Plan": {
			{Type: "TEXT"}, {Type: "TEXT"}, {Type: "DROPDOWN", Choices: []string{"Bold", "Modern"}}, {Type: "PERCENT"}, {Type: "DATE"}, {Type: "DROPDOWN", Choices: []string{"calm", "loud"}},
		}},
	}}}}})
	reply, err := ideas.CheckIdeas(t.Context(), &ingestv1.CheckIdeasRequest{Parent: "projects/demo", Source: googleSheet("demo", "")})
	if err != nil {
		t.Fatal(err)
	}
	if len(reply.GetIdeas()) != 2 {
		t.Fatalf("%d ideas, findings %v", len(reply.GetIdeas()), reply.GetReport().GetFindings())
	}
	first := reply.GetIdeas()[0]
	if share, due := first.GetVariables()["Share"], first.GetDueTime().AsTime().Format(time.RFC3339); share != "15%" || due != "2026-11-24T23:00:00Z" {
		t.Errorf("share %q, due %s", share, due)
	}
	var told []string
	for _, f := range reply.GetReport().GetFindings() {
		told = append(told, f.GetCell()+" "+f.GetRule()+" "+f.GetSuggestion())
	}
	want := []string{
		"C3 column.choice Did you mean Bold?",
		"D3 column.type ",
		"F3 column.choice Choose one of calm, loud.",
		"C3 style.unknown Did you mean bold?",
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}
