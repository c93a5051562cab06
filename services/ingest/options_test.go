package ingest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/ingest/emulator"
)

func TestOptionsReachTheSheet(t *testing.T) {
	ideas, _ := client(t, emulator.Options{Spreadsheets: []emulator.Spreadsheet{{ID: "plan", Tabs: []emulator.Tab{{Title: "Plan", Rows: rows(
		"Title|Script|Approved|Style|Thema",
		"Tea <hot>|Boil fresh water.|yes|modren|Drinks",
		"Milk|Warm the milk slowly.|no|bold|More drinks",
	)}}}}})
	for name, c := range map[string]struct {
		options *ingestv1.ImportOptions
		titles  string
		counts  []int32 // rows, valid, invalid, held back, fixed
		refused string
	}{
		"none":     {nil, "Milk", []int32{2, 1, 1, 0, 0}, ""},
		"lenient":  {&ingestv1.ImportOptions{ValidationLevel: ingestv1.ImportOptions_LENIENT}, "Tea hot,Milk", []int32{2, 2, 0, 0, 2}, ""},
		"gate":     {&ingestv1.ImportOptions{GateColumn: "Approved", ValidationLevel: ingestv1.ImportOptions_LENIENT}, "Tea hot", []int32{2, 1, 0, 1, 2}, ""},
		"no gate":  {&ingestv1.ImportOptions{GateColumn: "Freigabe"}, "", nil, "Freigabe"},
		"row 9":    {&ingestv1.ImportOptions{HeaderRow: 9}, "", nil, "row 9"},
		"custom":   {custom("Thema", "title", "B", "script"), "Drinks,More drinks", []int32{2, 2, 0, 0, 0}, ""},
		"no field": {custom("Thema", "titel"), "", nil, "titel"},
	} {
		t.Run(name, func(t *testing.T) {
			source := googleSheet("plan", "")
			source.Options = c.options
			reply, err := ideas.CheckIdeas(t.Context(), &ingestv1.CheckIdeasRequest{Parent: "projects/demo", Source: source})
			if c.refused != "" {
				if errs.ReasonOf(err) != errorsv1.ErrorReason_VALIDATION_FAILED || !strings.Contains(err.Error(), c.refused) {
					t.Errorf("error is %v, want it to name %q", err, c.refused)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var titles []string
			for _, idea := range reply.GetIdeas() {
				titles = append(titles, idea.GetTitle())
			}
			if got := strings.Join(titles, ","); got != c.titles {
				t.Errorf("titles %q, want %q", got, c.titles)
			}
			r := reply.GetReport()
			counts := []int32{r.GetRowCount(), r.GetValidRowCount(), r.GetInvalidRowCount(), r.GetGatedRowCount(), r.GetFixedCount()}
			if diff := cmp.Diff(c.counts, counts); diff != "" {
				t.Errorf("rows, valid, invalid, held back, fixed (-want +got):\n%s", diff)
			}
			if len(reply.GetQualities()) != len(titles) || r.GetGateColumn() != "Approved" {
				t.Errorf("%d qualities, gate column %q", len(reply.GetQualities()), r.GetGateColumn())
			}
		})
	}
}

// custom makes options of columns and their fields.
func custom(pairs ...string) *ingestv1.ImportOptions {
	o := &ingestv1.ImportOptions{ColumnFormat: ingestv1.ImportOptions_CUSTOM}
	for i := 0; i < len(pairs); i += 2 {
		o.Columns = append(o.Columns, &ingestv1.ImportOptions_CustomColumn{Column: pairs[i], Field: pairs[i+1]})
	}
	return o
}
