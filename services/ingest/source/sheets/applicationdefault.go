package sheets

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"cloud.google.com/go/auth"
	"cloud.google.com/go/auth/credentials"
)

// lookTimeout bounds finding out who the machine is.
const lookTimeout = 5 * time.Second

// applicationDefault finds the credentials that this machine has for every program: the file that
// GOOGLE_APPLICATION_CREDENTIALS names, that of gcloud, or the machine's own account on Google's cloud.
func applicationDefault(scopes []string, client *http.Client) (*account, error) {
	options := &credentials.DetectOptions{Scopes: scopes, Client: client, DisableAsyncRefresh: true}
	found, err := credentials.DetectDefault(options)
	if err != nil {
		return nil, fmt.Errorf("sheets application default credentials: none were found; set GOOGLE_APPLICATION_CREDENTIALS or run `gcloud auth application-default login`: %w", err)
	}
	var file keyFile
	if content := found.JSON(); len(content) > 0 {
		if json.Unmarshal(content, &file) != nil {
			return nil, errors.New("sheets application default credentials: not a JSON file")
		}
		if file.Type == "service_account" || file.Type == "authorized_user" {
			a, err := parseAccount(content, scopes, client)
			if err != nil {
				return nil, fmt.Errorf("sheets application default credentials: %w", err)
			}
			return a, nil
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), lookTimeout)
	defer cancel()
	project, err := found.ProjectID(ctx)
	if err != nil {
		project = "" // then its calls are counted under the credential's name
	}
	return &account{
		identity: identity{
			kind: byMachine, email: file.ClientEmail,
			credential: cmp.Or(file.ClientEmail, "application-default"), cloudProject: cmp.Or(file.QuotaProject, project, "application-default"),
		},
		payer: file.QuotaProject,
		fresh: func() (auth.TokenProvider, error) {
			again, err := credentials.DetectDefault(options)
			if err != nil {
				return nil, err
			}
			return again.TokenProvider, nil
		},
	}, nil
}
