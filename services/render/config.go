package render

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/sheetreel/sheetreel/services/render/assets"
)

// Config says how a render worker works. Zero values mean the defaults.
type Config struct {
	Workers           int           `help:"Videos rendered at the same time, at most 100; 0 means one for each core." default:"0" env:"SHEETREEL_WORKERS"`
	WorkerName        string        `help:"Name of this worker, unique among live workers. By default made of the host's name." env:"SHEETREEL_WORKER_NAME" placeholder:"NAME"`
	Blob              string        `help:"Where finished files go: a folder or a file:// URL." default:"./sheetreel-data/blobs" env:"SHEETREEL_BLOB" placeholder:"FOLDER"`
	Scratch           string        `help:"Folder on a local disk for unfinished files. By default one in the system's temporary folder." env:"SHEETREEL_SCRATCH" placeholder:"FOLDER"`
	Providers         string        `name:"providers" help:"YAML file of hosted providers, see docs/providers.md." env:"SHEETREEL_PROVIDERS" placeholder:"FILE"`
	ProviderCallbacks string        `help:"Address to take calls of hosted providers at, as POST /{provider}. They are only hints to look." env:"SHEETREEL_PROVIDER_CALLBACKS" placeholder:"HOST:PORT"`
	Assets            assets.Config `embed:""`
	RenderTimeout     time.Duration `help:"Longest time of one attempt." default:"15m" env:"SHEETREEL_RENDER_TIMEOUT"`
	DrainTimeout      time.Duration `help:"Time to publish or hand back what is under way when told to stop." default:"10s" env:"SHEETREEL_DRAIN_TIMEOUT"`
}

const (
	maxWorkers   = 100 // as many leases as one call may ask for
	maxProviders = 20  // as many as one call may name
)

// complete fills the defaults in and checks the rest.
func (c Config) complete() (Config, error) {
	if c.Workers == 0 {
		c.Workers = min(runtime.NumCPU(), maxWorkers)
	}
	if c.WorkerName == "" {
		c.WorkerName = defaultName()
	}
	if c.Blob == "" {
		c.Blob = "./sheetreel-data/blobs"
	}
	if c.Scratch == "" {
		// A folder for each user: they cannot lock each other's files.
		c.Scratch = filepath.Join(os.TempDir(), fmt.Sprintf("sheetreel-%d", os.Getuid()))
	}
	if c.RenderTimeout == 0 {
		c.RenderTimeout = 15 * time.Minute
	}
	if c.DrainTimeout == 0 {
		c.DrainTimeout = 10 * time.Second
	}
	switch {
	case c.Workers < 1 || c.Workers > maxWorkers:
		return c, fmt.Errorf("workers: is %d; it must be between 1 and %d", c.Workers, maxWorkers)
	case c.WorkerName != plainName(c.WorkerName):
		return c, errors.New("worker-name: may have letters, digits, dots, dashes and underscores, at most 127, and must begin with a letter or digit")
	case c.RenderTimeout < 0:
		return c, fmt.Errorf("render-timeout: is %v; it must be positive", c.RenderTimeout)
	case c.DrainTimeout < 0:
		return c, fmt.Errorf("drain-timeout: is %v; it must be positive", c.DrainTimeout)
	}
	return c, nil
}

// defaultName is the host's name with something random, because one host may run several workers, and a restarted
// one is another.
func defaultName() string {
	host, err := os.Hostname()
	if err != nil || plainName(host) == "" {
		host = "worker"
	}
	host = plainName(host)
	return host[:min(len(host), 64)] + "-" + strings.ToLower(rand.Text()[:8])
}

// plainName takes out of a name what the API does not allow there.
func plainName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-", r) {
			return r
		}
		return -1
	}, name)
	name = strings.TrimLeft(name, "._-")
	return name[:min(len(name), 127)]
}
