// Package outage goes on deciding while an engine that replicas share is out of reach.
//
// It promises that a limit is then neither open nor, for long, closed, unless its rule says so: each replica gives out its
// share of the limit from its own memory, and says in each answer that it is degraded. The shares of all replicas that knew
// of each other add up to the limit. What the engine granted just before is not known, so at the beginning of an outage a
// share counts as used up: a bucket refills from then on, a window opens after one period, a calendar with its next period.
// So no window holds more than its limit when all replicas lose the engine. When only some lose it, their shares come on
// top of what the others are granted.
//
// When the engine comes back, what was given out is charged to it first. Until every replica has done so, or was not heard of
// for some time, a call needs the leave of both: so there is no burst. A charge keeps its name all the while.
package outage

import (
	"cmp"
	"context"
	"crypto/rand"
	"log/slog"
	"sync"
	"time"

	"github.com/sheetreel/sheetreel/kit/run"
	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/memory"
	"github.com/sheetreel/sheetreel/services/ratelimit/redis"
)

// Remote is an engine that can be out of reach.
type Remote interface {
	engine.Engine
	// Name names a charge that Force is to make later.
	Name(lines []engine.Line) engine.Charge
	// Force charges calls that were let through, whatever is left. It may be repeated.
	Force(ctx context.Context, calls []redis.Forced) error
	// Beat notes that a replica lives, and tells when each was last heard of, and the time. Without a name it only looks.
	Beat(ctx context.Context, name string) (map[string]time.Time, time.Time, error)
}

// Config bounds an engine. Zero values take the defaults.
type Config struct {
	// Deadline is how long a call waits for the remote engine. Default 50 ms.
	Deadline time.Duration
	// Failures is after how many failed calls in a row no further ones are made. Default 3. Until then a call that fails is
	// told to retry.
	Failures int
	// Beat is how often a replica says that it lives. Default 1 s.
	Beat time.Duration
	// Probe is how often an engine out of reach is asked whether it is back. Default 200 ms.
	Probe time.Duration
	// Gone is after how long without a beat a replica counts no more. Default 10 s.
	Gone time.Duration
	// Memory bounds the local counters.
	Memory memory.Config
	// MaxCharges is how many local charges may wait to be charged to the remote engine. One more is told to retry.
	// Default 200,000.
	MaxCharges int
	// Log is where it says that an outage begins and ends. Default slog.Default.
	Log *slog.Logger
}

// state is how calls are decided.
type state int

const (
	up        state = iota // by the remote engine
	down                   // by this process's memory
	returning              // by both
)

func (s state) String() string { return [...]string{"up", "down", "returning"}[s] }

// Engine is an engine.Engine. It is safe for concurrent use, and needs Run.
type Engine struct {
	remote Remote
	local  *memory.Engine
	cfg    Config
	name   string

	// mu is held for reading while something is decided or settled in memory, and for writing while the state changes or what
	// was given out is charged, so that nothing is left out.
	mu       sync.RWMutex
	state    state
	since    time.Time // of the outage
	failures int
	returned time.Time // by the remote clock, in returning
	replicas replicas

	ledger ledger
	shares shares
}

var _ engine.Engine = (*Engine)(nil)

// New makes an engine around another.
func New(remote Remote, cfg Config) *Engine {
	cfg.Deadline = cmp.Or(cfg.Deadline, 50*time.Millisecond)
	cfg.Failures = cmp.Or(cfg.Failures, 3)
	cfg.Beat = cmp.Or(cfg.Beat, time.Second)
	cfg.Probe = cmp.Or(cfg.Probe, 200*time.Millisecond)
	cfg.Gone = cmp.Or(cfg.Gone, 10*time.Second)
	cfg.MaxCharges = cmp.Or(cfg.MaxCharges, 200_000)
	cfg.Log = cmp.Or(cfg.Log, slog.Default())
	if cfg.Memory.Clock == nil {
		cfg.Memory.Clock = time.Now
	}
	return &Engine{remote: remote, local: memory.New(cfg.Memory), cfg: cfg, name: rand.Text()}
}

// Run watches the remote engine until ctx ends, and returns nil when it, the local one and the watch have ended.
func (e *Engine) Run(ctx context.Context) error {
	var parts run.Group
	parts.Add("remote engine", e.remote.Run)
	parts.Add("local engine", e.local.Run)
	parts.Add("outages", e.watch)
	return parts.Run(ctx)
}

func (e *Engine) now() time.Time { return e.cfg.Memory.Clock() }

func (e *Engine) current() state {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.state
}
