package sheets_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	"github.com/sheetreel/sheetreel/services/ingest/emulator"
	"github.com/sheetreel/sheetreel/services/ingest/source/sheets"
)

const robot = "sheetreel@emulator.iam.gserviceaccount.com"

// private is a spreadsheet that only the robot may read.
func private() emulator.Options {
	return emulator.Options{
		APIKeys: []string{"good-key"},
		Spreadsheets: []emulator.Spreadsheet{
			{ID: "mine", Tabs: []emulator.Tab{{Title: "Ideas", Rows: [][]any{{"secret plan"}}}}, Sharing: map[string]emulator.Role{robot: emulator.Reader}},
			{ID: "theirs", Tabs: []emulator.Tab{{Title: "Ideas"}}, Sharing: map[string]emulator.Role{"ada@example.com": emulator.Writer}},
			{ID: "public", Tabs: []emulator.Tab{{Title: "Ideas", Rows: [][]any{{"open plan"}}}}, Sharing: map[string]emulator.Role{emulator.Anyone: emulator.Reader}},
		},
	}
}

func withAccount(t *testing.T) func(*bundle, *sheets.Config) {
	return func(b *bundle, cfg *sheets.Config) { cfg.Credentials = b.server.KeyFile(t, robot) }
}

func TestServiceAccount(t *testing.T) {
	b := setup(t, private(), withAccount(t))
	if got := b.client.Account(); got != robot {
		t.Errorf("account = %q, want %q", got, robot)
	}
	for range 2 {
		if table := mustRead(t, b, "mine", ""); table.Rows[0][0].String() != "secret plan" {
			t.Errorf("rows = %v", table.Rows)
		}
	}
	tokens := 0
	for _, r := range b.server.Requests() {
		if r.Path == "/token" {
			tokens++
		}
		if r.Account != robot {
			t.Errorf("%s %s came from %q", r.Method, r.Path, r.Account)
		}
	}
	if tokens != 1 {
		t.Errorf("%d tokens for two reads, want 1", tokens)
	}
}

func TestServiceAccountWithoutAShare(t *testing.T) {
	b := setup(t, private(), withAccount(t))
	_, err := b.read(t, "theirs", "")
	expect{
		code: codes.FailedPrecondition, reason: errorsv1.ErrorReason_SHEET_NOT_SHARED, requests: 2, // with the token's
		says:     "the sheet is not shared with Sheetreel; choose Share and add " + robot + " as Viewer",
		metadata: map[string]string{"account": robot, "spreadsheet_id": "theirs"},
	}.check(t, b, err)
}

func TestServiceAccountWithADeletedKey(t *testing.T) {
	b := setup(t, private(), func(b *bundle, cfg *sheets.Config) {
		cfg.Credentials = b.server.KeyFile(t, robot)
		b.server.KeyFile(t, robot) // another key takes its place
	})
	_, err := b.read(t, "mine", "")
	expect{
		code: codes.FailedPrecondition, reason: errorsv1.ErrorReason_SHEET_CREDENTIALS_INVALID, requests: 1,
		says: "Google gives no token for the service account " + robot,
	}.check(t, b, err)
}

func TestServiceAccountWithRevokedTokens(t *testing.T) {
	b := setup(t, private(), withAccount(t))
	mustRead(t, b, "mine", "")
	b.server.RevokeTokens()
	_, err := b.read(t, "mine", "")
	expect{
		code: codes.FailedPrecondition, reason: errorsv1.ErrorReason_SHEET_CREDENTIALS_INVALID, requests: 4,
		says: "is the service account " + robot + " still valid?",
	}.check(t, b, err)
	mustRead(t, b, "mine", "") // by a new token
}

func TestTokenEndpointTroubleIsTriedAgain(t *testing.T) {
	b := setup(t, private(), withAccount(t))
	b.server.Inject(emulator.Fault{Path: "/token", Status: 503, Times: 2}, emulator.Fault{Path: "/token", Drop: true})
	mustRead(t, b, "mine", "")
}

