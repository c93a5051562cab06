package emulator

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// caller is who sends a request.
type caller struct {
	account string // Anyone for a key or for nothing
	bearer  bool   // has a token
	key     bool   // has an API key
	canEdit bool   // the token's scope allows writing
	canLook bool   // the token's scope allows Drive
}

// grant is what a token stands for.
type grant struct {
	account string
	canEdit bool
	canLook bool
	expires time.Time
}

// identify reads the credentials of a request.
func (e *Emulator) identify(c *call) (caller, error) {
	if token, found := strings.CutPrefix(c.Header.Get("Authorization"), "Bearer "); found {
		g, known := e.tokens[token]
		if !known || !e.clock().Before(g.expires) {
			return caller{}, byCode(http.StatusUnauthorized)
		}
		return caller{account: g.account, bearer: true, canEdit: g.canEdit, canLook: g.canLook}, nil
	}
	who := caller{account: Anyone, key: c.URL.Query().Has("key")}
	if who.key && len(e.keys) > 0 && !slices.Contains(e.keys, c.URL.Query().Get("key")) {
		return caller{}, invalid("API key not valid. Please pass a valid API key.").because("API_KEY_INVALID", map[string]any{})
	}
	return who, nil
}

// permit checks a spreadsheet's sharing.
func (e *Emulator) permit(b *book, who caller, kind action) error {
	switch {
	case b.Sharing == nil && len(e.keys) == 0 && !who.bearer:
		return nil
	case !who.bearer && !who.key:
		denied := byCode(http.StatusForbidden)
		denied.message = "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API."
		return denied
	case !who.bearer && kind == writes:
		refused := byCode(http.StatusUnauthorized)
		refused.message = "API keys are not supported by this API. Expected OAuth2 access token or other authentication credentials that assert a principal. See https://cloud.google.com/docs/authentication"
		return refused.because("CREDENTIALS_MISSING", map[string]any{})
	case who.bearer && (kind == writes && !who.canEdit || kind == looks && !who.canLook):
		denied := byCode(http.StatusForbidden)
		denied.message = "Request had insufficient authentication scopes."
		return denied.because("ACCESS_TOKEN_SCOPE_INSUFFICIENT", map[string]any{})
	case b.Sharing == nil:
		return nil
	}
	needed := Reader
	if kind == writes {
		needed = Writer
	}
	if max(b.Sharing[who.account], b.Sharing[Anyone]) < needed {
		return byCode(http.StatusForbidden)
	}
	return nil
}
