package ingest

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/ingest/emulator"
	"github.com/sheetreel/sheetreel/services/ingest/emulator/emulatortest"
	"github.com/sheetreel/sheetreel/services/ingest/source/sheets"
)

var update = flag.Bool("update", false, "write the golden files anew")

// client serves an ingest service in front of an emulator.
func client(t *testing.T, options emulator.Options) (ingestv1.IngestServiceClient, *granting) {
	t.Helper()
	return clientWith(t, options, nil)
}

// clientWith is client with prices.
func clientWith(t *testing.T, options emulator.Options, costs schedulerv1.CostServiceClient) (ingestv1.IngestServiceClient, *granting) {
	t.Helper()
	server := emulatortest.Start(t, options)
	quota := &granting{}
	service, err := New(Config{Sheets: sheets.Config{Endpoint: server.URL}}, Deps{Imports: inProcess{newFakeScheduler()}, Quota: quota, Costs: costs, Log: testLog(t)})
	if err != nil {
		t.Fatal(err)
	}
	return ingestv1.NewIngestServiceClient(serve(t, func(r grpc.ServiceRegistrar) { service.Register(r) })), quota
}

func TestCheckOfTheExample(t *testing.T) {
	ideas, quota := client(t, emulator.Options{Files: map[string][]string{"demo": {demo}}})
	reply, err := ideas.CheckIdeas(t.Context(), &ingestv1.CheckIdeasRequest{Parent: "projects/demo", Source: googleSheet("demo", ""), User: "ada"})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "ideas.golden.json", reply)
	want := map[string]string{"action": "sheets.read", "project": "demo", "user": "ada", "sheet": "demo"}
	if diff := cmp.Diff([]map[string]string{want, want}, quota.granted); diff != "" {
		t.Errorf("quota taken for one sheet (-want +got):\n%s", diff)
	}
}

// golden compares a message with a file.
func golden(t *testing.T, name string, message proto.Message) {
	t.Helper()
	text, err := protojson.Marshal(message)
	if err != nil {
		t.Fatal(err)
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, text, "", "  "); err != nil { // protojson varies its white space on purpose
		t.Fatal(err)
	}
	indented.WriteByte('\n')
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, indented.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), indented.String()); diff != "" {
		t.Errorf("%s (-want +got); run with -update when the change is meant:\n%s", path, diff)
	}
}

func TestCheckErrors(t *testing.T) {
	ideas, _ := client(t, emulator.Options{Spreadsheets: []emulator.Spreadsheet{
		{ID: "plain", Tabs: []emulator.Tab{{Title: "Notes", Rows: rows("Title|Inhalt", "Tea|Text")}}},
	}})
	for _, c := range []struct {
		name    string
		req     *ingestv1.CheckIdeasRequest
		reason  errorsv1.ErrorReason
		message string
	}{
		{"no source", &ingestv1.CheckIdeasRequest{Parent: "projects/demo"}, errorsv1.ErrorReason_VALIDATION_FAILED, "source"},
		{"bad project", &ingestv1.CheckIdeasRequest{Parent: "demo", Source: googleSheet("plain", "")}, errorsv1.ErrorReason_VALIDATION_FAILED, "parent"},
		{"no such sheet", &ingestv1.CheckIdeasRequest{Parent: "projects/demo", Source: googleSheet("nope", "")}, errorsv1.ErrorReason_SHEET_NOT_FOUND, "nope"},
		{"no header", &ingestv1.CheckIdeasRequest{Parent: "projects/demo", Source: googleSheet("plain", "")}, errorsv1.ErrorReason_HEADER_NOT_FOUND, "Title"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ideas.CheckIdeas(t.Context(), c.req)
			if errs.ReasonOf(err) != c.reason || !strings.Contains(err.Error(), c.message) {
				t.Errorf("error is %v, want %s with %q", err, c.reason, c.message)
			}
		})
	}
	_, err := ideas.CheckIdeas(t.Context(), &ingestv1.CheckIdeasRequest{Parent: "projects/demo", Source: googleSheet("plain", "")})
	info, _ := errs.Detail[*errdetails.ErrorInfo](err)
	if got, want := info.GetMetadata()["guess"], `row 1: A "Title" (title), B "Inhalt"`; got != want {
		t.Errorf("guess is %q, want %q", got, want)
	}
}

func TestCheckIsBounded(t *testing.T) {
	sheet := func(rowCount int, script string) []string {
		lines := []string{"Title|Script"}
		for i := range rowCount {
			lines = append(lines, fmt.Sprintf("Title %d|%s", i, script))
		}
		return lines
	}
	ideas, _ := client(t, emulator.Options{Spreadsheets: []emulator.Spreadsheet{
		{ID: "many", Tabs: []emulator.Tab{{Title: "Ideas", Rows: rows(sheet(1200, "Text")...)}}},
		{ID: "long", Tabs: []emulator.Tab{{Title: "Ideas", Rows: rows(sheet(350, strings.Repeat("語", 5000))...)}}},
	}})
	for id, valid := range map[string]int{"many": 1200, "long": 350} {
		reply, err := ideas.CheckIdeas(t.Context(), &ingestv1.CheckIdeasRequest{Parent: "projects/demo", Source: googleSheet(id, "")})
		if err != nil {
			t.Fatal(err)
		}
		got, size := len(reply.GetIdeas()), proto.Size(reply)
		if got == 0 || got > maxIdeas || got == valid || size > maxIdeasBytes+1<<20 {
			t.Errorf("%s: %d ideas in %d bytes, want a bounded part of %d", id, got, size, valid)
		}
		if got := int(reply.GetReport().GetValidRowCount()); got != valid {
			t.Errorf("%s: the report counts %d valid rows, want %d", id, got, valid)
		}
	}
}
