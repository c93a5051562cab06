// Package former decides calls against rules with counters in this process's memory. It goes when the service asks an
// engine.Engine instead.
//
// It promises that a call is charged to every limit that counts it or to none, also when many callers ask at
// once; that a refused call changes nothing; that the waiting time it tells is exact; and that its memory is
// bounded: by the number of keys in use, by the number of permits and reservations that are remembered, and by what
// their limits allow to count.
//
// A reservation that is not committed is refunded as of the very time at which it expires: every call refunds first
// what has expired before it.
//
// Counters live in shards, each with a lock. A decision locks the shards of all its keys, always in the order of
// their numbers, so decisions cannot wait for each other in a circle, and does no I/O while it holds them.
package former

import (
	"hash/maphash"
	"math/bits"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sheetreel/sheetreel/services/ratelimit/decide"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

// Config bounds an engine. Zero values take the defaults.
type Config struct {
	// MaxKeys is how many keys may be in use at once; a key is in use until all of its limit is free again.
	// A call that needs one more is refused with ErrFull. Default 1,000,000.
	MaxKeys int
	// MaxPermits is how many permits may be open at once; one more ends the oldest. Default 500,000.
	MaxPermits int
	// MaxReservations is how many reservations may be remembered at once. One more makes the engine forget the one
	// that ends first; that one stays charged. Default 500,000.
	MaxReservations int
	// Clock tells the time, by a monotonic clock. Default time.Now.
	Clock func() time.Time
}

const (
	defaultMaxKeys         = 1_000_000
	defaultMaxPermits      = 500_000
	defaultMaxReservations = 500_000
)

// Engine holds the counters. It is safe for concurrent use.
type Engine struct {
	rules   []rule.Rule
	maxKeys int64
	clock   func() time.Time
	began   time.Time
	seed    maphash.Seed
	shards  [shardCount]shard
	keys    atomic.Int64 // in all shards
	permits permits

	reservations *reservations
}

// New makes an engine for valid rules.
func New(rules []rule.Rule, cfg Config) *Engine {
	if cfg.MaxKeys <= 0 {
		cfg.MaxKeys = defaultMaxKeys
	}
	if cfg.MaxPermits <= 0 {
		cfg.MaxPermits = defaultMaxPermits
	}
	if cfg.MaxReservations <= 0 {
		cfg.MaxReservations = defaultMaxReservations
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	e := &Engine{
		rules: rules, maxKeys: int64(cfg.MaxKeys), clock: cfg.Clock, began: cfg.Clock(), seed: maphash.MakeSeed(),
		permits: newPermits(cfg.MaxPermits), reservations: newReservations(cfg.MaxReservations),
	}
	for i := range e.shards {
		e.shards[i].counters = map[counterKey]decide.Counter{}
	}
	return e
}

// now is the time since the engine began; the difference of two times with a monotonic reading never steps back.
func (e *Engine) now() decide.Instant { return decide.Instant(e.clock().Sub(e.began)) }

// shardCount is the number of bits in a shardSet.
const shardCount = 64

type shard struct {
	mu       sync.Mutex
	counters map[counterKey]decide.Counter
	_        [40]byte // keeps the locks of two shards off one cache line
}

// counterKey names a counter: the rule by its index, and the key.
type counterKey struct {
	rule int
	key  string
}

func (e *Engine) shardOf(key counterKey) int {
	return int(maphash.Comparable(e.seed, key) % shardCount)
}

// shardSet is a set of shards, a bit for each.
type shardSet uint64

func (s *shardSet) add(shard int) { *s |= 1 << shard }

// lock locks the shards of a set in their order.
func (e *Engine) lock(set shardSet) {
	for ; set != 0; set &= set - 1 {
		e.shards[bits.TrailingZeros64(uint64(set))].mu.Lock()
	}
}

func (e *Engine) unlock(set shardSet) {
	for ; set != 0; set &= set - 1 {
		e.shards[bits.TrailingZeros64(uint64(set))].mu.Unlock()
	}
}
