// Package book keeps which limits are in force: those that are built in or of a file, what the API made above them, and
// who changed what.
//
// It promises that what is in force is valid as a whole, also when a file or a change is bad: then what was in force
// stays, and it is told why. Each change makes a version with a number that rises, the same on all replicas that share a
// store; a replica learns of the others' changes within a poll. What the API made lasts as long as the store does.
package book

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

	"github.com/sheetreel/sheetreel/services/ratelimit/match"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

const (
	// kept is how many versions the history holds.
	kept = 100
	// requestLife is how long a request is known again.
	requestLife = 24 * time.Hour
	// attempts is how often a change is tried when other replicas change the limits at the same time.
	attempts = 8
	// storeTimeout bounds a poll's questions to the store.
	storeTimeout = 5 * time.Second
)

// Config is what a book is configured with. The zero value is good.
type Config struct {
	// File has the limits; the built-in ones when empty.
	File string
	// Poll is how often the file and the store are looked at. Default 1 s.
	Poll time.Duration
}

// Deps is what a book works with. The zero value is good.
type Deps struct {
	// Store keeps what the API makes; this process's memory when nil.
	Store Store
	// Log is where it logs; slog.Default when nil.
	Log *slog.Logger
	// Clock tells the time; time.Now when nil.
	Clock func() time.Time
	// Meter measures; nothing is measured when nil.
	Meter metric.Meter
	// Changed is called when another version is in force; may be nil. It must not wait, nor change limits.
	Changed func()
}

// Book holds the limits in force. It is safe for concurrent use.
type Book struct {
	config Config
	store  Store
	log    *slog.Logger
	now    func() time.Time
	told   func()

	state atomic.Pointer[State]
	// mu is held while the limits are changed. A change asks the store meanwhile.
	mu sync.Mutex
	// file is what is known of the file, for the poll alone.
	file  watched
	reads metric.Int64Counter
}

// State is a version of the limits, with what it was made from. It is never changed.
type State struct {
	// Set is what calls are matched with.
	Set *match.Set
	// Unfit are overrides that do not fit the limit of their name, or have none.
	Unfit map[string][]rule.Override
	// FileError is why the file as it is now is not in force; nil when it is.
	FileError error

	base   base
	layer  layer
	digest string // of the file that the newest record knows
}

// Open reads the file and the store. It fails when they cannot be read, or the limits make no sense together.
func Open(ctx context.Context, config Config, deps Deps) (*Book, error) {
	config.Poll = cmp.Or(config.Poll, time.Second)
	b := &Book{config: config, store: deps.Store, log: cmp.Or(deps.Log, slog.Default()), now: deps.Clock, told: deps.Changed}
	if b.store == nil {
		b.store = &Memory{}
	}
	if b.now == nil {
		b.now = time.Now
	}
	if err := b.measure(deps.Meter); err != nil {
		return nil, err
	}
	base, err := readBase(config.File)
	if err != nil {
		return nil, err
	}
	for range attempts {
		state, err := b.load(ctx, base, nil)
		if err != nil {
			return nil, err
		}
		if state, err = b.note(ctx, state); errors.Is(err, ErrConflict) {
			continue // another replica starts too
		}
		if err != nil {
			return nil, err
		}
		b.put(state)
		b.log.InfoContext(ctx, "limits loaded", "count", len(state.Set.Rules()), "file", config.File, "revision", state.Set.Version())
		return b, nil
	}
	return nil, fmt.Errorf("limits: %w", ErrConflict)
}

// State is the version in force.
func (b *Book) State() *State { return b.state.Load() }

// put puts a state in force.
func (b *Book) put(s *State) {
	before := b.state.Swap(s)
	if b.told != nil && before != nil && before.Set.Version() != s.Set.Version() {
		b.told()
	}
}

// Set is what calls are matched with now. Ask for it once a call, or once a batch.
func (b *Book) Set() *match.Set { return b.state.Load().Set }

// load makes the state of a file and of what the store holds.
func (b *Book) load(ctx context.Context, base base, before *State) (*State, error) {
	head, rows, err := b.store.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("load limits: %w: %w", errStore, err)
	}
	l, err := readLayer(rows)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errStore, err)
	}
	return b.compile(head.Number, head.Digest, base, l, before)
}

func (b *Book) compile(number int64, digest string, base base, l layer, before *State) (*State, error) {
	rules, unfit := l.above(base.rules)
	var set *match.Set
	if before != nil {
		set = before.Set
	}
	set, err := match.New(number, rules, b.now(), set)
	if err != nil {
		return nil, err
	}
	return &State{Set: set, Unfit: unfit, base: base, layer: l, digest: digest}, nil
}

// note records that the file is another one than that of the newest record, if it is.
func (b *Book) note(ctx context.Context, s *State) (*State, error) {
	if s.digest == s.base.digest {
		return s, nil
	}
	record := Record{
		Number: s.Set.Version() + 1, Created: b.now().UTC().Truncate(time.Millisecond), Actor: "file",
		Description: s.base.description, Digest: s.base.digest,
	}
	if err := b.store.Append(ctx, record, nil, kept); err != nil {
		return nil, fmt.Errorf("record the limits of the file: %w: %w", errStore, err)
	}
	return b.compile(record.Number, record.Digest, s.base, s.layer, s)
}
