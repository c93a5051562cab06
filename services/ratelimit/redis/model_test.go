package redis

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sheetreel/sheetreel/kit/redistest"
	"github.com/sheetreel/sheetreel/services/ratelimit/decide"
	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

// Random calls, and times that pass or step back, have the same answers from the scripts as from package decide, to the
// microsecond.
func TestTheScriptsCountAsPackageDecideDoes(t *testing.T) {
	url, prefix := redistest.Shared(t)
	run := 0
	rapid.Check(t, func(r *rapid.T) {
		run++
		clock := &clock{now: time.Date(2026, 3, 28, 22, 0, 0, 0, time.UTC)} // the clocks of Berlin change in the next night
		e, err := New(Config{URL: url, Prefix: fmt.Sprint(prefix, run, ":"), Clock: clock.read})
		if err != nil {
			r.Fatal(err)
		}
		defer e.client.Close()
		s := &simulation{engine: e, clock: clock, began: clock.now, counters: map[string]decide.Counter{}}
		s.limits = drawLimits(r)
		r.Repeat(map[string]func(*rapid.T){
			"decide": s.decide,
			"commit": s.commit,
			"cancel": s.cancel,
			"peek":   s.peek,
			"report": s.report,
			"":       s.forget,
			"pass":   func(r *rapid.T) { clock.pass(time.Duration(rapid.IntRange(1, 200).Draw(r, "ms")) * time.Millisecond) },
			"pass long": func(r *rapid.T) {
				clock.pass(time.Duration(rapid.IntRange(1, 50).Draw(r, "hours")) * time.Hour)
			},
			"step back": func(r *rapid.T) { clock.pass(-time.Duration(rapid.IntRange(1, 300).Draw(r, "ms")) * time.Millisecond) },
		})
	})
}

type clock struct{ now time.Time }

func (c *clock) read() time.Time      { return c.now }
func (c *clock) pass(d time.Duration) { c.now = c.now.Add(d) }

func drawLimits(r *rapid.T) []*rule.Limit {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		r.Fatal(err)
	}
	capacity := func(name string) int64 { return rapid.Int64Range(1, 8).Draw(r, name) }
	period := func(name string, unit time.Duration) time.Duration {
		return time.Duration(rapid.IntRange(1, 40).Draw(r, name+" period")) * 10 * unit
	}
	token := capacity("bucket")
	return []*rule.Limit{
		{Rule: "log", Algorithm: rule.SlidingLog, Capacity: capacity("log"), Period: period("log", time.Millisecond)},
		{Rule: "bucket", Algorithm: rule.TokenBucket, Capacity: token, Period: time.Duration(token) * period("bucket", time.Microsecond) * 100},
		{Rule: "counter", Algorithm: rule.SlidingCounter, Capacity: capacity("counter"), Period: period("counter", time.Millisecond)},
		{Rule: "flight", Algorithm: rule.Concurrency, Capacity: capacity("flight"), Period: period("flight", time.Millisecond)},
		{Rule: "day", Algorithm: rule.Calendar, Capacity: capacity("day"), Unit: rule.Day, Zone: berlin},
		{Rule: "month", Algorithm: rule.Calendar, Capacity: 3 * capacity("month"), Unit: rule.Month, Zone: berlin},
	}
}

type simulation struct {
	engine   *Engine
	clock    *clock
	began    time.Time
	limits   []*rule.Limit
	counters map[string]decide.Counter
	looked   []string // counters that were made to be looked at: the engine keeps those alone that count something
	held     []*held
}

// held is a charge.
type held struct {
	id, name string
	granted  int64
	expires  time.Time // zero: a permit, whose life of ten minutes began at at
	at       time.Time
	lines    []engine.Line
	receipts []decide.Receipt
	state    string
}

func (s *simulation) instant() decide.Instant { return decide.Instant(s.clock.now.UnixNano()) }

