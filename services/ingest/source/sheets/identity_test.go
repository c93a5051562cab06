package sheets_test

import (
	"strings"
	"testing"

	"google.golang.org/grpc/codes"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	"github.com/sheetreel/sheetreel/services/ingest/emulator"
	"github.com/sheetreel/sheetreel/services/ingest/source/sheets"
)

const owner = "ada@example.com"

func withPerson(t *testing.T) func(*bundle, *sheets.Config) {
	return func(b *bundle, cfg *sheets.Config) { cfg.Credentials = b.server.TokenFile(t, owner, emulator.Reader) }
}

func TestARefreshTokenReadsInTheNameOfItsOwner(t *testing.T) {
	b := setup(t, private(), withPerson(t))
	for range 2 {
		mustRead(t, b, "theirs", "")
	}
	requests := b.server.Requests()
	if len(requests) != 5 { // one token for two reads
		t.Errorf("%d requests, want 5", len(requests))
	}
	for _, r := range requests {
		if r.Account != owner {
			t.Errorf("%s %s came from %q", r.Method, r.Path, r.Account)
		}
	}
	_, err := b.read(t, "mine", "")
	expect{
		code: codes.FailedPrecondition, reason: errorsv1.ErrorReason_SHEET_NOT_SHARED, requests: 6,
		says: "choose Share and add the Google account that Sheetreel signs in with as Viewer",
	}.check(t, b, err)
}

func TestAWithdrawnRefreshToken(t *testing.T) {
	b := setup(t, private(), func(b *bundle, cfg *sheets.Config) {
		withPerson(t)(b, cfg)
		b.server.Withdraw(owner)
	})
	_, err := b.read(t, "theirs", "")
	expect{
		code: codes.FailedPrecondition, reason: errorsv1.ErrorReason_SHEET_CREDENTIALS_INVALID, requests: 1,
		says: "has expired or was taken back; sign in again",
	}.check(t, b, err)
}

func TestApplicationDefaultCredentials(t *testing.T) {
	b := setup(t, private(), func(b *bundle, cfg *sheets.Config) {
		t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", b.server.KeyFile(t, robot))
		cfg.ApplicationDefault = true
	})
	mustRead(t, b, "mine", "")
	if got := b.client.Account(); got != robot {
		t.Errorf("account = %q, want %q", got, robot)
	}
}

// A token carries no more rights than are used: the emulator's writer could edit, but is not asked to let us.
func TestOnlyTheRightThatIsNeededIsAskedFor(t *testing.T) {
	for name, edits := range map[string]bool{"Viewer": false, "Editor (results are written back)": true} {
		t.Run(name, func(t *testing.T) {
			b := setup(t, private(), withAccount(t), func(_ *bundle, cfg *sheets.Config) { cfg.Edits = edits })
			_, err := b.read(t, "theirs", "")
			if err == nil || !strings.HasSuffix(err.Error(), "add "+robot+" as "+name) {
				t.Errorf("error = %v, want the part %s", err, name)
			}
			requests := b.server.Requests()
			if got := requests[len(requests)-1].CanEdit; got != edits {
				t.Errorf("the token may edit: %v, want %v", got, edits)
			}
		})
	}
}

// What Google counts by stands in each call to the quota service, but only where Google counts.
func TestCallsNameTheCredential(t *testing.T) {
	key := func(_ *bundle, cfg *sheets.Config) { cfg.APIKey = "good-key" }
	tests := []struct {
		name, sheet, credential, cloud string
		configure                      func(*bundle, *sheets.Config)
	}{
		{"service account", "mine", robot, "emulator", withAccount(t)},
		{"person", "theirs", "person-", "1", withPerson(t)},
		{"key", "public", "key-", "key-", key},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := setup(t, private(), tt.configure)
			mustRead(t, b, tt.sheet, "")
			call := b.quota.granted[0]
			if !strings.HasPrefix(call["credential"], tt.credential) || !strings.HasPrefix(call["cloud_project"], tt.cloud) {
				t.Errorf("descriptors = %v", call)
			}
			if strings.Contains(call["credential"], "good-key") || strings.Contains(call["credential"], "refresh") {
				t.Errorf("descriptors hold a secret: %v", call)
			}
		})
	}
}
