package sheets

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	driveapi "google.golang.org/api/drive/v3"
	sheetsapi "google.golang.org/api/sheets/v4"

	"github.com/sheetreel/sheetreel/kit/retry"
	"github.com/sheetreel/sheetreel/services/ingest/source/upstream"
)

// Config says how Google Sheets is reached. Without credentials and without an endpoint everything starts, and
// reading a sheet fails with a clear error.
type Config struct {
	Credentials        string        `name:"sheets-credentials" help:"JSON file of Google credentials: the key of a service account, with whose address sheets are shared, or the refresh token of a person (type authorized_user)." env:"SHEETREEL_SHEETS_CREDENTIALS" placeholder:"FILE"`
	ApplicationDefault bool          `name:"sheets-application-default" help:"Use the credentials that this machine has for all programs (Google's application default)." env:"SHEETREEL_SHEETS_APPLICATION_DEFAULT"`
	APIKey             Secret        `name:"sheets-api-key" help:"Google API key, enough for sheets that everyone with the link may view. Better set by environment or file." env:"SHEETREEL_SHEETS_API_KEY" placeholder:"KEY"`
	APIKeyFile         string        `name:"sheets-api-key-file" help:"File that holds the Google API key." env:"SHEETREEL_SHEETS_API_KEY_FILE" placeholder:"FILE"`
	Endpoint           string        `name:"sheets-endpoint" help:"Another server that speaks the Sheets API, for example the emulator at http://127.0.0.1:9190. Used without authentication unless credentials are given." env:"SHEETREEL_SHEETS_ENDPOINT" placeholder:"URL"`
	TryTimeout         time.Duration `name:"sheets-try-timeout" help:"How long one request to Google Sheets may take." default:"60s" env:"SHEETREEL_SHEETS_TRY_TIMEOUT"`
	Retry              string        `name:"sheets-retry" help:"How requests are tried again: A waits up to 1 s, then 3 times as long each time, 5 times; B up to 1 s, then twice as long, 10 times." enum:"A,B," default:"A" env:"SHEETREEL_SHEETS_RETRY"`

	Connect bool `name:"sheets-connect" help:"Ask Google for the right to see when files change, so that connected sheets can be watched." env:"SHEETREEL_SHEETS_CONNECT"`

	// Edits asks for the right to edit sheets, not only to read them; not a flag.
	Edits bool `kong:"-"`
	// Upstream says how patient calls are; not a flag.
	Upstream upstream.Config `kong:"-"`
}

// Secret is a text that is never shown.
type Secret string

const hidden = "[hidden]"

// String hides the secret.
func (Secret) String() string { return hidden }

// GoString hides the secret.
func (Secret) GoString() string { return hidden }

// LogValue hides the secret.
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText hides the secret.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// key gives the API key, empty when none is configured.
func (c Config) key() (string, error) {
	if c.APIKeyFile == "" {
		return strings.TrimSpace(string(c.APIKey)), nil
	}
	if c.APIKey != "" {
		return "", errors.New("sheets API key: given twice, as value and as file")
	}
	content, err := os.ReadFile(c.APIKeyFile)
	if err != nil {
		return "", fmt.Errorf("sheets API key: %w", err)
	}
	key := strings.TrimSpace(string(content))
	if key == "" || strings.ContainsAny(key, " \t\r\n") {
		return "", fmt.Errorf("sheets API key: file %s does not hold one word", c.APIKeyFile)
	}
	return key, nil
}

// policy is the template of retries that is configured.
func (c Config) policy() (retry.Policy, error) {
	switch c.Retry {
	case "", "A":
		return retry.TemplateA(), nil
	case "B":
		return retry.TemplateB(), nil
	}
	return retry.Policy{}, fmt.Errorf("sheets retry: %q is neither A nor B", c.Retry)
}

// account opens the credentials; nil when there are none that need tokens.
func (c Config) account(client *http.Client) (*account, error) {
	scopes := []string{sheetsapi.SpreadsheetsReadonlyScope}
	if c.Edits {
		scopes[0] = sheetsapi.SpreadsheetsScope
	}
	if c.Connect {
		scopes = append(scopes, driveapi.DriveMetadataReadonlyScope)
	}
	switch {
	case c.Credentials != "":
		return loadAccount(c.Credentials, scopes, client)
	case c.ApplicationDefault:
		return applicationDefault(scopes, client)
	}
	return nil, nil
}

// checkEndpoint refuses to send secrets over the network in the clear.
func (c Config) checkEndpoint(secrets bool) error {
	if c.Endpoint == "" {
		return nil
	}
	u, err := url.Parse(c.Endpoint)
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https"):
		return errors.New("sheets endpoint: not an http or https URL")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return errors.New("sheets endpoint: only scheme, host and path are allowed")
	case secrets && u.Scheme == "http" && !isLoopback(u.Hostname()):
		return errors.New("sheets endpoint: credentials are sent over https or to this machine only")
	}
	return nil
}
