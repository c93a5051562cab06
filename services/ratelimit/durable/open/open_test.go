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
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

func TestOpen(t *testing.T) {
	torn := filepath.Join(t.TempDir(), "torn.db")
	if err := os.WriteFile(torn, bytes.Repeat([]byte("no database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct{ database, want, err string }{
		"a path is SQLite":      {filepath.Join(t.TempDir(), "postgres.db"), "*sqlite.Store", ""},
		"a URL is PostgreSQL":   {pgtest.Schema(t), "*postgres.Store", ""},
		"a folder is no store":  {t.TempDir(), "", "database"},
		"a torn file is named":  {torn, "", "torn.db"},
		"nobody listens there":  {"postgres://nobody@127.0.0.1:1/x", "", "127.0.0.1"},
		"a URL with a bad part": {"postgresql://127.0.0.1/x?pool_max_conns=many", "", "pool_max_conns"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			s, err := Open(t.Context(), test.database, pg.Config{}, slog.New(slog.NewTextHandler(&out, nil)))
			if test.want == "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Errorf("opened %T, %v; want an error that names %q", s, err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if got := fmt.Sprintf("%T", s); got != test.want || !strings.Contains(out.String(), "settings of the limits' database") {
				t.Errorf("opened %s, want %s; log:\n%s", got, test.want, &out)
			}
		})
	}
}
