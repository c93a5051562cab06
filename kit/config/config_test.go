package config

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

type sample struct {
	File
	Listen  string        `help:"Address." default:"127.0.0.1:1" env:"SHEETREEL_TEST_LISTEN"`
	Workers int           `help:"How many." default:"2"`
	Lease   time.Duration `help:"How long." default:"30s"`
}

func writeFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFlagsBeatEnvironmentBeatsFileBeatsDefault(t *testing.T) {
	path := writeFile(t, "listen: file:1\nworkers: 7\n")
	tests := []struct {
		name string
		args []string
		env  string
		want string
	}{
		{"default", nil, "", "127.0.0.1:1"},
		{"file", []string{"--config", path}, "", "file:1"},
		{"environment", []string{"--config", path}, "env:1", "env:1"},
		{"flag", []string{"--config", path, "--listen", "flag:1"}, "env:1", "flag:1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.env != "" {
				t.Setenv("SHEETREEL_TEST_LISTEN", tt.env)
			}
			var c sample
			if err := Parse("x", "", &c, tt.args, &bytes.Buffer{}); err != nil {
				t.Fatal(err)
			}
			if c.Listen != tt.want {
				t.Errorf("listen = %q, want %q", c.Listen, tt.want)
			}
			if c.Lease != 30*time.Second {
				t.Errorf("lease = %v, want the default", c.Lease)
			}
		})
	}
}

func TestUnknownKeyIsAnError(t *testing.T) {
	var c sample
	err := Parse("x", "", &c, []string{"--config", writeFile(t, "listne: a\n")}, &bytes.Buffer{})
	if err == nil || !strings.Contains(err.Error(), "listne") {
		t.Errorf("error = %v, want one that names listne", err)
	}
}

func TestHelp(t *testing.T) {
	var c sample
	var out bytes.Buffer
	if err := Parse("x", "does things", &c, []string{"--help"}, &out); !errors.Is(err, ErrHelp) {
		t.Fatalf("error = %v, want ErrHelp", err)
	}
	if !strings.Contains(out.String(), "SHEETREEL_TEST_LISTEN") {
		t.Errorf("help does not show the environment variable:\n%s", out.String())
	}
}
