package sheets

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"sync"

	"cloud.google.com/go/auth"
	sheetsapi "google.golang.org/api/sheets/v4"
)

// account is a service account: its address, with which people share their sheets, and its tokens.
type account struct {
	email  string
	source auth.TokenProvider // asks Google each time

	mu     sync.Mutex
	cached auth.TokenProvider
}

// token gives a token that should be valid.
func (a *account) token(ctx context.Context) (*auth.Token, error) {
	a.mu.Lock()
	if a.cached == nil {
		// Refreshing in the background would be a goroutine that nobody waits for.
		a.cached = auth.NewCachedTokenProvider(a.source, &auth.CachedTokenProviderOptions{DisableAsyncRefresh: true})
	}
	cached := a.cached
	a.mu.Unlock()
	return cached.Token(ctx)
}

// forget drops the token that Google refused, so that the next call gets a new one and not the same for an hour.
func (a *account) forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.cached = nil
}

// loadAccount reads a service account's key file. Tokens are asked for the right to read sheets and nothing else.
func loadAccount(path string, client *http.Client) (*account, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("sheets credentials: %w", err)
	}
	a, err := parseAccount(content, client)
	if err != nil {
		return nil, fmt.Errorf("sheets credentials %s: %w", path, err)
	}
	return a, nil
}

func parseAccount(content []byte, client *http.Client) (*account, error) {
	var file struct {
		Type         string `json:"type"`
		ClientEmail  string `json:"client_email"`
		PrivateKey   string `json:"private_key"`
		PrivateKeyID string `json:"private_key_id"`
		TokenURI     string `json:"token_uri"`
	}
	if json.Unmarshal(content, &file) != nil { // the cause could quote the key
		return nil, errors.New("not a JSON file")
	}
	if file.Type != "service_account" {
		return nil, fmt.Errorf("type is %q, want \"service_account\": create a key of a service account", file.Type)
	}
	if file.ClientEmail == "" {
		return nil, errors.New("client_email is missing")
	}
	if err := checkKey(file.PrivateKey); err != nil {
		return nil, fmt.Errorf("private_key: %w", err)
	}
	if file.TokenURI == "" {
		file.TokenURI = "https://oauth2.googleapis.com/token"
	}
	u, err := url.Parse(file.TokenURI)
	if err != nil || (u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname()))) {
		return nil, errors.New("token_uri: not an https URL")
	}
	tokens, err := auth.New2LOTokenProvider(&auth.Options2LO{
		Email: file.ClientEmail, PrivateKey: []byte(file.PrivateKey), PrivateKeyID: file.PrivateKeyID,
		TokenURL: file.TokenURI, Scopes: []string{sheetsapi.SpreadsheetsReadonlyScope}, Client: client,
	})
	if err != nil {
		return nil, errors.New("not complete")
	}
	return &account{email: file.ClientEmail, source: tokens}, nil
}

// checkKey finds out at the start that a key is broken, not at the first sheet.
func checkKey(text string) error {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return errors.New("not in PEM form")
	}
	if _, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return nil
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return errors.New("not a private key")
	}
	if _, ok := key.(*rsa.PrivateKey); !ok {
		return errors.New("not an RSA key")
	}
	return nil
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}
