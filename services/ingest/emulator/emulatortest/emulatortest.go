// Package emulatortest starts Sheets emulators for the tests of any module.
package emulatortest

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/sheetreel/sheetreel/services/ingest/emulator"
)

// Server is a running emulator.
type Server struct {
	*emulator.Emulator
	// URL is what the Sheets client takes as its endpoint.
	URL string
}

// Start runs an emulator until the test ends.
func Start(t testing.TB, options emulator.Options) *Server {
	t.Helper()
	e, err := emulator.New(options)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	return &Server{Emulator: e, URL: server.URL}
}

// KeyFile makes a service account and writes its key file into the test's folder.
func (s *Server) KeyFile(t testing.TB, email string) (path string) {
	t.Helper()
	content, err := s.AddServiceAccount(email, s.URL)
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "key.json")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TokenFile makes a person's Google account and writes the file with its refresh token into the test's folder.
func (s *Server) TokenFile(t testing.TB, email string, role emulator.Role) (path string) {
	t.Helper()
	content, err := s.AddPerson(email, s.URL, role)
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "token.json")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