func (s *simulation) counter(l engine.Line) decide.Counter {
	c := s.counters[l.Limit.Rule+string(l.Key)]
	if c == nil {
		switch l.Limit.Algorithm {
		case rule.TokenBucket:
			c = decide.NewTokenBucket(l.Limit.Capacity, l.Limit.Period)
		case rule.SlidingCounter:
			c = decide.NewSlidingCounter(l.Limit.Capacity, l.Limit.Period)
		case rule.Concurrency:
			c = decide.NewConcurrency(l.Limit.Capacity, l.Limit.Period)
		case rule.Calendar:
			c = decide.NewCalendar(l.Limit.Capacity, l.Limit.Unit == rule.Month, l.Limit.Zone)
		default:
			c = decide.NewSlidingLog(l.Limit.Capacity, l.Limit.Period)
		}
		s.counters[l.Limit.Rule+string(l.Key)] = c
		s.looked = append(s.looked, l.Limit.Rule+string(l.Key))
	}
	return c
}

// forget forgets the counters that were made since and count nothing.
func (s *simulation) forget(*rapid.T) {
	for _, name := range s.looked {
		if s.counters[name].Idle(s.instant()) {
			delete(s.counters, name)
		}
	}
	s.looked = nil
}

// expire refunds reservations that are over, in the order of their ends.
func (s *simulation) expire() {
	slices.SortStableFunc(s.held, func(a, b *held) int { return cmp.Compare(a.expires.UnixNano(), b.expires.UnixNano()) })
	s.held = slices.DeleteFunc(s.held, func(h *held) bool {
		if h.state != "" || h.ends().After(s.clock.now) || h.expires.IsZero() {
			return false // when the clock steps back, what is not refunded is known again
		}
		for i, l := range h.lines {
			s.counter(l).Refund(decide.Instant(h.expires.UnixNano()), h.receipts[i])
		}
		return true
	})
}

func (h *held) ends() time.Time {
	if h.expires.IsZero() {
		return h.at.Add(10 * time.Minute)
	}
	return h.expires
}

// known tells whether a charge is still known.
func (s *simulation) known(h *held) bool {
	return slices.Contains(s.held, h) && h.ends().After(s.clock.now)
}

func (s *simulation) drawLines(r *rapid.T) []engine.Line {
	picked := rapid.SliceOfNDistinct(rapid.IntRange(0, len(s.limits)-1), 1, len(s.limits), rapid.ID[int]).Draw(r, "limits")
	var lines []engine.Line
	for _, i := range picked {
		key := rapid.SampledFrom([]string{"project=p,user=ada", "project=p,user=bob"}).Draw(r, "key")
		lines = append(lines, engine.Line{Limit: s.limits[i], Key: []byte(key), Tag: "p"})
	}
	return lines
}

func (s *simulation) decide(r *rapid.T) {
	n := engine.Need{Lines: s.drawLines(r), Cost: rapid.Int64Range(1, 4).Draw(r, "cost")}
	n.Least = rapid.Int64Range(1, n.Cost).Draw(r, "least")
	if rapid.Bool().Draw(r, "reserve") {
		n.TTL = time.Duration(rapid.IntRange(1, 300).Draw(r, "ttl")) * time.Millisecond
	}
	if rapid.Bool().Draw(r, "named") {
		n.ID, n.Sum = rapid.SampledFrom([]string{"a", "b", "c"}).Draw(r, "id"), rapid.Uint64Range(1, 2).Draw(r, "sum")
	}
	outcomes, err := s.engine.Decide(r.Context(), []engine.Need{n}, nil)
	if err != nil {
		r.Fatal(err)
	}
	got := outcomes[0]
	s.expire()
	now := s.instant()
	for _, h := range s.held {
		if !s.known(h) {
			continue
		}
		if n.ID != "" && h.name == fmt.Sprint(n.ID, n.Sum) {
			if got.Charge.String() != h.id || got.Granted != h.granted {
				r.Fatalf("%s again: %+v, want %+v", n.ID, got, h)
			}
			s.look(n.Lines)
			return
		}
		if n.ID != "" && strings.HasPrefix(h.name, n.ID) {
			if got.Err != engine.ErrReused {
				r.Fatalf("%s of another sum: %+v", n.ID, got)
			}
			s.look(n.Lines)
			return
		}
	}
	fit, wait := n.Cost, time.Duration(0)
	for _, l := range n.Lines {
		fit = min(fit, s.counter(l).Room(now))
		wait = max(wait, s.counter(l).Wait(now, n.Least))
	}
	switch {
	case wait == decide.Never:
		if got.Verdict != engine.Reject || got.Err != engine.ErrCost {
			r.Fatalf("cost %d..%d: %+v, want it rejected", n.Least, n.Cost, got)
		}
	case fit < n.Least:
		if got.Verdict != engine.Defer || got.Wait != up(wait) {
			r.Fatalf("cost %d..%d: %+v, want a wait of %v", n.Least, n.Cost, got, wait)
		}
	default:
		if got.Verdict != engine.Proceed || got.Granted != fit {
			r.Fatalf("cost %d..%d: %+v, want %d", n.Least, n.Cost, got, fit)
		}
		h := &held{id: got.Charge.String(), granted: fit, at: s.clock.now, lines: n.Lines}
		if n.ID != "" {
			for _, old := range s.held {
				if strings.HasPrefix(old.name, n.ID) {
					old.name = "" // its id leads to the new one
				}
			}
			h.name = fmt.Sprint(n.ID, n.Sum)
		}
		if n.TTL > 0 {
			h.expires = s.clock.now.Add(n.TTL)
		}
		for _, l := range n.Lines {
			h.receipts = append(h.receipts, s.counter(l).Charge(now, fit))
		}
		s.held = append(s.held, h)
		s.same(r, got.Limits, n.Lines)
	}
}

