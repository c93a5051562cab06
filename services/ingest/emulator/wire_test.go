package emulator_test

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/option"
	"google.golang.org/api/sheets/v4"

	"github.com/sheetreel/sheetreel/services/ingest/emulator"
	"github.com/sheetreel/sheetreel/services/ingest/emulator/emulatortest"
)

type response struct {
	code                        int
	contentType, encoding, body string
	header                      http.Header
}

// fetch gets an address without any of the transport's own compression.
func fetch(t *testing.T, address string, header ...string) response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	transport := &http.Transport{DisableCompression: true}
	defer transport.CloseIdleConnections()
	resp, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var body io.Reader = resp.Body
	if resp.Header.Get("Content-Encoding") == "gzip" {
		body, err = gzip.NewReader(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
	}
	content, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return response{resp.StatusCode, resp.Header.Get("Content-Type"), resp.Header.Get("Content-Encoding"), string(content), resp.Header}
}

func TestCompressionAsAsked(t *testing.T) {
	s := emulatortest.Start(t, plan())
	address := s.URL + "/v4/spreadsheets/demo/values/Ideas"
	plain, packed := fetch(t, address), fetch(t, address, "Accept-Encoding", "gzip")
	if plain.encoding != "" || packed.encoding != "gzip" || plain.body != packed.body {
		t.Errorf("encodings %q and %q, bodies %q and %q", plain.encoding, packed.encoding, plain.body, packed.body)
	}
}

func TestPathsAreSplitBeforeTheyAreUnescaped(t *testing.T) {
	s := emulatortest.Start(t, plan())
	if got := fetch(t, s.URL+"/v4/spreadsheets/demo/values/%27a%2Fb%20%27%27c%27%27%27!A1"); got.code != 200 || !strings.Contains(got.body, "slash") {
		t.Errorf("%d %s", got.code, got.body)
	}
	for _, path := range []string{"/", "/v4/spreadsheets", "/v4/spreadsheets/demo/values", "/v4/spreadsheets/demo/values/Ideas/A1", "/v5/spreadsheets/demo", "/token"} {
		if got := fetch(t, s.URL+path); got.code != 404 || !strings.HasPrefix(got.contentType, "text/html") {
			t.Errorf("%s: %d %s, want a page with 404", path, got.code, got.contentType)
		}
	}
}

func TestErrorBodies(t *testing.T) {
	s := emulatortest.Start(t, plan())
	api := client(t, s)
	tests := []struct {
		code            int
		status, message string
	}{
		{400, "INVALID_ARGUMENT", "Request contains an invalid argument."},
		{401, "UNAUTHENTICATED", "Request had invalid authentication credentials."},
		{403, "PERMISSION_DENIED", "The caller does not have permission"},
		{404, "NOT_FOUND", "Requested entity was not found."},
		{429, "RESOURCE_EXHAUSTED", "Quota exceeded for quota metric 'Read requests'"},
		{500, "INTERNAL", "Internal error encountered."},
		{503, "UNAVAILABLE", "The service is currently unavailable."},
	}
	for _, tt := range tests {
		s.Inject(emulator.Fault{Status: tt.code, RetryAfter: 7})
		_, err := api.Get("demo").Do()
		got := refusal(t, err)
		if got.Code != tt.code || !strings.HasPrefix(got.Message, tt.message) || !strings.Contains(got.Body, `"status":"`+tt.status+`"`) {
			t.Errorf("%d: %s", tt.code, got.Body)
		}
		if got.Header.Get("Retry-After") != "7" {
			t.Errorf("%d: Retry-After = %q", tt.code, got.Header.Get("Retry-After"))
		}
	}
	_, err := api.Get("unknown").Do()
	if got := refusal(t, err); got.Code != 404 || got.Message != "Requested entity was not found." {
		t.Errorf("unknown id: %s", got.Body)
	}
	s.Inject(emulator.Fault{Status: 502, HTML: true})
	_, err = api.Get("demo").Do()
	if got := refusal(t, err); got.Code != 502 || got.Message != "" || !strings.Contains(got.Body, "<!DOCTYPE html>") {
		t.Errorf("page: %s", got.Body)
	}
}

