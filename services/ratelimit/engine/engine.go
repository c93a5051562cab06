// Package engine says what every engine of limits does, and in which words it answers. There are two: counters in this
// process's memory, and counters in Redis. The rules are matched before an engine is asked, so an engine knows
// counters and nothing else.
//
// An engine promises: a need is charged to all of its lines or to none, however many ask at once; a refused one changes
// nothing but its place in the queue; the time that it tells is exact; a reservation that is neither committed nor
// cancelled is refunded at its end; the same id is decided once; and trouble is never an answer that grants.
package engine

import (
	"context"
	"errors"
	"time"

	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

// Engine decides and counts. It is safe for concurrent use.
type Engine interface {
	// Decide decides needs in their order, each by itself. It appends an outcome for each to out, and the statuses of
	// the limits that it names to the outcomes. An error means that nothing is known of any of them; asking again with
	// the same ids charges nothing twice.
	Decide(ctx context.Context, needs []Need, out []Outcome) ([]Outcome, error)
	// Commit makes charges stay for good, with what was really used if that is less: the rest is refunded. It returns the
	// ids of those that are unknown, refunded or expired.
	Commit(ctx context.Context, charges []Settlement) ([]string, error)
	// Cancel refunds charges, as far as time has not freed them already. It returns the ids of those with nothing to
	// give back.
	Cancel(ctx context.Context, ids []string) ([]string, error)
	// Peek tells what is left of limits, and charges nothing. Waiting is for a call of this cost.
	Peek(ctx context.Context, lines []Line, cost int64) ([]Status, error)
	// Usage lists the counters in use whose key begins with a prefix, by rule and key after a place; at most limit.
	Usage(ctx context.Context, keyPrefix string, after Place, limit int) ([]Usage, error)
	// Report tells that an upstream has refused: nothing is left of the line until then, for everybody. A capacity above 0
	// is the true one, which holds from now on when it is lower than the limit's, until the limit itself is changed.
	Report(ctx context.Context, line Line, until time.Duration, capacity int64) error
	// Run does the engine's own work until ctx ends, and returns nil when all of it has ended.
	Run(ctx context.Context) error
}

// Line is one limit that counts a call, and for whom.
type Line struct {
	Limit *rule.Limit
	// Key names the counter among those of the rule: "project=demo,user=ada". An engine that keeps it copies it.
	Key []byte
	// Tag is the project, or empty when the limit does not count by project. Counters of one tag live together.
	Tag string
}

// Need is a call, with the limits that count it.
type Need struct {
	Lines []Line
	// Cost is what it counts, 1 or more. It is granted whole, or as much of it as fits down to Least.
	Cost, Least int64
	// ID is the caller's own name for the decision; empty: none. While it is remembered the same id gives the same
	// answer and charges nothing, and one that was deferred keeps its place in the queue.
	ID string
	// Sum tells needs of the same ID apart.
	Sum uint64
	// TTL is how long a reservation lasts; zero: it is charged for good, and can be cancelled for ten minutes.
	TTL time.Duration
	// Queue lets a deferred need with an ID take a place: later ones are told later times, and it is granted at its own.
	// Asked again without it, the place is given up first.
	Queue bool
}

// Verdict is an answer.
type Verdict int

// The verdicts.
const (
	// Proceed means that it may happen: it is charged.
	Proceed Verdict = iota + 1
	// Defer means not now: ask again after Wait.
	Defer
	// Retry means that the engine has trouble: back off.
	Retry
	// Reject means never: the cost is above the capacity, or the id was used for something else.
	Reject
)

// Outcome is the answer to a need.
type Outcome struct {
	Verdict Verdict
	// Granted is how much may happen; Proceed only.
	Granted int64
	// Charge names the charge for Commit and Cancel; empty when no limit counts the call.
	Charge Charge
	// Life is the time until a reservation is refunded.
	Life time.Duration
	// Wait is the exact time until it is granted if nothing else happens; Defer only. For Retry, when to ask again.
	Wait time.Duration
	// Limits are what is left of each line that is not DryRun; when it is refused, only those that refuse.
	Limits []Status
	// DryRun are the lines in dry run that would have refused.
	DryRun []Status
	// Degraded says that the engine was out of reach, and a share of the limit was given from this process's memory.
	Degraded bool
	// Err is why it is rejected: ErrCost, ErrReused; or why to retry: ErrFull, ErrUnreachable.
	Err error
}

// Status tells what is left of a limit for one key.
type Status struct {
	Limit *rule.Limit
	Key   string
	// Capacity is the one in force: the limit's, or a lower one that an upstream told.
	Capacity int64
	Left     int64
	// Reset is the time until more is free; 0 when all is free.
	Reset time.Duration
	// Wait is the time until this limit alone grants the call.
	Wait time.Duration
}

// Charge names what a need was charged. The zero value is none.
type Charge struct {
	// Series differs between engines and their restarts, so that what an earlier one gave means nothing.
	Series string
	Number uint64
}

// Settlement commits a charge.
type Settlement struct {
	ID string // Charge.String
	// Used is what was really used; zero: all of it.
	Used int64
}

// Place is a place in a list of counters.
type Place struct{ Rule, Key string }

// Usage is what is used of a limit for one key.
type Usage struct {
	Place
	Used, Capacity int64
	Reset          time.Duration
}

// Why a need is not granted.
var (
	ErrCost        = errors.New("the cost is above the capacity")
	ErrReused      = errors.New("another call was decided under this id")
	ErrFull        = errors.New("the engine counts as many keys as it may")
	ErrUnreachable = errors.New("the engine cannot be reached")
)
