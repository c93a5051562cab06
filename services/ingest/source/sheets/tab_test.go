package sheets_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/ingest/emulator"
	"github.com/sheetreel/sheetreel/services/ingest/emulator/emulatortest"
	"github.com/sheetreel/sheetreel/services/ingest/source"
	"github.com/sheetreel/sheetreel/services/ingest/source/sheets"
)

const writerAddress = "writer@demo.iam.gserviceaccount.com"

// tab opens a tab of a spreadsheet that is shared with our account in a role.
func tab(t *testing.T, role emulator.Role, edits bool) (*emulatortest.Server, *sheets.Client, *sheets.Tab) {
	t.Helper()
	server := emulatortest.Start(t, emulator.Options{Spreadsheets: []emulator.Spreadsheet{{
		ID: "demo", Sharing: map[string]emulator.Role{writerAddress: role},
		Tabs: []emulator.Tab{{Title: "My ideas", Rows: [][]any{{"Title", "Note"}, {"Tea", "=1+1"}, {}, {"Soup"}}}},
	}}})
	client, err := sheets.New(sheets.Config{Endpoint: server.URL, Credentials: server.KeyFile(t, writerAddress), Edits: edits}, sheets.Deps{Quota: &quota{}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	opened, err := client.Tab(sheets.Request{Spreadsheet: "demo", Project: "demo"})
	if err != nil {
		t.Fatal(err)
	}
	return server, client, opened
}

func TestTabIsWrittenRaw(t *testing.T) {
	server, client, opened := tab(t, emulator.Writer, true)
	if err := client.CanWrite(); err != nil {
		t.Fatal(err)
	}
	snap, err := opened.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if snap.Width != 26 || len(snap.Rows) != 4 || len(snap.Table.Rows) != 4 || snap.Table.FirstRow != 1 {
		t.Errorf("snapshot: %d columns, rows %v, table %v", snap.Width, snap.Rows, snap.Table)
	}
	err = opened.Write(t.Context(), []sheets.Update{
		{Row: 3, Column: 4, Value: source.Number(2.5)}, {Row: 1, Column: 4, Value: source.Text("=2+2")}, {Row: 1, Column: 1}, {Row: 3, Column: 5, Value: source.Text("x")},
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := server.Values("demo", "My ideas")
	if err != nil {
		t.Fatal(err)
	}
	want := [][]any{{"Title", "Note"}, {"Tea", nil, nil, nil, "=2+2"}, {}, {"Soup", nil, nil, nil, 2.5, "x"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sheet (-want +got):\n%s", diff)
	}
	if err := opened.AddColumns(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	if snap, err = opened.Read(t.Context()); err != nil || snap.Width != 28 {
		t.Errorf("after two columns more: %v, %v", snap, err)
	}
}

func TestWriteIsTriedOnce(t *testing.T) {
	server, _, opened := tab(t, emulator.Writer, true)
	if _, err := opened.Read(t.Context()); err != nil {
		t.Fatal(err)
	}
	server.Inject(emulator.Fault{Path: "batchUpdate", Drop: true, Applied: true})
	before := len(server.Requests())
	if err := opened.Write(t.Context(), []sheets.Update{{Row: 1, Column: 3, Value: source.Text("x")}}); errs.ReasonOf(err) != errorsv1.ErrorReason_SHEET_UNAVAILABLE {
		t.Errorf("error = %v, want that Google Sheets does not answer", err)
	}
	if n := len(server.Requests()) - before; n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

func TestWhoMayNotWriteIsTold(t *testing.T) {
	_, client, _ := tab(t, emulator.Writer, false)
	if err := client.CanWrite(); err == nil || !strings.Contains(err.Error(), "--sheets-write-back") {
		t.Errorf("without the right to edit: %v", err)
	}
	_, _, opened := tab(t, emulator.Reader, true)
	if _, err := opened.Read(t.Context()); err != nil {
		t.Fatal(err)
	}
	err := opened.Write(t.Context(), []sheets.Update{{Row: 1, Column: 3, Value: source.Text("x")}})
	if errs.ReasonOf(err) != errorsv1.ErrorReason_SHEET_NOT_SHARED || !strings.Contains(err.Error(), "make "+writerAddress+" Editor") {
		t.Errorf("shared for viewing: %v", err)
	}
}
