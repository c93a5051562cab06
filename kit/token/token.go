// Package token makes opaque, URL-safe tokens: page tokens and resume tokens.
//
// A token holds a position and a checksum of what it belongs to, so that a token given to another request is
// refused instead of answering nonsense. It is no credential: it only guards against mistakes.
package token

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// ErrInvalid is returned for a token that was not made by Encode with the same scope.
var ErrInvalid = errors.New("not a token of this request")

type envelope struct {
	Version  int             `json:"v"`
	Scope    string          `json:"s"`
	Position json.RawMessage `json:"p"`
}

const version = 1

// Encode makes a token of a position (any JSON value) within a scope: the texts that name what it belongs to.
func Encode(position any, scope ...string) (string, error) {
	raw, err := json.Marshal(position)
	if err != nil {
		return "", fmt.Errorf("token position: %w", err)
	}
	text, err := json.Marshal(envelope{Version: version, Scope: checksum(scope), Position: raw})
	if err != nil {
		return "", fmt.Errorf("token: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(text), nil
}

// Decode reads the position of a token into position, a pointer.
func Decode(token string, position any, scope ...string) error {
	text, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return ErrInvalid
	}
	var e envelope
	if json.Unmarshal(text, &e) != nil || e.Version != version || e.Scope != checksum(scope) {
		return ErrInvalid
	}
	if json.Unmarshal(e.Position, position) != nil {
		return ErrInvalid
	}
	return nil
}

func checksum(scope []string) string {
	sum := sha256.Sum256([]byte(strings.Join(scope, "\x00")))
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}