func TestQuotasCountReadsAndWritesApart(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 30, 0, time.UTC)
	options := plan()
	options.ReadsPerMinute, options.WritesPerMinute = 2, 1
	options.Now = func() time.Time { return now }
	api := client(t, emulatortest.Start(t, options))
	read := func() error {
		_, err := api.Values.Get("demo", "Ideas").Do()
		return err
	}
	write := func() error {
		_, err := api.Values.BatchUpdate("demo", update("RAW", &sheets.ValueRange{Range: "Ideas!A1", Values: rows{{"x"}}})).Do()
		return err
	}
	for round := range 2 {
		for i, call := range []func() error{read, write, read} {
			if err := call(); err != nil {
				t.Fatalf("round %d call %d: %v", round, i, err)
			}
		}
		got := refusal(t, read())
		for _, part := range []string{"'Read requests per minute per user'", `"quota_limit":"ReadRequestsPerMinutePerUser"`, `"quota_limit_value":"2"`, `"quota_metric":"sheets.googleapis.com/read_requests"`, `"reason":"RATE_LIMIT_EXCEEDED"`} {
			if got.Code != 429 || !strings.Contains(got.Body, part) {
				t.Errorf("read: %d without %s: %s", got.Code, part, got.Body)
			}
		}
		if got := refusal(t, write()); got.Code != 429 || !strings.Contains(got.Body, `"quota_limit":"WriteRequestsPerMinutePerUser"`) {
			t.Errorf("write: %s", got.Body)
		}
		now = now.Add(30 * time.Second) // the next minute begins
	}
}

func TestFaultsStrikeBeforeOrAfterTheWork(t *testing.T) {
	for name, applied := range map[string]bool{"before": false, "after": true} {
		t.Run(name, func(t *testing.T) {
			s := emulatortest.Start(t, plan())
			s.Inject(emulator.Fault{Drop: true, Applied: applied, Path: "values:batchUpdate"})
			api := client(t, s)
			if _, err := api.Get("demo").Do(); err != nil {
				t.Fatalf("a request that the fault does not name: %v", err)
			}
			_, err := api.Values.BatchUpdate("demo", update("RAW", &sheets.ValueRange{Range: "Ideas!A1", Values: rows{{"new"}}})).Do()
			if err == nil {
				t.Fatal("the connection was not closed")
			}
			values, err := s.Values("demo", "Ideas")
			if err != nil {
				t.Fatal(err)
			}
			if written := values[0][0] == "new"; written != applied {
				t.Errorf("written = %v, want %v", written, applied)
			}
			requests := s.Requests()
			if last := requests[len(requests)-1]; last.Status != 0 || last.Method != "POST" || !strings.Contains(last.Body, `"new"`) {
				t.Errorf("log of the request = %+v", last)
			}
		})
	}
}

func TestTheLogHoldsNoKeys(t *testing.T) {
	s := emulatortest.Start(t, plan())
	if _, err := client(t, s, option.WithAPIKey("secret-key")).Get("demo").Do(); err != nil {
		t.Fatal(err)
	}
	want := []emulator.Request{{
		Method: "GET", Path: "/v4/spreadsheets/demo", Query: map[string][]string{"alt": {"json"}, "prettyPrint": {"false"}}, Account: emulator.Anyone, Status: 200,
	}}
	if diff := cmp.Diff(want, s.Requests()); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}

func TestServeEndsWithItsContext(t *testing.T) {
	e, err := emulator.New(plan())
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	end := make(chan error, 1)
	go func() { end <- e.Serve(ctx, listener) }()
	if got := fetch(t, "http://"+listener.Addr().String()+"/v4/spreadsheets/demo"); got.code != 200 {
		t.Errorf("status %d", got.code)
	}
	cancel()
	if err := <-end; err != nil {
		t.Error(err)
	}
	if _, err := listener.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("listener: %v, want it closed", err)
	}
}
