// Package redistest gives tests a Redis: a private server per test, or a place of their own on a given one.
//
// Servers are started from the Debian package redis-server (or valkey-server) and are gone when the test ends. With
// SHEETREEL_TEST_REDIS (a URL) Shared uses that server instead. Without either a test fails: nothing is skipped.
package redistest

import (
	"crypto/rand"
	"os"
	"testing"

	"github.com/sheetreel/sheetreel/kit/redisserver"
)

// Variable names the environment variable with the URL of a server that the tests may use.
const Variable = "SHEETREEL_TEST_REDIS"

// Start runs a server for one test, which may stop, pause and restart it.
func Start(t testing.TB, o redisserver.Options) *redisserver.Server {
	t.Helper()
	s, err := redisserver.Start(t.Context(), o)
	if err != nil {
		t.Fatalf("redistest: %v", err)
	}
	t.Cleanup(s.Close)
	return s
}

// Resume starts a stopped server again.
func Resume(t testing.TB, s *redisserver.Server) {
	t.Helper()
	if err := s.Resume(t.Context()); err != nil {
		t.Fatalf("redistest: %v", err)
	}
}

// Shared returns the URL of a server and a prefix for keys that no other test has. The server is the given one, or one
// for this test.
func Shared(t testing.TB) (url, prefix string) {
	t.Helper()
	prefix = "test-" + rand.Text() + ":"
	if url := os.Getenv(Variable); url != "" {
		return url, prefix
	}
	return Start(t, redisserver.Options{}).URL(), prefix
}