func TestAPIKey(t *testing.T) {
	withKey := func(key sheets.Secret) func(*bundle, *sheets.Config) {
		return func(_ *bundle, cfg *sheets.Config) { cfg.APIKey = key }
	}
	t.Run("public sheet", func(t *testing.T) {
		b := setup(t, private(), withKey("good-key"))
		if table := mustRead(t, b, "public", ""); table.Rows[0][0].String() != "open plan" {
			t.Errorf("rows = %v", table.Rows)
		}
	})
	t.Run("from a file", func(t *testing.T) {
		file := writeFile(t, "key", "good-key\n")
		b := setup(t, private(), func(_ *bundle, cfg *sheets.Config) { cfg.APIKeyFile = file })
		mustRead(t, b, "public", "")
	})
	t.Run("private sheet", func(t *testing.T) {
		b := setup(t, private(), withKey("good-key"))
		_, err := b.read(t, "mine", "")
		expect{code: codes.FailedPrecondition, reason: errorsv1.ErrorReason_SHEET_NOT_SHARED, says: "the sheet is not public", requests: 1}.check(t, b, err)
	})
	t.Run("wrong key", func(t *testing.T) {
		b := setup(t, private(), withKey("bad-key"))
		_, err := b.read(t, "public", "")
		expect{code: codes.FailedPrecondition, reason: errorsv1.ErrorReason_SHEET_CREDENTIALS_INVALID, says: "Google does not know the API key", requests: 1}.check(t, b, err)
		if strings.Contains(err.Error(), "bad-key") {
			t.Errorf("error %q holds the key", err)
		}
	})
	t.Run("no key", func(t *testing.T) {
		b := setup(t, private())
		_, err := b.read(t, "public", "")
		expect{code: codes.FailedPrecondition, reason: errorsv1.ErrorReason_SHEET_CREDENTIALS_INVALID, says: "unregistered callers", requests: 1}.check(t, b, err)
	})
}

func TestWithoutCredentialsNothingIsSentToGoogle(t *testing.T) {
	b := setup(t, team(), func(_ *bundle, cfg *sheets.Config) { cfg.Endpoint = "" })
	_, err := b.read(t, "1AbC_d-EF0123456789xyz", "")
	expect{code: codes.FailedPrecondition, reason: errorsv1.ErrorReason_SHEET_CREDENTIALS_INVALID, says: "no Google credentials are configured"}.check(t, b, err)
}

func TestNewRefusesBrokenConfigurations(t *testing.T) {
	account := func(fields map[string]string) string {
		content, err := json.Marshal(fields)
		if err != nil {
			t.Fatal(err)
		}
		return writeFile(t, "key.json", string(content))
	}
	tests := []struct {
		name string
		cfg  sheets.Config
		want string
	}{
		{"no such file", sheets.Config{Credentials: "/nowhere/key.json"}, "sheets credentials: open /nowhere/key.json"},
		{"no JSON", sheets.Config{Credentials: writeFile(t, "key.json", "-----BEGIN secret")}, "not a JSON file"},
		{"another type", sheets.Config{Credentials: account(map[string]string{"type": "gdch_service_account"})}, `type is "gdch_service_account"`},
		{"person without a refresh token", sheets.Config{Credentials: account(map[string]string{"type": "authorized_user", "client_id": "1-a", "client_secret": "secret"})}, "refresh_token is missing"},
		{"token endpoint in the clear", sheets.Config{Credentials: account(map[string]string{"type": "authorized_user", "token_uri": "http://example.com/token"})}, "token_uri: not an https URL"},
		{"key file and key", sheets.Config{Credentials: "key.json", APIKey: "secret"}, "give one of key file, API key and application default"},
		{"unknown retry", sheets.Config{Retry: "C"}, `"C" is neither A nor B`},
		{"no address", sheets.Config{Credentials: account(map[string]string{"type": "service_account"})}, "client_email is missing"},
		{"no PEM", sheets.Config{Credentials: account(map[string]string{"type": "service_account", "client_email": "a@b", "private_key": "secret"})}, "private_key: not in PEM form"},
		{"no key", sheets.Config{Credentials: account(map[string]string{
			"type": "service_account", "client_email": "a@b", "private_key": "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n",
		})}, "private_key: not a private key"},
		{"key twice", sheets.Config{APIKey: "secret", APIKeyFile: "file"}, "given twice"},
		{"empty key file", sheets.Config{APIKeyFile: writeFile(t, "key", "\n")}, "does not hold one word"},
		{"endpoint without scheme", sheets.Config{Endpoint: "127.0.0.1:9190"}, "not an http or https URL"},
		{"endpoint with a secret", sheets.Config{Endpoint: "http://u:secret@127.0.0.1:9190"}, "only scheme, host and path"},
		{"key in the clear", sheets.Config{Endpoint: "http://sheets.example.com", APIKey: "secret"}, "over https or to this machine only"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := sheets.New(tt.cfg, sheets.Deps{Quota: &quota{}})
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "secret") {
				t.Errorf("error = %v, want one that says %q and no secret", err, tt.want)
			}
		})
	}
}

func TestSecretsAreNotShown(t *testing.T) {
	cfg := sheets.Config{APIKey: "very-secret-key"}
	var logged strings.Builder
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("configured", "config", cfg, "key", cfg.APIKey)
	encoded, err := json.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{fmt.Sprint(cfg), fmt.Sprintf("%+v", cfg), fmt.Sprintf("%#v", cfg), string(encoded), logged.String()} {
		if strings.Contains(text, "very-secret") {
			t.Errorf("the key is shown: %s", text)
		}
	}
}
