// Package memory is the engine of limits whose counters are in this process's memory. It keeps the promises of
// [engine.Engine], and its memory is bounded: by the number of keys in use, of charges, reservations and ids that are
// remembered and of places in queues, and by what the limits allow to count.
//
// A reservation that is not committed is refunded as of the very time at which it ends: every call refunds first what
// has ended before it. Queues are forgotten when the process ends; all else can be kept, see [Keeper].
//
// Counters live in shards, each with a lock; those of one project live together. A decision locks the shards of all its
// keys and of its id, always in the order of their numbers, so decisions cannot wait for each other in a circle, and
// does no I/O while it holds them.
package memory

import (
	"cmp"
	"crypto/rand"
	"hash/maphash"
	"math/bits"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sheetreel/sheetreel/services/ratelimit/decide"
	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
)

// Config bounds an engine. Zero values take the defaults.
type Config struct {
	// MaxKeys is how many keys may be in use at once; a key is in use until all of its limit is free again.
	// A call that needs one more is told to retry, with engine.ErrFull. Default 1,000,000.
	MaxKeys int
	// MaxPermits is how many charges without an id and without a TTL can be cancelled at once; one more ends the oldest
	// of its shard. Default 500,000.
	MaxPermits int
	// MaxReservations is how many reservations and ids may be remembered at once. One more makes the engine forget one
	// that ends soon; that one stays charged. Default 500,000.
	MaxReservations int
	// MaxPlaces is how many places there may be in all queues. One more is told the time at the end of the queue, but has
	// no place there. Default 100,000.
	MaxPlaces int
	// Clock tells the time, with a monotonic reading. Default time.Now.
	Clock func() time.Time
}

// Engine holds the counters. It is safe for concurrent use. Its methods do not wait for anything, so they ignore the
// end of a context, and return no errors.
type Engine struct {
	cfg    Config
	began  time.Time
	series string
	seed   maphash.Seed
	shards [shardCount]shard

	keys    atomic.Int64 // in all shards
	permits atomic.Int64
	records atomic.Int64
	places  atomic.Int64

	keep keep
	gap  atomic.Pointer[Gap]
}

var (
	_ engine.Engine = (*Engine)(nil)
	_ Keeper        = (*Engine)(nil)
)

// New makes an engine that has counted nothing.
func New(cfg Config) *Engine {
	cfg.MaxKeys = cmp.Or(max(cfg.MaxKeys, 0), 1_000_000)
	cfg.MaxPermits = cmp.Or(max(cfg.MaxPermits, 0), 500_000)
	cfg.MaxReservations = cmp.Or(max(cfg.MaxReservations, 0), 500_000)
	cfg.MaxPlaces = cmp.Or(max(cfg.MaxPlaces, 0), 100_000)
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	e := &Engine{cfg: cfg, began: cfg.Clock(), series: rand.Text()[:13], seed: maphash.MakeSeed()}
	for i := range e.shards {
		e.shards[i].init()
	}
	return e
}

// moment is a time by both clocks.
type moment struct {
	mono decide.Instant // since the engine began
	wall decide.Instant // since 1970
}

// now reads the clock once. The difference of two times with a monotonic reading never steps back.
func (e *Engine) now() moment {
	t := e.cfg.Clock()
	return moment{decide.Instant(t.Sub(e.began)), decide.Instant(t.UnixNano())}
}

// at is the same moment as another instant of the monotonic clock, by both.
func (m moment) at(mono decide.Instant) moment {
	return moment{mono, m.wall.Add(mono.Sub(m.mono))}
}

// shardCount is the number of bits in a shardSet, and of values in the low bits of a charge's number.
const shardCount = 64

type shard struct {
	mu       sync.Mutex
	counters map[uint64]*counter // by hash; those of one hash are a list
	permits  permits
	known    map[engine.Charge]*record // whose home it is
	ids      map[string]*record        // whose id it keeps
	ending   ending
	stale    atomic.Int64 // of ending, about how many were dropped by other shards
	numbers  uint64       // how many were given to records
	changed  []*counter
	settled  []*record
	_        [64]byte // keeps the locks of two shards off one cache line
}

func (s *shard) init() {
	s.counters = map[uint64]*counter{}
	s.known = map[engine.Charge]*record{}
	s.ids = map[string]*record{}
}

// shardSet is a set of shards, a bit for each.
type shardSet uint64

func (s *shardSet) add(shard uint8) { *s |= 1 << shard }

// first is the lowest of a set that is not empty.
func (s shardSet) first() uint8 { return uint8(bits.TrailingZeros64(uint64(s))) }

// lock locks the shards of a set in their order, and refunds what has ended in them by then.
func (e *Engine) lock(set shardSet, now moment) {
	for ; set != 0; set &= set - 1 {
		s := &e.shards[set.first()]
		s.mu.Lock()
		if len(s.ending) > 0 && s.ending[0].record.ends <= now.mono {
			e.end(set.first(), now)
		}
	}
}

func (e *Engine) unlock(set shardSet) {
	for ; set != 0; set &= set - 1 {
		e.shards[set.first()].mu.Unlock()
	}
}
