// Command vulndb makes a database that govulncheck reads by `-db file://...` out of a checkout of the Go
// vulnerability database's sources, for machines that cannot reach the public one. The layout is that of
// https://go.dev/doc/security/vuln/database#api.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

func main() {
	from := flag.String("from", "", "folder with the reports as JSON: data/osv of a checkout")
	out := flag.String("out", "", "folder to write the database into")
	flag.Parse()
	if err := run(*from, *out); err != nil {
		fmt.Fprintln(os.Stderr, "vulndb:", err)
		os.Exit(1)
	}
}

// report is what the indexes need of an OSV report.
type report struct {
	ID       string    `json:"id"`
	Modified time.Time `json:"modified"`
	Aliases  []string  `json:"aliases"`
	Affected []struct {
		Package struct {
			Name string `json:"name"`
		} `json:"package"`
		Ranges []struct {
			Events []struct {
				Fixed string `json:"fixed"`
			} `json:"events"`
		} `json:"ranges"`
	} `json:"affected"`
}

type vuln struct {
	ID       string    `json:"id"`
	Modified time.Time `json:"modified"`
	Fixed    string    `json:"fixed,omitempty"`
	Aliases  []string  `json:"aliases,omitempty"`
}

type module struct {
	Path  string `json:"path"`
	Vulns []vuln `json:"vulns"`
}

func run(from, out string) error {
	files, err := filepath.Glob(filepath.Join(from, "GO-*.json"))
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return fmt.Errorf("no report GO-*.json in %q", from)
	}
	for _, dir := range []string{"ID", "index"} {
		if err := os.MkdirAll(filepath.Join(out, dir), 0o755); err != nil {
			return err
		}
	}
	var newest time.Time
	var vulns []vuln
	modules := map[string]*module{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		var r report
		if err := json.Unmarshal(raw, &r); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if err := os.WriteFile(filepath.Join(out, "ID", r.ID+".json"), raw, 0o644); err != nil {
			return err
		}
		if r.Modified.After(newest) {
			newest = r.Modified
		}
		vulns = append(vulns, vuln{ID: r.ID, Modified: r.Modified, Aliases: r.Aliases})
		for _, a := range r.Affected {
			m := modules[a.Package.Name]
			if m == nil {
				m = &module{Path: a.Package.Name}
				modules[a.Package.Name] = m
			}
			fixed := ""
			for _, ranges := range a.Ranges {
				for _, e := range ranges.Events {
					if e.Fixed != "" {
						fixed = e.Fixed
					}
				}
			}
			m.Vulns = append(m.Vulns, vuln{ID: r.ID, Modified: r.Modified, Fixed: fixed})
		}
	}
	var all []*module
	for _, m := range modules {
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b *module) int { return strings.Compare(a.Path, b.Path) })
	for name, value := range map[string]any{"db": map[string]any{"modified": newest}, "modules": all, "vulns": vulns} {
		raw, err := json.Marshal(value)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(out, "index", name+".json"), raw, 0o644); err != nil {
			return err
		}
	}
	return nil
}
