package validate_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	"github.com/sheetreel/sheetreel/services/ingest/mapping"
	"github.com/sheetreel/sheetreel/services/ingest/source"
	"github.com/sheetreel/sheetreel/services/ingest/validate"
)

func TestDuplicates(t *testing.T) {
	result := run(t, "ID|Title|Script",
		"|Tea|Boil water.",
		"x|Broken|",                // left out
		"|TEA|  boil\u00a0water. ", // row 2 again
		"a|Tea|Boil water.",        // again, with an id of its own
		"|Broken|Now with text",    // row 3 was no valid row
		"a|Other|Other",            // id taken
		"|Tea|Boil more water.")
	got := map[int32]int{}
	for _, row := range result.Rows {
		got[row.Idea.GetRowNumber()] = row.DuplicateOf
	}
	if diff := cmp.Diff(map[int32]int{2: 0, 4: 2, 5: 2, 6: 0, 8: 0}, got); diff != "" {
		t.Errorf("rows and what they repeat (-want +got):\n%s", diff)
	}
	want := []string{"C3 script.required ERROR", "B4 row.duplicate WARNING", "B5 row.duplicate WARNING", "A7 id.duplicate ERROR"}
	if diff := cmp.Diff(want, brief(result.Findings)); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	counts := []int{result.RowCount, result.ValidCount, result.InvalidCount, result.DuplicateCount}
	if diff := cmp.Diff([]int{7, 3, 2, 2}, counts); diff != "" {
		t.Errorf("rows, valid, invalid, duplicate (-want +got):\n%s", diff)
	}
	if !strings.Contains(result.Findings[1].GetMessage(), "Row 2") {
		t.Errorf("message %q does not name the first row", result.Findings[1].GetMessage())
	}
}

func TestRowKeysSurviveSorting(t *testing.T) {
	rows := []string{"1|A|a", "|B|b", "|B|b", "|C|c", "2|B|b", "|D|d"}
	keys := func(rows []string) []string {
		var out []string
		for _, row := range run(t, "ID|Title|Script", rows...).Rows {
			out = append(out, row.Idea.GetRowKey())
		}
		slices.Sort(out)
		return out
	}
	want := keys(rows)
	if len(slices.Compact(slices.Clone(want))) != len(rows) {
		t.Fatalf("row keys %v are not unique", want)
	}
	slices.Reverse(rows)
	if diff := cmp.Diff(want, keys(rows)); diff != "" {
		t.Errorf("row keys after sorting (-before +after):\n%s", diff)
	}
}

func TestBlankRowsDoNotCount(t *testing.T) {
	result := runCells(t, "Title|Script|Done|Priority",
		[]source.Cell{source.Text("Tea"), source.Text("Text")},
		nil,
		[]source.Cell{{}, {}, source.Bool(false), source.Text("normal")},
		[]source.Cell{source.Text(" "), {}, source.Bool(true)},
		[]source.Cell{source.Text("Milk"), source.Text("Text"), source.Bool(false)})
	if result.RowCount != 2 || result.ValidCount != 2 || len(result.Findings) != 0 {
		t.Errorf("%d rows, %d valid, findings %v, want 2 and none", result.RowCount, result.ValidCount, result.Findings)
	}
	if got := result.Rows[1].Idea.GetVariables()["Done"]; got != "FALSE" {
		t.Errorf("variable Done is %q, want FALSE", got)
	}
}

func TestFindingsAreBounded(t *testing.T) {
	rows := make([]string, 1500)
	for i := range rows {
		rows[i] = "Tea|"
	}
	result := run(t, "Title|Script", rows...)
	if len(result.Findings) != validate.MaxFindings || result.FindingCount != 1500 || result.InvalidCount != 1500 {
		t.Errorf("%d findings of %d, %d invalid rows", len(result.Findings), result.FindingCount, result.InvalidCount)
	}
}

func FuzzValidate(f *testing.F) {
	f.Add("Tea", "Text", "45", "en", "9:16", "Shorts", "#a #b", "high", "modern", "1")
	f.Add("<b>", "&lt;", "soon", "xx", "0:0", ",,", "#", "", "\x00", "#REF!")
	r := rules(f)
	catalog, err := mapping.Load()
	if err != nil {
		f.Fatal(err)
	}
	names := []string{"Title", "Script", "Duration", "Language", "Aspect ratio", "Platforms", "Tags", "Priority", "Style", "ID"}
	f.Fuzz(func(t *testing.T, a, b, c, d, e, g, h, i, j, k string) {
		table := &source.Table{FirstRow: 1, Rows: make([][]source.Cell, 3)}
		for _, name := range names {
			table.Rows[0] = append(table.Rows[0], source.Text(name))
		}
		for _, cell := range []string{a, b, c, d, e, g, h, i, j, k} {
			table.Rows[1] = append(table.Rows[1], source.Text(cell))
			table.Rows[2] = append(table.Rows[2], source.Text(cell))
		}
		header, err := catalog.Detect(table)
		if err != nil {
			t.Fatal(err)
		}
		result := validated(t, r, table, header)
		if result.RowCount != result.ValidCount+result.InvalidCount+result.DuplicateCount {
			t.Errorf("counts do not add up: %+v", result)
		}
		seen := map[string]bool{}
		for _, row := range result.Rows {
			if row.Idea.GetTitle() == "" || row.Idea.GetRowKey() == "" || seen[row.Idea.GetRowKey()] || row.Idea.GetLanguage() == "" {
				t.Errorf("idea %v is not complete or not unique", row.Idea)
			}
			seen[row.Idea.GetRowKey()] = true
			if _, err := proto.Marshal(row.Idea); err != nil {
				t.Errorf("idea cannot be sent: %v", err)
			}
		}
		for _, finding := range result.Findings {
			if _, err := proto.Marshal(finding); err != nil {
				t.Errorf("finding cannot be sent: %v", err)
			}
		}
	})
}

func TestValidationEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	table := &source.Table{FirstRow: 1, Rows: [][]source.Cell{{source.Text("Title"), source.Text("Script")}, {source.Text("Tea"), source.Text("Text")}}}
	header := &mapping.Header{Row: 1, Columns: []mapping.Column{{Field: mapping.Title}, {Index: 1, Field: mapping.Script}}}
	if _, err := rules(t).Validate(ctx, table, header); !errors.Is(err, context.Canceled) {
		t.Errorf("Validate = %v, want the context's end", err)
	}
}
