package sheets_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/testing/protocmp"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/ingest/emulator"
	"github.com/sheetreel/sheetreel/services/ingest/source/sheets"
)

// expect is what a caller is told.
type expect struct {
	code     codes.Code
	reason   errs.Reason
	says     string            // a part of the message
	metadata map[string]string // of the ErrorInfo
	requests int               // to the API in all
}

func (want expect) check(t *testing.T, b *bundle, err error) {
	t.Helper()
	if status.Code(err) != want.code || errs.ReasonOf(err) != want.reason || !strings.Contains(err.Error(), want.says) {
		t.Errorf("error = %v (%v), want %v, %v: ... %s", err, errs.ReasonOf(err), want.code, want.reason, want.says)
	}
	info, _ := errs.Detail[*errdetails.ErrorInfo](err)
	for key, value := range want.metadata {
		if info.GetMetadata()[key] != value {
			t.Errorf("metadata %s = %q, want %q", key, info.GetMetadata()[key], value)
		}
	}
	if got := len(b.server.Requests()); got != want.requests {
		t.Errorf("%d requests, want %d", got, want.requests)
	}
}

func TestReadRefusesRangesInPlainWords(t *testing.T) {
	const tabs = "Archive, Ideas, It's a/b plan!, Q4"
	tests := []struct {
		name, spreadsheet, text, says string
	}{
		{"unknown word", "team", "Nope", `range "Nope" is neither a tab, a named range nor a table; the tabs are ` + tabs + "; the named ranges are best, durations; the tables are Backlog"},
		{"unknown tab", "team", "Nope!A1:Z", `range "Nope!A1:Z" names the tab "Nope", which does not exist; the tabs are ` + tabs},
		{"no cells", "team", "Ideas!one to ten", "is neither a tab, a named range, a table nor a range such as A1:M100"},
		{"open quote", "team", "'Ideas!A1", "is neither a tab, a named range, a table nor a range such as A1:M100"},
		{"below the sheet", "team", "Ideas!A2000:B3000", `lies outside of the tab "Ideas", which has 1000 rows and 26 columns`},
		{"tab of the link is gone", "https://docs.google.com/spreadsheets/d/team/edit#gid=99", "", `range "gid=99" is the link's tab, which does not exist (any more)`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := setup(t, team())
			_, err := b.read(t, tt.spreadsheet, tt.text)
			expect{
				code: codes.InvalidArgument, reason: errorsv1.ErrorReason_SHEET_RANGE_INVALID, says: tt.says,
				metadata: map[string]string{"tabs": tabs, "named_ranges": "best, durations", "tables": "Backlog"}, requests: 1,
			}.check(t, b, err)
		})
	}
}

func TestReadRefusesWhatIsTooLarge(t *testing.T) {
	b := setup(t, emulator.Options{Spreadsheets: []emulator.Spreadsheet{
		{ID: "long", Tabs: []emulator.Tab{{Title: "Ideas", Rows: [][]any{{"x"}}, GridRows: 50_001}}},
		{ID: "wide", Tabs: []emulator.Tab{{Title: "Ideas", Rows: [][]any{{"x"}}, GridWidth: 201}}},
		{ID: "both", Tabs: []emulator.Tab{{Title: "Ideas", Rows: [][]any{{"x"}}, GridRows: 20_000, GridWidth: 101}}},
	}})
	for i, id := range []string{"long", "wide", "both"} {
		_, err := b.read(t, id, "")
		expect{
			code: codes.InvalidArgument, reason: errorsv1.ErrorReason_VALIDATION_FAILED, requests: 3*i + 1,
			says: "at most 50000 rows, 200 columns and 2000000 cells are read at once: name a smaller range, for example Ideas!A1:Z5000",
		}.check(t, b, err)
		if table := mustRead(t, b, id, "A1:Z50"); table.Rows[0][0].String() != "x" {
			t.Errorf("a part of %s cannot be read: %v", id, table.Rows)
		}
	}
}

