package durable_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sheetreel/sheetreel/services/ratelimit/durable"
	"github.com/sheetreel/sheetreel/services/ratelimit/durable/storetest"
	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/memory"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

// Processes count in one store, one after the other. They are killed at any moment, cannot write for a while, end
// cleanly, and are started again beside a wall clock that somebody sets back. Whatever happens, no limit grants more than
// it may by the true time; and after a clean end it grants no less than before.
func TestModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newMachine(t)
		t.Repeat(map[string]func(*rapid.T){
			"decide": m.decide, "settle": m.settle, "flush": m.flush, "break": m.breakStore, "crash": m.crash, "restart": m.restart,
			"advance": m.advance, "set back": m.setBack, "": m.check,
		})
	})
}

var (
	perUser    = &rule.Limit{Rule: "user", Algorithm: rule.SlidingLog, Capacity: 5, Period: 10 * time.Second}
	perProject = &rule.Limit{Rule: "project", Algorithm: rule.TokenBucket, Capacity: 8, Period: 16 * time.Second}
	inFlight   = &rule.Limit{Rule: "flight", Algorithm: rule.Concurrency, Capacity: 3, Period: 20 * time.Second}
)

// granted is what was told to happen.
type granted struct {
	at     time.Duration // true time
	cost   int64
	id     string // of the charge
	user   string
	ends   time.Duration // of a reservation; 0: not one
	ended  bool          // committed or cancelled
	cancel bool
	run    int
}

type machine struct {
	store   *storetest.Memory
	keeper  *durable.Keeper
	now     time.Duration // true time since the beginning
	behind  time.Duration // by so much the wall clock was set back
	crashed time.Duration // the last time that a process was killed
	broken  bool
	grants  []*granted
	run     int // which process it is
	needIDs int
}

func newMachine(t *rapid.T) *machine {
	m := &machine{store: &storetest.Memory{}, now: time.Hour}
	m.start(t)
	return m
}

func (m *machine) clock() time.Time {
	return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC).Add(m.now - m.behind)
}

