package sheets

import (
	"cmp"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"

	"cloud.google.com/go/auth"
)

// serviceAccount is an account of a program: its address is what people share their sheets with.
func serviceAccount(file keyFile, scopes []string, client *http.Client) (*account, error) {
	if file.ClientEmail == "" {
		return nil, errors.New("client_email is missing")
	}
	if err := checkKey(file.PrivateKey); err != nil {
		return nil, fmt.Errorf("private_key: %w", err)
	}
	options := auth.Options2LO{
		Email: file.ClientEmail, PrivateKey: []byte(file.PrivateKey), PrivateKeyID: file.PrivateKeyID,
		TokenURL: file.TokenURI, Scopes: scopes, Client: client,
	}
	a := &account{
		identity: identity{
			kind: byServiceAccount, email: file.ClientEmail,
			credential: file.ClientEmail, cloudProject: cmp.Or(file.QuotaProject, file.ProjectID, file.ClientEmail),
		},
		payer: file.QuotaProject,
		fresh: func() (auth.TokenProvider, error) { return auth.New2LOTokenProvider(&options) },
	}
	if _, err := a.fresh(); err != nil {
		return nil, errors.New("not complete")
	}
	return a, nil
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
