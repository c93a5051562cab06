package sheets

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"cloud.google.com/go/auth"
)

// person is a Google account whose owner has signed in once, which left a refresh token. Only the right to do what
// is needed is asked for, although the owner may have agreed to more.
func person(file keyFile, scopes []string, client *http.Client) (*account, error) {
	for _, field := range []struct{ name, value string }{
		{"client_id", file.ClientID}, {"client_secret", file.ClientSecret}, {"refresh_token", file.RefreshToken},
	} {
		if field.value == "" {
			return nil, errors.New(field.name + " is missing")
		}
	}
	options := auth.Options3LO{
		ClientID: file.ClientID, ClientSecret: file.ClientSecret, RefreshToken: file.RefreshToken,
		AuthURL: "https://accounts.google.com/o/oauth2/auth", TokenURL: file.TokenURI, AuthStyle: auth.StyleInParams,
		URLParams: url.Values{"scope": {strings.Join(scopes, " ")}}, Client: client, DisableAsyncRefresh: true,
	}
	a := &account{
		identity: identity{
			kind: byPerson, credential: "person-" + mark(file.RefreshToken),
			cloudProject: cmp.Or(file.QuotaProject, projectOfClient(file.ClientID), file.ClientID),
		},
		payer: file.QuotaProject,
		fresh: func() (auth.TokenProvider, error) { return auth.New3LOTokenProvider(&options) },
	}
	if _, err := a.fresh(); err != nil {
		return nil, errors.New("not complete")
	}
	return a, nil
}
