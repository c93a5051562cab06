package sheets

import (
	"net/http"
	"strings"
	"testing"
)

// A file of credentials is taken or refused in words, and what is secret in it stands in no error.
func FuzzParseAccount(f *testing.F) {
	for _, seed := range []string{
		`{"type":"service_account","client_email":"a@b","private_key":"hush-hush"}`,
		`{"type":"authorized_user","client_id":"1-a","client_secret":"hush-hush","refresh_token":"hush-hush"}`,
		`{"type":"authorized_user","token_uri":"http://hush-hush@example.com"}`,
		`{"type":"external_account"}`, `[]`, `hush-hush`, ``,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content string) {
		a, err := parseAccount([]byte(content), []string{"scope"}, http.DefaultClient)
		switch {
		case err == nil && (a.credential == "" || a.cloudProject == "" || a.kind == byNothing):
			t.Errorf("account %+v is nobody", a.identity)
		case err == nil && strings.Contains(a.credential, "hush-hush") && a.kind == byPerson:
			t.Errorf("credential %q holds a secret", a.credential)
		case err != nil && strings.Contains(err.Error(), "hush-hush") && !strings.Contains(err.Error(), "type is"):
			t.Errorf("error %q holds a secret", err)
		}
	})
}
