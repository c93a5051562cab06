package ingest

import (
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/sheetreel/sheetreel/services/ingest/source/sheets"
)

// Config says how the service works. Zero values mean the defaults.
type Config struct {
	ImportWorkers int           `help:"How many sheets are read at the same time for bulk jobs." default:"2" env:"SHEETREEL_IMPORT_WORKERS"`
	ImportTimeout time.Duration `help:"How long reading and appending one sheet may take." default:"30m" env:"SHEETREEL_IMPORT_TIMEOUT"`
	// WriteBack lets results go back into sheets.
	WriteBack       bool          `name:"sheets-write-back" help:"Ask Google for the right to edit sheets, so that results can be written back for bulk jobs that want it." env:"SHEETREEL_SHEETS_WRITE_BACK"`
	WriteBackSheets int           `name:"write-back-sheets" help:"Into how many spreadsheets results are written at the same time." default:"16" env:"SHEETREEL_WRITE_BACK_SHEETS"`
	PublicURL       string        `name:"public-url" help:"Where people reach the gateway, for links to videos that are written into sheets." env:"SHEETREEL_PUBLIC_URL" placeholder:"URL"`
	ConnectInterval time.Duration `name:"connect-interval" help:"How often a connected sheet is asked whether it has changed. A change is taken up when nothing has changed for a third of this." default:"30s" env:"SHEETREEL_CONNECT_INTERVAL"`
	Sheets          sheets.Config `embed:""`
}

const (
	defaultImportWorkers = 2
	maxImportWorkers     = 64
	defaultImportTimeout = 30 * time.Minute

	defaultWriteBackSheets = 16
	maxWriteBackSheets     = 256

	defaultConnectInterval = 30 * time.Second
	minConnectInterval     = 100 * time.Millisecond
	maxConnectInterval     = time.Hour / 2
)

// withDefaults checks the configuration and fills it up.
func (c Config) withDefaults() (Config, error) {
	if c.ImportWorkers == 0 {
		c.ImportWorkers = defaultImportWorkers
	}
	if c.ImportTimeout == 0 {
		c.ImportTimeout = defaultImportTimeout
	}
	if c.WriteBackSheets == 0 {
		c.WriteBackSheets = defaultWriteBackSheets
	}
	if c.ConnectInterval == 0 {
		c.ConnectInterval = defaultConnectInterval
	}
	if c.ConnectInterval < minConnectInterval || c.ConnectInterval > maxConnectInterval {
		return c, fmt.Errorf("connect interval: %v is not between %v and %v", c.ConnectInterval, minConnectInterval, maxConnectInterval)
	}
	if c.WriteBackSheets < 1 || c.WriteBackSheets > maxWriteBackSheets {
		return c, fmt.Errorf("write-back sheets: %d is not between 1 and %d", c.WriteBackSheets, maxWriteBackSheets)
	}
	if u, err := url.Parse(c.PublicURL); c.PublicURL != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http") {
		return c, errors.New("public URL: not an http or https URL")
	}
	c.Sheets.Edits = c.Sheets.Edits || c.WriteBack
	if c.ImportWorkers < 1 || c.ImportWorkers > maxImportWorkers {
		return c, fmt.Errorf("import workers: %d is not between 1 and %d", c.ImportWorkers, maxImportWorkers)
	}
	if c.ImportTimeout < 0 {
		return c, errors.New("import timeout: is negative")
	}
	return c, nil
}