// up rounds up to the microseconds in which Redis counts.
func up(d time.Duration) time.Duration {
	if d == decide.Never {
		return d
	}
	return duration(micros(d))
}

// look lets counters see the time.
func (s *simulation) look(lines []engine.Line) {
	for _, l := range lines {
		s.counter(l).Left(s.instant())
	}
}

// same compares what is left.
func (s *simulation) same(r *rapid.T, statuses []engine.Status, lines []engine.Line) {
	for i, l := range lines {
		left, reset := s.counter(l).Left(s.instant())
		if statuses[i].Left != left || statuses[i].Reset != up(reset) {
			r.Fatalf("%s: %+v, want %d left, reset %v", l.Limit.Rule, statuses[i], left, reset)
		}
	}
}

func (s *simulation) pick(r *rapid.T) *held {
	if len(s.held) == 0 {
		return &held{id: "rp0000001-zz"}
	}
	return rapid.SampledFrom(s.held).Draw(r, "charge")
}

func (s *simulation) commit(r *rapid.T) {
	h := s.pick(r)
	used := rapid.Int64Range(0, max(1, h.granted)).Draw(r, "used")
	not, err := s.engine.Commit(r.Context(), []engine.Settlement{{ID: h.id, Used: used}})
	if err != nil {
		r.Fatal(err)
	}
	s.expire()
	known := s.known(h)
	if (len(not) == 0) != known {
		r.Fatalf("commit of %+v: not %v", h, not)
	}
	if known && h.state == "" {
		h.state = "committed"
		if used == 0 {
			used = h.granted
		}
		for i, l := range h.lines {
			s.counter(l).Settle(s.instant(), h.receipts[i], used)
		}
	}
}

func (s *simulation) cancel(r *rapid.T) {
	h := s.pick(r)
	not, err := s.engine.Cancel(r.Context(), []string{h.id})
	if err != nil {
		r.Fatal(err)
	}
	s.expire()
	known := s.known(h) && h.state == ""
	if i := slices.Index(s.held, h); known {
		s.held = slices.Delete(s.held, i, i+1)
		for i, l := range h.lines {
			s.counter(l).Refund(s.instant(), h.receipts[i])
		}
	}
	if (len(not) == 0) != known {
		r.Fatalf("cancel of %+v: not %v", h, not)
	}
}

func (s *simulation) peek(r *rapid.T) {
	lines := s.drawLines(r)
	cost := rapid.Int64Range(1, 4).Draw(r, "cost")
	statuses, err := s.engine.Peek(r.Context(), lines, cost)
	if err != nil {
		r.Fatal(err)
	}
	s.expire()
	for i, l := range lines {
		if want := up(s.counter(l).Wait(s.instant(), cost)); statuses[i].Wait != want {
			r.Fatalf("%s: %+v, want a wait of %v", l.Limit.Rule, statuses[i], want)
		}
	}
	s.same(r, statuses, lines)
}

func (s *simulation) report(r *rapid.T) {
	line := s.drawLines(r)[0]
	until := time.Duration(rapid.IntRange(1, 100).Draw(r, "until")) * time.Millisecond
	if err := s.engine.Report(r.Context(), line, until, 0); err != nil {
		r.Fatal(err)
	}
	s.expire()
	s.counter(line).Drain(s.instant(), s.instant().Add(until))
}
