package sheets_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sheetreel/sheetreel/services/ingest/emulator"
	"github.com/sheetreel/sheetreel/services/ingest/source"
	"github.com/sheetreel/sheetreel/services/ingest/source/sheets"
)

// shaped is a tab with merged cells, hidden rows, links and chips.
func shaped() emulator.Options {
	return emulator.Options{Spreadsheets: []emulator.Spreadsheet{{ID: "shaped", Tabs: []emulator.Tab{{
		Title: "Ideas",
		Rows: [][]any{
			{"Plan", nil, nil},
			{"Title", "Campaign", "Logo"},
			{"One", "Autumn", "our logo"},
			{"Two", nil, "https://a.example/b.png"},
			{"Three", nil, "two chips"},
			{"Four", "Winter", "only words"},
		},
		Merges: []string{"A1:C1", "B3:B5", "C6:C9"}, HiddenRows: []int{4}, FilterRows: []int{6},
		Links: map[string]string{"C3": "https://a.example/logo.png"},
		Chips: map[string][]string{"C5": {"https://drive.example/1", "https://drive.example/2"}},
	}}}}}
}

func (b *bundle) open(t *testing.T, req sheets.Request) (source.Source, *source.Table) {
	t.Helper()
	req.Project, req.User = "demo", "ada"
	s, err := b.client.Sheet(req)
	if err != nil {
		t.Fatal(err)
	}
	table, err := s.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s, table
}

func texts(t *source.Table) [][]string {
	rows := make([][]string, len(t.Rows))
	for i, row := range t.Rows {
		for _, c := range row {
			rows[i] = append(rows[i], c.String())
		}
	}
	return rows
}

func TestMergedCellsAndHiddenRowsByChoice(t *testing.T) {
	tests := []struct {
		name   string
		req    sheets.Request
		want   [][]string
		hidden []int
	}{
		{"as they are", sheets.Request{Range: "A2:B6"}, [][]string{{"Title", "Campaign"}, {"One", "Autumn"}, {"Two", ""}, {"Three", ""}, {"Four", "Winter"}}, []int{4, 6}},
		{"merged filled", sheets.Request{Range: "A2:B6", FillMerged: true}, [][]string{{"Title", "Campaign"}, {"One", "Autumn"}, {"Two", "Autumn"}, {"Three", "Autumn"}, {"Four", "Winter"}}, []int{4, 6}},
		{"merged across", sheets.Request{Range: "A1:C2", FillMerged: true}, [][]string{{"Plan", "Plan", "Plan"}, {"Title", "Campaign", "Logo"}}, nil},
		{"hidden left out", sheets.Request{Range: "A2:B6", VisibleOnly: true}, [][]string{{"Title", "Campaign"}, {"One", "Autumn"}, {"", ""}, {"Three", ""}, {"", ""}}, []int{4, 6}},
		{"both", sheets.Request{Range: "A4:B5", FillMerged: true, VisibleOnly: true}, [][]string{{""}, {"Three"}}, []int{4}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := setup(t, shaped())
			tt.req.Spreadsheet = "shaped"
			_, got := b.open(t, tt.req)
			if diff := cmp.Diff(tt.want, texts(got)); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.hidden, got.HiddenRows); diff != "" {
				t.Errorf("hidden rows (-want +got):\n%s", diff)
			}
			if n := len(b.server.Requests()); n != 2 || got.Requests != 2 {
				t.Errorf("%d requests, told %d, want 2", n, got.Requests)
			}
		})
	}
}

func TestLinksBehindTextsCostOneMoreRead(t *testing.T) {
	b := setup(t, shaped())
	s, table := b.open(t, sheets.Request{Spreadsheet: "shaped", Range: "A2:C6"})
	if err := s.(source.Linked).ReadLinks(t.Context(), table, []int{2}, 1); err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"Title", "Campaign", "Logo"},
		{"One", "Autumn", "https://a.example/logo.png"},
		{"Two", "", "https://a.example/b.png"},
		{"Three", "", "https://drive.example/1\nhttps://drive.example/2"},
		{"Four", "Winter", "only words"},
	}
	if diff := cmp.Diff(want, texts(table)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	requests := b.server.Requests()
	if len(requests) != 3 || table.Requests != 3 {
		t.Fatalf("%d requests, told %d, want 3", len(requests), table.Requests)
	}
	if diff := cmp.Diff([]string{"Ideas!C3:C6"}, requests[2].Query["ranges"]); diff != "" {
		t.Errorf("ranges (-want +got):\n%s", diff)
	}
}

func TestLinksThatStandInTheCellsCostNothing(t *testing.T) {
	b := setup(t, shaped())
	s, table := b.open(t, sheets.Request{Spreadsheet: "shaped", Range: "A4:C4"})
	if err := s.(source.Linked).ReadLinks(t.Context(), table, []int{2}, 0); err != nil {
		t.Fatal(err)
	}
	if n := len(b.server.Requests()); n != 2 {
		t.Errorf("%d requests, want 2", n)
	}
}

// The header of a Table is known, wherever it stands and whatever is frozen.
func TestATablesHeaderIsKnown(t *testing.T) {
	b := setup(t, team())
	for _, text := range []string{"Backlog", "Q4"} {
		if got := mustRead(t, b, "team", text); got.FrozenRows != 3 {
			t.Errorf("%s: header within %d rows, want 3", text, got.FrozenRows)
		}
	}
}

func long(rows int) emulator.Options {
	all := make([][]any, rows)
	for i := range all {
		for j := range 20 {
			all[i] = append(all[i], fmt.Sprintf("cell %d of row %d, with some text", j, i))
		}
	}
	return emulator.Options{Spreadsheets: []emulator.Spreadsheet{{ID: "long", Tabs: []emulator.Tab{{Title: "Ideas", Rows: all, GridRows: rows}}}}}
}

func TestTwoReadsForTenThousandRows(t *testing.T) {
	b := setup(t, long(10_001))
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	table := mustRead(t, b, "long", "")
	runtime.GC()
	runtime.ReadMemStats(&after)
	if n := len(b.server.Requests()); n != 2 || table.Requests != 2 || len(table.Rows) != 10_001 {
		t.Errorf("%d rows by %d requests, told %d; want a header and 10000 rows by 2", len(table.Rows), n, table.Requests)
	}
	t.Logf("the table holds %d KiB", (int64(after.HeapAlloc)-int64(before.HeapAlloc))>>10)
	runtime.KeepAlive(table)
}

func TestMoreRowsTakeMoreReadsAndSayHowMany(t *testing.T) {
	b := setup(t, long(16_000))
	table := mustRead(t, b, "long", "A1:T16000")
	if n := len(b.server.Requests()); n != 3 || table.Requests != 3 || len(table.Rows) != 16_000 {
		t.Errorf("%d rows by %d requests, told %d; want 16000 by 3", len(table.Rows), n, table.Requests)
	}
	if got := table.Rows[15_999][19].String(); got != "cell 19 of row 15999, with some text" {
		t.Errorf("last cell = %q", got)
	}
}
