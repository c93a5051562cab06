package memory

import (
	"github.com/sheetreel/sheetreel/services/ratelimit/decide"
	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

// Saved is a counter as it is kept outside of the process. Every instant in it is the wall clock's: nanoseconds since
// 1970 in UTC. So it means the same after a restart.
type Saved struct {
	engine.Place
	// Tag is the project, or empty.
	Tag string
	// Limit is by what it counted: Algorithm, Capacity, Period, Unit, Zone. The capacity is the limit's own.
	Limit rule.Limit
	// Learned is the lower capacity that an upstream told; zero: none.
	Learned int64
	// State is what it counted.
	State decide.State
	// Gone says that nothing is counted any more: what was saved of it can be deleted. Only Place is set then.
	Gone bool
}

// SavedCharge is what Commit, Cancel, a reservation's end and the repetition of an id need to know of a decision. Only
// decisions with an id or a TTL are saved: what else was charged stays so after a restart.
type SavedCharge struct {
	engine.Charge
	// ID and Sum are the caller's, see engine.Need.
	ID  string
	Sum uint64
	// Granted is how much.
	Granted int64
	// Ends is when it is refunded (Reserved), or only forgotten, by the wall clock in nanoseconds since 1970.
	Ends     decide.Instant
	Reserved bool
	// Committed says that it can no longer be cancelled.
	Committed bool
	// Lines are what each counter was charged; none when the charge was committed.
	Lines []SavedLine
	// Gone says that it was forgotten: what was saved of it can be deleted. Only Charge is set then.
	Gone bool
}

// SavedLine is what one counter was charged.
type SavedLine struct {
	engine.Place
	// Receipt's mark is by the wall clock, as the counter's state.
	Receipt decide.Receipt
}

// Keeper is how what changes in an engine is written elsewhere and comes back. [Engine] implements it.
type Keeper interface {
	// Dirty hands over the counters and the charges that have changed since they were handed over last, each as it is
	// now, at most so many of either, and tells whether there are more. What it hands over is the caller's. No lock is
	// held while it calls. A charge may be handed over before a counter that it charged, or after it: as saved, its
	// refund then finds nothing.
	Dirty(most int, counter func(Saved), charge func(SavedCharge)) (more bool)
	// Load takes over what was saved, before the engine decides for the first time. What is over by now is left out, and
	// a state from the future, from before the wall clock was set back, is moved to now.
	Load(counters []Saved, charges []SavedCharge, gap Gap)
}

// Gap is what may have been granted without having been saved, because the process crashed. The zero value is nothing.
type Gap struct {
	// Until is when the last such grant can have been, by the wall clock in nanoseconds since 1970.
	Until decide.Instant
	// Charge tells how much of a limit may have been granted in it for one key, saved or not. Each counter is charged so
	// much as of Until, as far as there was room: a saved one by Load, another when it is first used. It must be safe for concurrent use.
	Charge func(engine.Place, *rule.Limit) int64
}
