// Package pgtest gives tests a PostgreSQL: one private server per test binary, one fresh schema per test.
//
// A test binary that needs it says so in its TestMain:
//
//	func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }
//
// The server is started from the Debian package and is gone when the binary ends. With SHEETREEL_TEST_POSTGRES (a
// DSN) that server is used instead. Without either the binary fails: nothing is skipped.
package pgtest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sheetreel/sheetreel/kit/pg/pgserver"
)

// Variable names the environment variable with the DSN of the server.
const Variable = "SHEETREEL_TEST_POSTGRES"

// Main runs the tests of a binary with a server and returns the exit code.
func Main(m *testing.M) int {
	if os.Getenv(Variable) != "" {
		return m.Run()
	}
	// The kernel ends the server with the thread that started it, so this thread must stay.
	runtime.LockOSThread()
	// It keeps nothing safe: tests need no fsync.
	s, err := pgserver.Start(context.Background(), pgserver.Options{Settings: map[string]string{
		"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "max_connections": "300", "shared_buffers": "128MB",
	}})
	if err != nil {
		fmt.Fprintf(os.Stderr, "pgtest: %v (or set %s to a DSN)\n", err, Variable)
		return 1
	}
	defer s.Stop()
	if err := os.Setenv(Variable, s.DSN()); err != nil {
		fmt.Fprintln(os.Stderr, "pgtest:", err)
		return 1
	}
	return m.Run()
}

// cleanUp bounds the making and the dropping of a schema.
const cleanUp = 30 * time.Second

// Schema makes an empty schema and returns a DSN by which everything happens in it. It is dropped with the test.
func Schema(t testing.TB) string {
	t.Helper()
	dsn := os.Getenv(Variable)
	if dsn == "" {
		t.Fatal("pgtest: this test binary has no TestMain that calls pgtest.Main")
	}
	name := "test_" + strings.ToLower(rand.Text())
	run(t, dsn, "CREATE SCHEMA "+name)
	t.Cleanup(func() { run(t, dsn, "DROP SCHEMA "+name+" CASCADE") })
	return with(dsn, "search_path", name)
}

func run(t testing.TB, dsn, statement string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), cleanUp)
	defer cancel()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, statement); err != nil {
		t.Fatalf("pgtest: %s: %v", statement, err)
	}
}

// with adds a setting to a DSN of either form.
func with(dsn, key, value string) string {
	u, err := url.Parse(dsn)
	if err != nil || u.Scheme == "" {
		return dsn + " " + key + "=" + value
	}
	q := u.Query()
	q.Set(key, value)
	u.RawQuery = q.Encode()
	return u.String()
}
