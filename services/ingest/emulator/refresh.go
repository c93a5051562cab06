package emulator

import (
	"crypto/rand"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

const (
	refreshGrant = "refresh_token"
	clientID     = "1-emulator.apps.googleusercontent.com"
	clientSecret = "emulated"
)

// person is somebody who has let a program act in her name.
type person struct {
	email   string
	canEdit bool
}

// AddPerson makes a Google account and gives the file with its refresh token that a sign-in leaves behind. role is what the person
// has agreed to. url is the emulator's own, where the file sends a client for its tokens.
func (e *Emulator) AddPerson(email, url string, role Role) (file []byte, err error) {
	token := "refresh." + rand.Text()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.people[token] = person{email: email, canEdit: role == Writer}
	return json.MarshalIndent(map[string]string{
		"type": "authorized_user", "client_id": clientID, "client_secret": clientSecret, "refresh_token": token,
		"token_uri": strings.TrimSuffix(url, "/") + "/token",
	}, "", "  ")
}

// Withdraw makes the refresh tokens of a person invalid, as happens when they expire or access is taken back.
func (e *Emulator) Withdraw(email string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for token, p := range e.people {
		if p.email == email {
			delete(e.people, token)
		}
	}
}

// checkRefresh says what a refresh token may have.
func (e *Emulator) checkRefresh(form url.Values) (grant, error) {
	if form.Get("client_id") != clientID || form.Get("client_secret") != clientSecret {
		return grant{}, refusal("The OAuth client was not found.")
	}
	p, known := e.people[form.Get("refresh_token")]
	if !known {
		return grant{}, refusal("Token has been expired or revoked.")
	}
	canEdit, canLook := p.canEdit, false
	if scopes := strings.Fields(form.Get("scope")); len(scopes) > 0 {
		if slices.Contains(scopes, scopeEdit) && !p.canEdit {
			return grant{}, refusal("Some requested scopes were invalid or not granted.")
		}
		canEdit = slices.Contains(scopes, scopeEdit)
		canLook = slices.Contains(scopes, scopeLook)
	}
	return grant{account: p.email, canEdit: canEdit, canLook: canLook, expires: e.clock().Add(tokenLifetime)}, nil
}