func (m *machine) start(t *rapid.T) {
	m.run++
	m.store.Before(nil)
	m.broken = false
	keeper, err := durable.Start(t.Context(), durable.Config{Batch: 2}, durable.Deps{
		Store: m.store, Engine: memory.New(memory.Config{Clock: m.clock}), Clock: m.clock, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	m.keeper = keeper
}

func lines(user string) []engine.Line {
	return []engine.Line{
		{Limit: perUser, Key: []byte("project=demo,user=" + user), Tag: "demo"},
		{Limit: perProject, Key: []byte("project=demo"), Tag: "demo"},
		{Limit: inFlight, Key: []byte("user=" + user), Tag: "demo"},
	}
}

func (m *machine) decide(t *rapid.T) {
	user := rapid.SampledFrom([]string{"ada", "bob"}).Draw(t, "user")
	need := engine.Need{Lines: lines(user), Cost: rapid.Int64Range(1, 3).Draw(t, "cost")}
	need.Least = rapid.Int64Range(1, need.Cost).Draw(t, "least")
	if rapid.Bool().Draw(t, "reserve") {
		need.TTL = time.Duration(rapid.IntRange(1, 30).Draw(t, "ttl")) * time.Second
		m.needIDs++
		need.ID = fmt.Sprint(m.needIDs)
	}
	out, err := m.keeper.Decide(t.Context(), []engine.Need{need}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if out[0].Verdict != engine.Proceed {
		return
	}
	g := &granted{at: m.now, cost: out[0].Granted, id: out[0].Charge.String(), user: user, run: m.run}
	if need.TTL > 0 {
		g.ends = m.now + need.TTL
	}
	m.grants = append(m.grants, g)
}

// settle commits or cancels any charge, also one of an earlier process.
func (m *machine) settle(t *rapid.T) {
	var open []*granted // a caller settles once
	for _, g := range m.grants {
		if !g.ended {
			open = append(open, g)
		}
	}
	if len(open) == 0 {
		return
	}
	g := rapid.SampledFrom(open).Draw(t, "grant")
	if rapid.Bool().Draw(t, "commit") {
		if not, err := m.keeper.Commit(t.Context(), []engine.Settlement{{ID: g.id}}); err == nil && len(not) == 0 {
			g.ended = true
		}
		return
	}
	if not, err := m.keeper.Cancel(t.Context(), []string{g.id}); err == nil && len(not) == 0 {
		g.ended, g.cancel = true, true
	}
}

func (m *machine) flush(t *rapid.T) {
	if err := m.keeper.Flush(t.Context()); err != nil && !m.broken {
		t.Fatalf("flush: %v", err)
	}
}

// breakStore lets the store fail after some more writes, or mends it.
func (m *machine) breakStore(t *rapid.T) {
	m.broken = !m.broken
	m.store.Before(nil)
	if !m.broken {
		return
	}
	left := rapid.IntRange(0, 3).Draw(t, "writes before it fails")
	m.store.Before(func(context.Context) error {
		if left--; left >= 0 {
			return nil
		}
		return errBroken
	})
}

func (m *machine) crash(t *rapid.T) {
	m.crashed = m.now
	m.start(t)
}

// restart ends cleanly and starts again: as much is left as before. Less may be while a crash counts: a key that nobody
// used since has no counter, and its limit is taken as used then. A clock that goes back moves what was saved.
func (m *machine) restart(t *rapid.T) {
	m.broken = false
	m.store.Before(nil)
	before := m.left(t)
	if err := m.keeper.Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	old := m.keeper
	m.start(t)
	counts := m.crashed > 0 && m.now-m.crashed < inFlight.Period
	for i, after := range m.left(t) {
		if m.behind == 0 && (after > before[i] || after < before[i] && !counts) {
			t.Fatalf("left before a clean restart %v, after it %v", before, m.left(t))
		}
	}
	if _, err := old.Decide(t.Context(), []engine.Need{{Lines: lines("ada"), Cost: 1, Least: 1}}, nil); err == nil {
		t.Fatal("a process that has ended grants")
	}
}

// left is what is left of each limit for each user.
func (m *machine) left(t *rapid.T) (left [6]int64) {
	for i, user := range []string{"ada", "bob"} {
		all, err := m.keeper.Peek(t.Context(), lines(user), 1)
		if err != nil {
			t.Fatal(err)
		}
		for j, s := range all {
			left[3*i+j] = s.Left
		}
	}
	return left
}

func (m *machine) advance(t *rapid.T) {
	m.now += time.Duration(rapid.IntRange(1, 12_000).Draw(t, "milliseconds")) * time.Millisecond
}

func (m *machine) setBack(t *rapid.T) {
	m.behind += time.Duration(rapid.IntRange(1, 40_000).Draw(t, "milliseconds")) * time.Millisecond
}

// check adds up what was granted in every window, by the true time.
func (m *machine) check(t *rapid.T) {
	for _, user := range []string{"ada", "bob"} {
		m.window(t, perUser.Period, perUser.Capacity, func(g *granted) bool { return g.user == user })
	}
	for window := time.Second; window <= 64*time.Second; window *= 2 {
		refill := int64(window * time.Duration(perProject.Capacity) / perProject.Period)
		m.window(t, window, perProject.Capacity+refill+1, func(*granted) bool { return true })
	}
}

// window makes sure that no more than most was granted in any window, without what was given back.
func (m *machine) window(t *rapid.T, period time.Duration, most int64, of func(*granted) bool) {
	for i, first := range m.grants {
		sum := int64(0)
		for _, g := range m.grants[i:] {
			if g.at-first.at < period && of(g) && m.counts(g) {
				sum += g.cost
			}
		}
		if sum > most {
			t.Fatalf("%d granted within %v of %v, at most %d may be", sum, period, first.at, most)
		}
	}
}

// counts tells whether a grant is used, or may still be: not when it was cancelled, nor when its reservation has ended.
func (m *machine) counts(g *granted) bool {
	return !g.cancel && (g.ends == 0 || g.ended || m.now < g.ends)
}

var errBroken = errors.New("the disk is on fire")