func TestReadExplainsUpstreamErrors(t *testing.T) {
	bad := errorsv1.ErrorReason_SHEET_UNAVAILABLE
	tests := []struct {
		name   string
		sheet  string
		faults []emulator.Fault
		want   expect
	}{
		{"unknown id", "nothing", nil, expect{
			codes.NotFound, errorsv1.ErrorReason_SHEET_NOT_FOUND, "Google knows no spreadsheet nothing",
			map[string]string{"spreadsheet_id": "nothing"},
			1,
		}},
		{"no permission", "team", []emulator.Fault{{Status: 403}}, expect{
			codes.FailedPrecondition, errorsv1.ErrorReason_SHEET_NOT_SHARED, "the sheet is not public",
			map[string]string{"account": "", "spreadsheet_id": "team"},
			1,
		}},
		{"credentials", "team", []emulator.Fault{{Status: 401}}, expect{
			codes.FailedPrecondition, errorsv1.ErrorReason_SHEET_CREDENTIALS_INVALID, "Google refuses the credentials", nil, 1,
		}},
		{"API not enabled", "team", []emulator.Fault{{Status: 403, Reason: "SERVICE_DISABLED"}}, expect{
			codes.FailedPrecondition, errorsv1.ErrorReason_SHEET_CREDENTIALS_INVALID,
			"is not enabled in the Google Cloud project of the API key; open https://console.cloud.google.com/apis/library/sheets.googleapis.com?project=1, choose Enable", nil, 1,
		}},
		{"key with restrictions", "team", []emulator.Fault{{Status: 403, Reason: "API_KEY_SERVICE_BLOCKED"}}, expect{
			codes.FailedPrecondition, errorsv1.ErrorReason_SHEET_CREDENTIALS_INVALID, "allow the Google Sheets API, and this server's address, among the key's restrictions", nil, 1,
		}},
		{"token without the right", "team", []emulator.Fault{{Status: 403, Reason: "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}}, expect{
			codes.FailedPrecondition, errorsv1.ErrorReason_SHEET_CREDENTIALS_INVALID, "was not given the right to read spreadsheets: sign in again", nil, 1,
		}},
		{"quota told as 403", "team", []emulator.Fault{{Status: 403, Reason: "RATE_LIMIT_EXCEEDED", Times: 9}}, expect{
			codes.ResourceExhausted, errorsv1.ErrorReason_RATE_LIMITED, "Google's own quota for reading sheets is used up", nil, 4,
		}},
		{"bad request", "team", []emulator.Fault{{Status: 400}}, expect{
			codes.InvalidArgument, errorsv1.ErrorReason_VALIDATION_FAILED, "source.google_sheet: Google refuses the request: Request contains", nil, 1,
		}},
		{"quota", "team", []emulator.Fault{{Status: 429, Times: 9}}, expect{
			codes.ResourceExhausted, errorsv1.ErrorReason_RATE_LIMITED, "Google's own quota for reading sheets is used up", nil, 4,
		}},
		{"unavailable", "team", []emulator.Fault{{Status: 503, Times: 9}}, expect{codes.Unavailable, bad, "try again later: HTTP 503", nil, 4}},
		{"proxy's page", "team", []emulator.Fault{{Status: 502, HTML: true, Times: 9}}, expect{codes.Unavailable, bad, "try again later: HTTP 502", nil, 4}},
		{"tab deleted between", "team", []emulator.Fault{{Status: 400, Path: "values:batchGet", Message: "Unable to parse range: Ideas!A1:Z1000"}}, expect{
			codes.InvalidArgument, errorsv1.ErrorReason_SHEET_RANGE_INVALID, "does not exist (any more); the tabs are Archive, Ideas", nil, 2,
		}},
		{"Excel file", "team", []emulator.Fault{{Status: 400, Message: "This operation is not supported for this document"}}, expect{
			codes.InvalidArgument, errorsv1.ErrorReason_VALIDATION_FAILED, "choose File > Save as Google Sheets", nil, 1,
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := setup(t, team())
			b.server.Inject(tt.faults...)
			_, err := b.read(t, tt.sheet, "")
			tt.want.check(t, b, err)
			if tt.want.code == codes.Unavailable || tt.want.code == codes.ResourceExhausted {
				if wait, ok := errs.RetryDelay(err); !ok || wait <= 0 {
					t.Errorf("retry delay = %v, %v", wait, ok)
				}
			}
			if len(b.quota.granted) != tt.want.requests {
				t.Errorf("quota taken %d times for %d requests", len(b.quota.granted), tt.want.requests)
			}
		})
	}
}

func TestQuotaErrorsNameTheLimitOfGoogle(t *testing.T) {
	options := team()
	options.ReadsPerMinute = 1
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	options.Now = func() time.Time { return now }
	b := setup(t, options)
	_, err := b.read(t, "team", "")
	failure, _ := errs.Detail[*errdetails.QuotaFailure](err)
	if len(failure.GetViolations()) != 1 {
		t.Fatalf("error = %v, want one with a quota's violation", err)
	}
	v := failure.GetViolations()[0]
	if v.GetQuotaId() != "ReadRequestsPerMinutePerUser" || v.GetSubject() != "projects/1" || !strings.Contains(v.GetDescription(), "Read requests per minute per user") {
		t.Errorf("violation = %v", v)
	}
}

// Each refusal by Google is told to the quota service, with whose limit it was and how much it really allows.
func TestQuotaErrorsAreReported(t *testing.T) {
	options := team()
	options.ReadsPerMinute = 1
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	options.Now = func() time.Time { return now }
	b := setup(t, options)
	if _, err := b.read(t, "team", ""); err == nil {
		t.Fatal("two reads in a minute that allows one")
	}
	if len(b.quota.reported) == 0 {
		t.Fatal("nothing was reported")
	}
	want := &ratelimitv1.ReportRequest{
		Descriptors: map[string]string{"action": "sheets.read", "project": "demo", "user": "ada", "sheet": "team"},
		Dimensions:  []string{"project", "user"}, TrueCapacity: 1,
	}
	if diff := cmp.Diff(want, b.quota.reported[0], protocmp.Transform(), protocmp.IgnoreFields(want, "retry_duration")); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
}

func TestReadTriesAgain(t *testing.T) {
	tests := map[string][]emulator.Fault{
		"unavailable":       {{Status: 503, Times: 3}},
		"quota":             {{Status: 429, Times: 3}},
		"proxy's page":      {{Status: 502, HTML: true, Times: 3}},
		"connection closed": {{Drop: true}, {Status: 500}},
		"values fail":       {{Status: 503, Path: "values:batchGet", Times: 2}},
		"no answer in time": {{Hang: true}},
	}
	for name, faults := range tests {
		t.Run(name, func(t *testing.T) {
			b := setup(t, team(), func(_ *bundle, cfg *sheets.Config) {
				if name == "no answer in time" {
					cfg.TryTimeout = 100 * time.Millisecond
				}
				cfg.Upstream.Retry.MaxAttempts = 10
			})
			b.server.Inject(faults...)
			if table := mustRead(t, b, "team", ""); len(table.Rows) != 5 {
				t.Errorf("%d rows, want 5", len(table.Rows))
			}
		})
	}
}

func TestReadEndsWithItsContext(t *testing.T) {
	b := setup(t, team())
	b.server.Inject(emulator.Fault{Hang: true, Times: 9})
	s, err := b.client.Sheet(sheets.Request{Spreadsheet: "team", Project: "demo"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	end := make(chan error, 1)
	go func() {
		_, err := s.Read(ctx)
		end <- err
	}()
	cancel()
	if err := <-end; !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want the cancel", err)
	}
}

func TestReadFailsWhenNothingAnswers(t *testing.T) {
	b := setup(t, team(), func(_ *bundle, cfg *sheets.Config) {
		cfg.Endpoint, cfg.APIKey = "http://127.0.0.1:1", "very-secret-key"
	})
	_, err := b.read(t, "team", "")
	expect{code: codes.Unavailable, reason: errorsv1.ErrorReason_SHEET_UNAVAILABLE, says: "Google Sheets does not answer"}.check(t, b, err)
	for _, leak := range []string{"very-secret-key", "127.0.0.1:1/"} {
		if strings.Contains(err.Error(), leak) {
			t.Errorf("error %q holds %q", err, leak)
		}
	}
}

// Without an endpoint of its own, a client asks Google, which has no ids as short as a word.
func TestAWordIsNoIDOfGoogle(t *testing.T) {
	client, err := sheets.New(sheets.Config{APIKey: "k"}, sheets.Deps{Quota: &quota{}})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := client.Sheet(sheets.Request{Spreadsheet: "ideas", Project: "demo"}); errs.ReasonOf(err) != errorsv1.ErrorReason_SHEET_LINK_INVALID {
		t.Errorf("a word: %v", err)
	}
	if _, err := client.Sheet(sheets.Request{Spreadsheet: "1AbC_d-EF0123456789xyz", Project: "demo"}); err != nil {
		t.Errorf("an id: %v", err)
	}
}
