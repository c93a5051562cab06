package open

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sheetreel/sheetreel/kit/pg"
	"github.com/sheetreel/sheetreel/kit/pg/pgtest"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

func TestStore(t *testing.T) {
	tests := map[string]struct {
		database func(t *testing.T) string
		want     string
	}{
		"a path is SQLite":      {func(t *testing.T) string { return filepath.Join(t.TempDir(), "postgres.db") }, "*sqlite.Store"},
		"a URL is PostgreSQL":   {func(t *testing.T) string { return pgtest.Schema(t) }, "*postgres.Store"},
		"a folder is no store":  {func(t *testing.T) string { return t.TempDir() }, ""},
		"nobody listens there":  {func(*testing.T) string { return "postgres://nobody@127.0.0.1:1/x" }, ""},
		"a URL with a bad part": {func(*testing.T) string { return "postgresql://127.0.0.1/x?pool_max_conns=many" }, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s, err := Store(t.Context(), test.database(t), pg.Config{}, ledger.Options{}, slog.New(slog.DiscardHandler))
			if err == nil {
				t.Cleanup(func() { s.Close() })
			}
			if test.want == "" && err == nil {
				t.Fatalf("opened %T, want an error", s)
			}
			if got := fmt.Sprintf("%T", s); test.want != "" && (err != nil || got != test.want) {
				t.Errorf("opened %s, %v; want %s", got, err, test.want)
			}
		})
	}
}

func TestStoreTellsWhatCanBeLost(t *testing.T) {
	for name, test := range map[string]struct {
		database string
		risks    int
	}{
		"SQLite":                        {filepath.Join(t.TempDir(), "test.db"), 0},
		"a PostgreSQL that is not safe": {pgtest.Schema(t), 3}, // that of the tests
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			s, err := Store(t.Context(), test.database, pg.Config{}, ledger.Options{}, slog.New(slog.NewTextHandler(&out, nil)))
			if err != nil {
				t.Fatal(err)
			}
			s.Close()
			if got := strings.Count(out.String(), "level=WARN"); got != test.risks || !strings.Contains(out.String(), "database settings") {
				t.Errorf("%d warnings, want %d and the settings:\n%s", got, test.risks, &out)
			}
		})
	}
}
