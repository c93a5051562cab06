package e2e

import (
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/sheetreel/sheetreel/"

// TestImportEdges keeps the structure: who may import what. Tests of a package are not counted.
func TestImportEdges(t *testing.T) {
	// Only these packages may import the given ones, by prefix.
	only := map[string][]string{
		"github.com/jackc/pgx/v5":                 {"kit/pg", "services/scheduler/store/postgres", "services/ratelimit/durable/postgres", "bench/"},
		"google.golang.org/api/sheets/v4":         {"services/ingest/source/sheets"},
		"google.golang.org/api/drive/v3":          {"services/ingest/source/sheets"},
		"github.com/redis/go-redis/v9":            {"services/ratelimit/redis", "services/ratelimit/outage", "kit/redisserver", "bench/"},
		"modernc.org/sqlite":                      {"kit/sqlite", "bench/"},
		"github.com/sheetreel/sheetreel/cmd":      {"cmd/"},
		"os/exec":                                 {"bench/", "kit/pg/pgserver", "kit/redisserver", "cmd/sheetreel/torture/nursery", "services/render/assets/clip", "services/render/probe", "services/render/quality", "services/render/speech", "services/render/studio/encode"},
		"github.com/go-text/typesetting":          {"services/render/studio"},
		"github.com/grpc-ecosystem/grpc-gateway/": {"gen/", "services/gateway"},
	}
	for pkg, imports := range packages(t) {
		for _, i := range imports {
			if service := under(pkg, "services/"); service != "" && strings.HasPrefix(i, module+"services/") && under(i, "services/") != service {
				t.Errorf("%s imports %s: services never import each other", pkg, i)
			}
			if strings.HasPrefix(pkg, module+"kit/") && strings.HasPrefix(i, module+"services/") {
				t.Errorf("%s imports %s: the kit knows no service", pkg, i)
			}
			if strings.HasPrefix(pkg, module+"gen/") && strings.HasPrefix(i, module) && !strings.HasPrefix(i, module+"gen/") {
				t.Errorf("%s imports %s: generated code stands alone", pkg, i)
			}
			for target, allowed := range only {
				if strings.HasPrefix(i, target) && !allowedFor(pkg, allowed) {
					t.Errorf("%s imports %s: only %s may", pkg, i, strings.Join(allowed, ", "))
				}
			}
		}
	}
}

// packages lists the packages of the workspace with what they import.
func packages(t *testing.T) map[string][]string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "work").Output()
	if err != nil {
		t.Fatalf("go list work: %v", err)
	}
	all := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		all[fields[0]] = fields[1:]
	}
	if len(all) < 30 {
		t.Fatalf("go list work shows only %d packages", len(all))
	}
	return all
}

// under gives the first part of a package's path below a folder of the repository, or "".
func under(pkg, folder string) string {
	rest, ok := strings.CutPrefix(pkg, module+folder)
	if !ok {
		return ""
	}
	first, _, _ := strings.Cut(rest, "/")
	return first
}

func allowedFor(pkg string, allowed []string) bool {
	for _, a := range allowed {
		if strings.HasPrefix(pkg, module+a) {
			return true
		}
	}
	return false
}
