package emulator

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	jwtGrant      = "urn:ietf:params:oauth:grant-type:jwt-bearer"
	scopeEdit     = "https://www.googleapis.com/auth/spreadsheets"
	scopeRead     = "https://www.googleapis.com/auth/spreadsheets.readonly"
	tokenLifetime = time.Hour
	maxTokens     = 10_000
)

// serviceAccount is an account that may ask for tokens.
type serviceAccount struct {
	key *rsa.PublicKey
}

// AddServiceAccount makes an account and gives its key file, as Google's console would. url is the emulator's own,
// where the file sends a client for its tokens. A second call for the same address replaces its key.
func (e *Emulator) AddServiceAccount(email, url string) (keyFile []byte, err error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, fmt.Errorf("emulator: key of %s: %w", email, err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("emulator: key of %s: %w", email, err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.accounts[email] = &serviceAccount{key: &key.PublicKey}
	return json.MarshalIndent(map[string]string{
		"type": "service_account", "project_id": "emulator", "private_key_id": "1",
		"private_key":  string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
		"client_email": email, "client_id": "1", "token_uri": strings.TrimSuffix(url, "/") + "/token",
	}, "", "  ")
}

// RevokeTokens makes all tokens invalid, as Google does when a key is deleted.
func (e *Emulator) RevokeTokens() {
	e.mu.Lock()
	defer e.mu.Unlock()
	clear(e.tokens)
}

// giveToken is the token endpoint, after RFC 7523 and RFC 6749.
func (e *Emulator) giveToken(c *call) answer {
	e.mu.Lock()
	defer e.mu.Unlock()
	g, err := e.checkGrant(c.body)
	if err != nil {
		return jsonAnswer(http.StatusBadRequest, map[string]any{"error": "invalid_grant", "error_description": err.Error()})
	}
	now := e.clock()
	for token, old := range e.tokens {
		if len(e.tokens) >= maxTokens || !now.Before(old.expires) {
			delete(e.tokens, token)
		}
	}
	token := "emulated." + rand.Text()
	e.tokens[token] = g
	c.caller = caller{account: g.account}
	return jsonAnswer(http.StatusOK, map[string]any{
		"access_token": token, "expires_in": int(tokenLifetime / time.Second), "token_type": "Bearer",
	})
}

// refusal is why the token endpoint refuses, in Google's own words.
type refusal string

func (r refusal) Error() string { return string(r) }

// checkGrant says what a request for a token may have.
func (e *Emulator) checkGrant(body []byte) (grant, error) {
	form, err := url.ParseQuery(string(body))
	switch {
	case err == nil && form.Get("grant_type") == jwtGrant:
		return e.checkAssertion(form)
	case err == nil && form.Get("grant_type") == refreshGrant:
		return e.checkRefresh(form)
	}
	return grant{}, refusal("Invalid grant_type.")
}

// checkAssertion verifies a signed assertion and says what it asks for.
func (e *Emulator) checkAssertion(form url.Values) (grant, error) {
	parts := strings.Split(form.Get("assertion"), ".")
	if len(parts) != 3 {
		return grant{}, refusal("Bad Request: the assertion is no JWT.")
	}
	var header struct {
		Algorithm string `json:"alg"`
	}
	var claims struct {
		Issuer   string `json:"iss"`
		Scope    string `json:"scope"`
		Audience string `json:"aud"`
		Expires  int64  `json:"exp"`
	}
	if decode(parts[0], &header) != nil || decode(parts[1], &claims) != nil || header.Algorithm != "RS256" {
		return grant{}, refusal("Bad Request: the assertion cannot be read.")
	}
	a := e.accounts[claims.Issuer]
	if a == nil {
		return grant{}, refusal("Invalid grant: account not found")
	}
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || rsa.VerifyPKCS1v15(a.key, crypto.SHA256, digest[:], signature) != nil {
		return grant{}, refusal("Invalid JWT Signature.")
	}
	now := e.clock()
	if expires := time.Unix(claims.Expires, 0); !now.Before(expires) || expires.Sub(now) > tokenLifetime+time.Minute {
		return grant{}, refusal("Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.")
	}
	scopes := strings.Fields(claims.Scope)
	canEdit := slices.Contains(scopes, scopeEdit)
	if !strings.HasSuffix(claims.Audience, "/token") || (!canEdit && !slices.Contains(scopes, scopeRead)) {
		return grant{}, refusal("Invalid OAuth scope or ID token audience provided.")
	}
	return grant{account: claims.Issuer, canEdit: canEdit, canLook: slices.Contains(scopes, scopeLook), expires: now.Add(tokenLifetime)}, nil
}

func decode(part string, into any) error {
	content, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return err
	}
	return json.Unmarshal(content, into)
}
