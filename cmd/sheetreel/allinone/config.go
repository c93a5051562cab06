// Package allinone runs all services of Sheetreel in one process, over the same gRPC interfaces as the separate
// processes: one server on an in-memory listener, which every service and the gateway dial.
//
// State is in one data folder, which one process at a time may use: sheetreel.db, ratelimit.db with what the limits
// count, blobs/ with the finished files, and scratch/ for what is being rendered. It serves this machine only, because it
// asks nobody who they are.
package allinone

import (
	"path/filepath"

	"github.com/sheetreel/sheetreel/services/gateway"
	"github.com/sheetreel/sheetreel/services/ingest"
	"github.com/sheetreel/sheetreel/services/ratelimit"
	"github.com/sheetreel/sheetreel/services/render"
	"github.com/sheetreel/sheetreel/services/render/cache"
	"github.com/sheetreel/sheetreel/services/render/studio"
	"github.com/sheetreel/sheetreel/services/scheduler"
)

// Config is the configuration of all services. Kong fills the defaults.
type Config struct {
	Data string `help:"Folder for the database and the finished files." default:"./sheetreel-data"`
	Emulated
	Gateway   gateway.Config   `embed:"" group:"Gateway"`
	Ingest    ingest.Config    `embed:"" group:"Ingest"`
	Scheduler scheduler.Config `embed:"" group:"Scheduler"`
	Ratelimit ratelimit.Config `embed:"" group:"Rate limits"`
	Render    render.Config    `embed:"" group:"Render"`
	Studio    studio.Config    `embed:"" group:"Render"`
	Cache     cache.Config     `embed:"" group:"Render"`
	Espeak    string           `help:"The espeak-ng program, which speaks." default:"espeak-ng" env:"SHEETREEL_ESPEAK" group:"Render"`
	Speech    string           `help:"YAML file of a speech service over HTTP, which speaks instead of espeak-ng, see docs/render.md." env:"SHEETREEL_SPEECH" placeholder:"FILE" group:"Render"`
}

func (c Config) database() string { return filepath.Join(c.Data, "sheetreel.db") }

// limits is the database of the rate limits.
func (c Config) limits() string { return filepath.Join(c.Data, "ratelimit.db") }

// separateBlobs is where a render worker of its own puts files by default.
const separateBlobs = "./sheetreel-data/blobs"

// blobs is the blob store: inside the data folder, unless another one was chosen.
func (c Config) blobs() string {
	if c.Render.Blob == "" || c.Render.Blob == separateBlobs {
		return filepath.Join(c.Data, "blobs")
	}
	return c.Render.Blob
}

// separateCache is where a render worker of its own keeps what it made by default.
const separateCache = "./sheetreel-data/cache"

// cache is the cache: inside the data folder, unless another one was chosen.
func (c Config) cache() cache.Config {
	if c.Cache.Dir == "" || c.Cache.Dir == separateCache {
		c.Cache.Dir = filepath.Join(c.Data, "cache")
	}
	return c.Cache
}

// scratch is the folder of unfinished files: inside the data folder, unless another one was chosen.
func (c Config) scratch() string {
	if c.Render.Scratch == "" {
		return filepath.Join(c.Data, "scratch")
	}
	return c.Render.Scratch
}
