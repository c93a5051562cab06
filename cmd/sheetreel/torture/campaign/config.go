package campaign

import (
	"errors"
	"fmt"
	"time"
)

// Config says what a campaign is like.
type Config struct {
	Jobs       int           `help:"So many video jobs are made." default:"100000"`
	Schedulers int           `help:"So many scheduler processes; always 1 on SQLite." default:"3"`
	Workers    int           `help:"So many worker processes." default:"6"`
	Slots      int           `help:"A worker makes so many attempts at a time." default:"16"`
	Kills      int           `help:"So often a process is killed (SIGKILL)." default:"200"`
	Stops      int           `help:"So often a process is stopped for longer than its lease lasts (SIGSTOP, SIGCONT)." default:"30"`
	Terms      int           `help:"So often a process is told to end (SIGTERM)." default:"20"`
	DBRestarts int           `name:"db-restarts" help:"So often PostgreSQL is stopped at once and started again." default:"3"`
	Lease      time.Duration `help:"A worker that does not report for so long loses its video jobs; at least 3s." default:"3s"`
	Seed       uint64        `help:"Draw everything from this number; 0 draws the number too." default:"0"`
	Database   string        `help:"Where the schedulers keep the jobs." enum:"postgres,sqlite" default:"postgres"`
	Keep       bool          `help:"Keep the folder with histories, logs and artifacts."`
	Fence      bool          `help:"Let schedulers compare lease ids, as they should. Without, the campaign succeeds only if it catches them." negatable:"" default:"true"`
	Patience   time.Duration `help:"When no job completes for so long, what is left counts as lost." default:"60s"`
}

// OnSQLite is the name of the embedded database.
const OnSQLite = "sqlite"

// validate checks the numbers, and sets those that follow from others.
func (c *Config) validate() error {
	for _, n := range []struct {
		name         string
		value, least int
		most         int
	}{
		{"jobs", c.Jobs, 1, 10_000_000},
		{"schedulers", c.Schedulers, 1, 50},
		{"workers", c.Workers, 1, 200},
		{"slots", c.Slots, 1, 100},
		{"kills", c.Kills, 0, 100_000},
		{"stops", c.Stops, 0, 100_000},
		{"terms", c.Terms, 0, 100_000},
		{"db-restarts", c.DBRestarts, 0, 1000},
	} {
		if n.value < n.least || n.value > n.most {
			return fmt.Errorf("--%s %d: must be between %d and %d", n.name, n.value, n.least, n.most)
		}
	}
	if c.Lease < 3*time.Second || c.Lease > time.Minute {
		return fmt.Errorf("--lease %v: must be between 3s and 1m", c.Lease)
	}
	if c.Patience < 2*c.Lease {
		return errors.New("--patience: must be at least twice the lease")
	}
	if c.Database == OnSQLite {
		c.Schedulers, c.DBRestarts = 1, 0
	}
	return nil
}
