package durable

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/metric"

	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/memory"
)

// Counters is an engine whose counters can be kept. A memory.Engine is one.
type Counters interface {
	engine.Engine
	memory.Keeper
}

// Deps is what a keeper works with.
type Deps struct {
	Store  Store
	Engine Counters // has not decided anything yet
	// Log is where it logs; slog.Default when nil.
	Log *slog.Logger
	// Clock tells the time, with a monotonic reading; the engine's own. time.Now when nil.
	Clock func() time.Time
	// Meter makes the instruments; the global one when nil.
	Meter metric.MeterProvider
}

// Keeper writes behind what an engine counts. It is an engine itself: the one to ask, because it answers for what must
// be written before.
type Keeper struct {
	Counters
	cfg    Config
	store  Store
	log    *slog.Logger
	clock  func() time.Time
	fence  int64
	alone  bool // nobody waits for a sign of life
	gauges gauges

	// What is written, by one goroutine at a time.
	unwritten *collector // what a write failed to write
	most      int        // counters at a time

	ran    atomic.Bool // Run was called
	closed atomic.Bool // nothing is granted any more
	behind atomic.Bool // for longer than a crash is accounted for
	stuck  atomic.Bool // the last write failed

	mu     sync.Mutex
	next   *round        // the write that comes next, if somebody waits for it
	asked  chan struct{} // holds one when somebody waits
	health Health
}

// Health is how the writing goes.
type Health struct {
	// Written is the last write.
	Written time.Time
	// Err is why the writes since have failed; nil when they have not.
	Err error
}

// Start claims a store for an engine and gives the engine what the store has. It waits for another owner to go, and is
// ErrOwned when it does not.
func Start(ctx context.Context, cfg Config, deps Deps) (*Keeper, error) {
	k := &Keeper{
		Counters: deps.Engine, cfg: cfg.withDefaults(), store: deps.Store, log: cmp.Or(deps.Log, slog.Default()), clock: deps.Clock,
		asked: make(chan struct{}, 1),
	}
	if k.clock == nil {
		k.clock = time.Now
	}
	last, err := k.claim(ctx)
	if err != nil {
		return nil, fmt.Errorf("counters of limits: %w", err)
	}
	if err := k.load(ctx, last); err != nil {
		return nil, fmt.Errorf("counters of limits: %w", err)
	}
	k.health.Written, k.most = k.clock(), k.cfg.Batch
	return k, k.gauges.make(deps.Meter, k)
}

// Health tells how the writing goes.
func (k *Keeper) Health() Health {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.health
}

// Close gives the store up when Run was never called, so that what prevented it is not taken for a crash. After Run there
// is nothing left to do.
func (k *Keeper) Close() error {
	if k.ran.Swap(true) {
		return nil
	}
	k.closed.Store(true)
	return errors.Join(k.gauges.end(), k.finish(context.Background()))
}
