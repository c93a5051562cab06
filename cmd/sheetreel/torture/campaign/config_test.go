package campaign

import (
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
)

func TestConfigs(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Config)
		want   string // part of the error
	}{
		{"the defaults", func(*Config) {}, ""},
		{"no jobs", func(c *Config) { c.Jobs = 0 }, "--jobs 0"},
		{"too many workers", func(c *Config) { c.Workers = 201 }, "--workers 201"},
		{"negative kills", func(c *Config) { c.Kills = -1 }, "--kills -1"},
		{"a short lease", func(c *Config) { c.Lease = time.Second }, "--lease 1s"},
		{"no patience", func(c *Config) { c.Patience = time.Second }, "--patience"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var c Config
			if err := kong.ApplyDefaults(&c); err != nil {
				t.Fatal(err)
			}
			tt.change(&c)
			err := c.validate()
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v; want %q", err, tt.want)
			}
		})
	}
}

func TestOnSQLiteThereIsOneScheduler(t *testing.T) {
	var c Config
	if err := kong.ApplyDefaults(&c); err != nil {
		t.Fatal(err)
	}
	c.Database = OnSQLite
	if err := c.validate(); err != nil || c.Schedulers != 1 || c.DBRestarts != 0 {
		t.Errorf("%d schedulers, %d restarts, %v; want 1, 0", c.Schedulers, c.DBRestarts, err)
	}
}
