package ingest

import (
	"errors"
	"fmt"
	"time"

	"github.com/sheetreel/sheetreel/services/ingest/source/sheets"
)

// Config says how the service works. Zero values mean the defaults.
type Config struct {
	ImportWorkers int           `help:"How many sheets are read at the same time for bulk jobs." default:"2" env:"SHEETREEL_IMPORT_WORKERS"`
	ImportTimeout time.Duration `help:"How long reading and appending one sheet may take." default:"30m" env:"SHEETREEL_IMPORT_TIMEOUT"`
	Sheets        sheets.Config `embed:""`
}

const (
	defaultImportWorkers = 2
	maxImportWorkers     = 64
	defaultImportTimeout = 30 * time.Minute
)

// withDefaults checks the configuration and fills it up.
func (c Config) withDefaults() (Config, error) {
	if c.ImportWorkers == 0 {
		c.ImportWorkers = defaultImportWorkers
	}
	if c.ImportTimeout == 0 {
		c.ImportTimeout = defaultImportTimeout
	}
	if c.ImportWorkers < 1 || c.ImportWorkers > maxImportWorkers {
		return c, fmt.Errorf("import workers: %d is not between 1 and %d", c.ImportWorkers, maxImportWorkers)
	}
	if c.ImportTimeout < 0 {
		return c, errors.New("import timeout: is negative")
	}
	return c, nil
}
