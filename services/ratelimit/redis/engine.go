// Package redis decides calls with counters in Redis or Valkey, which several replicas share.
//
// It promises what engine.Engine promises, in whole microseconds, by the server's clock, which never runs backwards for a
// counter. Everything that happens to a project is one call of a script, so it is atomic; batches are pipelined.
// Each key has an expiry: when nothing is counted any more, Redis forgets it.
//
// In a cluster the counters of one project live on one node, those without a project on any. A need with counters of both
// kinds is first asked about everywhere, and if all would grant, it is charged group after group in a fixed order. If a later
// one refuses because somebody was faster, what was charged is given back, and the need is decided anew. So it never grants
// too much; for the time of a call others may find less than there is. A caller that ends in between leaves a charge, as
// one does that ends after the answer.
//
// Redis can lose what it was told. A replica notices when a server has restarted that does not write each change to disk,
// and when a project's numbers run behind those it knows. Then the project's windows, slots and buckets count as used up at that
// moment, and its calendars as used evenly so far. A replica that is started together with an empty server cannot know
// of what was before.
package redis

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// Config says where the counters live. Zero values take the defaults.
type Config struct {
	// URL is the server: redis://user:password@host:6379/0, or rediss:// for TLS. Further nodes make it a cluster:
	// redis://host:6379?addr=host2:6379&addr=host3:6379.
	URL string
	// Prefix begins the name of every key. Default "sheetreel:limits:".
	Prefix string
	// Connections is how many may be open to each server. Default 10 for each CPU.
	Connections int
	// Clock tells the time in place of the server; for tests.
	Clock func() time.Time
	// Log is where it says that counts were lost. Default slog.Default.
	Log *slog.Logger
}

const (
	defaultPrefix = "sheetreel:limits:"
	// slack is how long a key stays after it is needed, so that a clock that steps back finds it.
	slack = time.Minute
	// testSlack is the same while a clock of the tests' own stands still.
	testSlack = time.Hour
	// dialTimeout bounds what is not bounded by a context.
	dialTimeout = 5 * time.Second
)

// Engine is an engine.Engine. It is safe for concurrent use.
type Engine struct {
	client goredis.UniversalClient
	config Config
	random func([]byte)

	loading sync.Mutex
	run     atomic.Pointer[run]
	known   known
	skew    atomic.Int64 // of the server's clock to ours, in nanoseconds; only ever set when calendars need it
}

// New makes an engine. It does not connect yet.
func New(cfg Config) (*Engine, error) {
	if cfg.Prefix == "" {
		cfg.Prefix = defaultPrefix
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	client, err := connect(cfg)
	if err != nil {
		return nil, fmt.Errorf("redis URL: %w", err)
	}
	return &Engine{client: client, config: cfg, random: func(b []byte) { _, _ = rand.Read(b) }}, nil // rand.Read never fails
}

func connect(cfg Config) (goredis.UniversalClient, error) {
	u, err := url.Parse(cfg.URL)
	if err != nil {
		return nil, err
	}
	if u.Query().Has("addr") {
		o, err := goredis.ParseClusterURL(cfg.URL)
		if err != nil {
			return nil, err
		}
		o.ContextTimeoutEnabled, o.DialTimeout, o.PoolSize = true, dialTimeout, cfg.Connections
		return goredis.NewClusterClient(o), nil
	}
	o, err := goredis.ParseURL(cfg.URL)
	if err != nil {
		return nil, err
	}
	// Whoever calls knows whether asking again makes sense.
	o.ContextTimeoutEnabled, o.DialTimeout, o.PoolSize, o.MaxRetries = true, dialTimeout, cfg.Connections, -1
	return goredis.NewClient(o), nil
}

// Run waits until ctx ends, and closes the connections.
func (e *Engine) Run(ctx context.Context) error {
	<-ctx.Done()
	if err := e.client.Close(); err != nil {
		return fmt.Errorf("close the connections to Redis: %w", err)
	}
	return nil
}

func (e *Engine) cluster() bool {
	_, ok := e.client.(*goredis.ClusterClient)
	return ok
}

// key is the name of a group's own key.
func (e *Engine) key(g group) string { return e.config.Prefix + "{" + string(g) + "}:m" }
