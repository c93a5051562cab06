package sheets

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"sync"

	"cloud.google.com/go/auth"
)

// account gets tokens for an identity.
type account struct {
	identity
	payer string // the Google Cloud project that a file names to pay for the calls, if any
	// fresh makes a source that remembers no token.
	fresh func() (auth.TokenProvider, error)

	mu     sync.Mutex
	cached auth.TokenProvider
}

// token gives a token that should be valid.
func (a *account) token(ctx context.Context) (*auth.Token, error) {
	cached, err := a.provider()
	if err != nil {
		return nil, err
	}
	return cached.Token(ctx)
}

func (a *account) provider() (auth.TokenProvider, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.cached == nil {
		source, err := a.fresh()
		if err != nil {
			return nil, err
		}
		// Refreshing in the background would be a goroutine that nobody waits for.
		a.cached = auth.NewCachedTokenProvider(source, &auth.CachedTokenProviderOptions{DisableAsyncRefresh: true})
	}
	return a.cached, nil
}

// forget drops the token that Google refused, so that the next call gets a new one and not the same for an hour.
func (a *account) forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.cached = nil
}

// keyFile is a file of credentials, as Google's console and tools write them.
type keyFile struct {
	Type         string `json:"type"`
	ProjectID    string `json:"project_id"`
	QuotaProject string `json:"quota_project_id"`
	ClientEmail  string `json:"client_email"`
	PrivateKey   string `json:"private_key"`
	PrivateKeyID string `json:"private_key_id"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
	RefreshToken string `json:"refresh_token"`
	TokenURI     string `json:"token_uri"`
}

// loadAccount reads a file of credentials: a service account's key, or a person's refresh token.
func loadAccount(path string, scopes []string, client *http.Client) (*account, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("sheets credentials: %w", err)
	}
	a, err := parseAccount(content, scopes, client)
	if err != nil {
		return nil, fmt.Errorf("sheets credentials %s: %w", path, err)
	}
	return a, nil
}

func parseAccount(content []byte, scopes []string, client *http.Client) (*account, error) {
	var file keyFile
	if json.Unmarshal(content, &file) != nil { // the cause could quote the key
		return nil, errors.New("not a JSON file")
	}
	if file.TokenURI == "" {
		file.TokenURI = "https://oauth2.googleapis.com/token"
	}
	u, err := url.Parse(file.TokenURI)
	if err != nil || (u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname()))) {
		return nil, errors.New("token_uri: not an https URL")
	}
	switch file.Type {
	case "service_account":
		return serviceAccount(file, scopes, client)
	case "authorized_user":
		return person(file, scopes, client)
	}
	return nil, fmt.Errorf("type is %q, want \"service_account\" or \"authorized_user\": create a key of a service account", file.Type)
}

// mark is a short name for a secret, by which nobody finds the secret.
func mark(secret string) string {
	digest := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(digest[:6])
}

// projectOfClient is the number of the Google Cloud project with which an OAuth client's id begins.
func projectOfClient(id string) string {
	number, _, _ := strings.Cut(id, "-")
	return number
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}
