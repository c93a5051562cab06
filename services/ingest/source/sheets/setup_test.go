package sheets_test

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/kit/retry"
	"github.com/sheetreel/sheetreel/services/ingest/emulator"
	"github.com/sheetreel/sheetreel/services/ingest/emulator/emulatortest"
	"github.com/sheetreel/sheetreel/services/ingest/source"
	"github.com/sheetreel/sheetreel/services/ingest/source/sheets"
	"github.com/sheetreel/sheetreel/services/ingest/source/upstream"
)

// quota grants everything and remembers for whom.
type quota struct {
	ratelimitv1.QuotaServiceClient // the methods that nobody here calls

	mu       sync.Mutex
	granted  []map[string]string
	reported []*ratelimitv1.ReportRequest
}

func (q *quota) Acquire(_ context.Context, req *ratelimitv1.AcquireRequest, _ ...grpc.CallOption) (*ratelimitv1.AcquireResponse, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.granted = append(q.granted, maps.Clone(req.GetDescriptors()))
	return &ratelimitv1.AcquireResponse{}, nil
}

func (q *quota) Cancel(context.Context, *ratelimitv1.CancelRequest, ...grpc.CallOption) (*ratelimitv1.CancelResponse, error) {
	return &ratelimitv1.CancelResponse{}, nil
}

func (q *quota) Report(_ context.Context, req *ratelimitv1.ReportRequest, _ ...grpc.CallOption) (*ratelimitv1.ReportResponse, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.reported = append(q.reported, req)
	return &ratelimitv1.ReportResponse{}, nil
}

// bundle is an emulator with a client of it.
type bundle struct {
	server *emulatortest.Server
	client *sheets.Client
	quota  *quota
}

// quick retries at once, so that tests need not wait.
func quick() upstream.Config {
	return upstream.Config{Retry: retry.Policy{Initial: time.Microsecond, Multiplier: 1, Max: time.Microsecond, MaxAttempts: 4}}
}

// setup starts an emulator; configure may change the client's configuration.
func setup(t *testing.T, options emulator.Options, configure ...func(*bundle, *sheets.Config)) *bundle {
	t.Helper()
	b := &bundle{server: emulatortest.Start(t, options), quota: &quota{}}
	cfg := sheets.Config{Endpoint: b.server.URL, Upstream: quick()}
	for _, f := range configure {
		f(b, &cfg)
	}
	var err error
	b.client, err = sheets.New(cfg, sheets.Deps{Quota: b.quota})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.client.Close)
	return b
}

func (b *bundle) read(t *testing.T, spreadsheet, text string) (*source.Table, error) {
	t.Helper()
	s, err := b.client.Sheet(sheets.Request{Spreadsheet: spreadsheet, Range: text, Project: "demo", User: "ada"})
	if err != nil {
		return nil, err
	}
	return s.Read(t.Context())
}

func mustRead(t *testing.T, b *bundle, spreadsheet, text string) *source.Table {
	t.Helper()
	table, err := b.read(t, spreadsheet, text)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func writeFile(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// team is a spreadsheet with everything that can stand around a table of ideas.
func team() emulator.Options {
	return emulator.Options{Spreadsheets: []emulator.Spreadsheet{{
		ID: "team", Title: "Team plan", Locale: "de_DE", TimeZone: "Europe/Berlin",
		Tabs: []emulator.Tab{
			{Title: "Archive", ID: 7, Hidden: true, Rows: [][]any{{"old"}}},
			{Title: "Ideas", ID: 11, FrozenRows: 1, Rows: [][]any{
				{"Title", "Duration", "Approved"},
				{"One", 45, true},
				{},
				{"Three", 0, false, nil},
				{nil, "#REF!"},
			}},
			{Title: "It's a/b plan!", ID: 12, Rows: [][]any{{"quoted"}}},
			{Title: "Q4", ID: 13, Tables: map[string]string{"Backlog": "B3:C5"}, Rows: [][]any{{"fourth quarter"}, {}, {nil, "Title", "Script"}, {nil, "T", "S"}}},
		},
		NamedRanges: map[string]string{"best": "Ideas!A1:B2", "durations": "Ideas!B:B"},
	}}}
}
