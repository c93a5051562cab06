package emulator_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"google.golang.org/api/option"
	"google.golang.org/api/sheets/v4"

	"github.com/sheetreel/sheetreel/services/ingest/emulator"
	"github.com/sheetreel/sheetreel/services/ingest/emulator/emulatortest"
)

// Google's own way to use a key file works from end to end: the token endpoint, the scopes, the sharing.
func TestKeyFilesWorkWithGooglesClient(t *testing.T) {
	const reader, writer, stranger = "reader@x.iam.gserviceaccount.com", "writer@x.iam.gserviceaccount.com", "stranger@x.iam.gserviceaccount.com"
	options := plan()
	options.Spreadsheets[0].Sharing = map[string]emulator.Role{reader: emulator.Reader, writer: emulator.Writer}
	s := emulatortest.Start(t, options)
	const edit, view = sheets.SpreadsheetsScope, sheets.SpreadsheetsReadonlyScope
	tests := []struct {
		account, scope, read, write string // the message of a refusal, empty when allowed
	}{
		{writer, edit, "", ""},
		{writer, view, "", "Request had insufficient authentication scopes."},
		{reader, edit, "", "The caller does not have permission"},
		{stranger, edit, "The caller does not have permission", "The caller does not have permission"},
	}
	check := func(t *testing.T, what string, err error, want string) {
		t.Helper()
		if want == "" {
			if err != nil {
				t.Errorf("%s: %v", what, err)
			}
			return
		}
		if got := refusal(t, err); got.Code != 403 || got.Message != want {
			t.Errorf("%s: %d %q, want 403 %q", what, got.Code, got.Message, want)
		}
	}
	for _, tt := range tests {
		t.Run(tt.account+" "+tt.scope, func(t *testing.T) {
			content, err := os.ReadFile(s.KeyFile(t, tt.account))
			if err != nil {
				t.Fatal(err)
			}
			api := client(t, s, option.WithAuthCredentialsJSON(option.ServiceAccount, content), option.WithScopes(tt.scope))
			_, err = api.Values.Get("demo", "Ideas").Do()
			check(t, "read", err, tt.read)
			_, err = api.Values.BatchUpdate("demo", update("RAW", &sheets.ValueRange{Range: "Ideas!A1", Values: rows{{"x"}}})).Do()
			check(t, "write", err, tt.write)
		})
	}
}

func TestTokenEndpointRefuses(t *testing.T) {
	s := emulatortest.Start(t, plan())
	const jwt = "urn:ietf:params:oauth:grant-type:jwt-bearer"
	tests := map[string]struct{ grant, assertion, want string }{
		"another grant": {"password", "", "Invalid grant_type."},
		"no client":     {"refresh_token", "", "OAuth client was not found"},
		"no JWT":        {jwt, "x", "no JWT"},
		"no JSON":       {jwt, "x.y.z", "cannot be read"},
		"no signature":  {jwt, "eyJhbGciOiJub25lIn0.e30.", "cannot be read"},
		"unknown":       {jwt, "eyJhbGciOiJSUzI1NiJ9.e30.x", "account not found"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			resp, err := http.PostForm(s.URL+"/token", url.Values{"grant_type": {tt.grant}, "assertion": {tt.assertion}})
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			var answer struct {
				Error       string `json:"error"`
				Description string `json:"error_description"`
			}
			if err := json.Unmarshal(body, &answer); err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != 400 || answer.Error != "invalid_grant" || !strings.Contains(answer.Description, tt.want) {
				t.Errorf("%d %s, want 400 invalid_grant %q", resp.StatusCode, body, tt.want)
			}
		})
	}
}

func TestAPIKeysReadOnly(t *testing.T) {
	options := plan()
	options.APIKeys = []string{"good"}
	s := emulatortest.Start(t, options)
	if _, err := client(t, s, option.WithAPIKey("good")).Values.Get("demo", "Ideas").Do(); err != nil {
		t.Error(err)
	}
	_, err := client(t, s, option.WithAPIKey("good")).Values.BatchUpdate("demo", update("RAW")).Do()
	if got := refusal(t, err); got.Code != 401 || !strings.Contains(got.Message, "API keys are not supported by this API") {
		t.Errorf("write by key: %s", got.Body)
	}
	_, err = client(t, s, option.WithAPIKey("bad")).Values.Get("demo", "Ideas").Do()
	if got := refusal(t, err); got.Code != 400 || got.Message != "API key not valid. Please pass a valid API key." {
		t.Errorf("bad key: %s", got.Body)
	}
	_, err = client(t, s).Values.Get("demo", "Ideas").Do()
	if got := refusal(t, err); got.Code != 403 || !strings.Contains(got.Message, "unregistered callers") {
		t.Errorf("no key: %s", got.Body)
	}
}
