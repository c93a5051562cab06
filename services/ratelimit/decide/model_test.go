package decide

import (
	"math/big"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// model is a counter as plainly as it can be said: a list of what was charged, from which all is computed anew. The
// bucket has none: what a refund gives back of it depends on what time has paid, see the tests of its spans.
type model struct {
	capacity int64
	period   time.Duration
	latest   Instant
	closed   Instant
	charges  []*charged
	used     func(*model) int64
	frees    bool // a settled charge is free whatever was used of it
}

type charged struct {
	at      Instant
	window  Instant // the counter's mark of it
	cost    int64
	receipt Receipt
	over    bool
}

func (m *model) room() int64 {
	if m.latest < m.closed {
		return 0
	}
	return max(m.capacity-m.used(m), 0)
}

// inWindow is what was charged in the period that ends now.
func inWindow(m *model) int64 {
	sum := int64(0)
	for _, c := range m.charges {
		if m.latest.Sub(c.at) < m.period {
			sum += c.cost
		}
	}
	return sum
}

// inTwoWindows weighs what was charged in the window before the one of now.
func inTwoWindows(m *model) int64 {
	used, before, into := int64(0), int64(0), time.Duration(0)
	for _, c := range m.charges {
		switch age := m.latest.Sub(c.window) / m.period; age {
		case 0:
			used, into = used+c.cost, m.latest.Sub(c.window)
		case 1:
			before, into = before+c.cost, m.latest.Sub(c.window)-m.period
		}
	}
	share := new(big.Rat).SetFrac64(int64(m.period-into), int64(m.period))
	share.Mul(share, new(big.Rat).SetInt64(before))
	ceil := new(big.Int).Add(share.Num(), new(big.Int).Sub(share.Denom(), big.NewInt(1)))
	return used + ceil.Div(ceil, share.Denom()).Int64()
}

// onThisDay is what was charged on the UTC day of now.
func onThisDay(m *model) int64 {
	day := func(i Instant) string { return time.Unix(0, int64(i)).UTC().Format(time.DateOnly) }
	sum := int64(0)
	for _, c := range m.charges {
		if day(c.at) == day(m.latest) {
			sum += c.cost
		}
	}
	return sum
}

// game is a counter that random things happen to, beside its model.
type game struct {
	counter Counter
	model   model
	now     Instant
	unit    time.Duration // of its steps in time
	bucket  bool
}

func newGame(t *rapid.T) *game {
	g := &game{unit: 1, model: model{
		capacity: rapid.Int64Range(1, 12).Draw(t, "capacity"), period: time.Duration(rapid.Int64Range(12, 200).Draw(t, "period")),
		latest: earliest, closed: earliest,
	}}
	switch rapid.SampledFrom([]string{"log", "bucket", "slots", "windows", "calendar"}).Draw(t, "algorithm") {
	case "log":
		g.counter, g.model.used = NewSlidingLog(g.model.capacity, g.model.period), inWindow
	case "bucket":
		g.counter, g.bucket = NewTokenBucket(g.model.capacity, g.model.period), true
	case "slots":
		g.counter, g.model.used, g.model.frees = NewConcurrency(g.model.capacity, g.model.period), inWindow, true
	case "windows":
		g.counter, g.model.used = NewSlidingCounter(g.model.capacity, g.model.period), inTwoWindows
	case "calendar":
		g.counter, g.model.used, g.unit = NewCalendar(g.model.capacity, false, nil), onThisDay, 10*time.Minute
	}
	return g
}

// pass moves the clock, sometimes backwards.
func (g *game) pass(t *rapid.T) {
	g.now = g.now.Add(g.unit * time.Duration(rapid.OneOf(
		rapid.Just(int64(0)), rapid.Int64Range(0, 20), rapid.Int64Range(-50, 300),
	).Draw(t, "step")))
	g.see()
}

// see shows the time to the counter and to its model.
func (g *game) see() {
	g.counter.Idle(g.now)
	g.model.latest = max(g.model.latest, g.now)
}

func (g *game) charge(t *rapid.T) {
	g.see()
	cost := rapid.Int64Range(1, g.model.capacity).Draw(t, "cost")
	if g.counter.Wait(g.now, cost) > 0 {
		return
	}
	receipt := g.counter.Charge(g.now, cost)
	g.model.charges = append(g.model.charges, &charged{at: g.model.latest, window: receipt.Mark, cost: cost, receipt: receipt})
}

func (g *game) settle(t *rapid.T) {
	if len(g.model.charges) == 0 {
		return
	}
	g.see()
	c := rapid.SampledFrom(g.model.charges).Draw(t, "charge")
	if c.over {
		return
	}
	c.over = true
	used := rapid.Int64Range(-1, c.cost).Draw(t, "used, or a refund")
	if used < 0 {
		g.counter.Refund(g.now, c.receipt)
		c.cost = 0
		return
	}
	g.counter.Settle(g.now, c.receipt, used)
	c.cost = used
	if g.model.frees {
		c.cost = 0
	}
}

func (g *game) drain(t *rapid.T) {
	g.see()
	until := g.now.Add(g.unit * time.Duration(rapid.Int64Range(-10, 100).Draw(t, "drained for")))
	g.counter.Drain(g.now, until)
	g.model.closed = max(g.model.closed, until)
}

func (g *game) resize(t *rapid.T) {
	g.see()
	g.model.capacity = rapid.Int64Range(1, 12).Draw(t, "capacity")
	g.counter.Resize(g.now, g.model.capacity, g.model.period)
}

// restore goes on with a counter made from what the first one exported.
func (g *game) restore(t *rapid.T) {
	copied := clone(g.counter)
	if diff := cmp.Diff(g.counter.Export(), copied.Export()); diff != "" {
		t.Fatalf("restored (-want +got):\n%s", diff)
	}
	g.counter = copied
}

// check compares the counter with its model, and looks whether what it foretells comes true.
func (g *game) check(t *rapid.T) {
	g.see()
	room := g.counter.Room(g.now)
	if !g.bucket && room != g.model.room() {
		t.Fatalf("at %d: room for %d, want %d", g.now, room, g.model.room())
	}
	left, reset := g.counter.Left(g.now)
	if left != room || (reset == 0) != (left == g.model.capacity) {
		t.Fatalf("at %d: %d left, more in %d; room for %d of %d", g.now, left, reset, room, g.model.capacity)
	}
	if reset > 0 && (clone(g.counter).Room(g.now.Add(reset-1)) != left || clone(g.counter).Room(g.now.Add(reset)) <= left) {
		t.Fatalf("at %d: %d left, and not more in %d exactly", g.now, left, reset)
	}
	if idle := g.counter.Idle(g.now); idle && left != g.model.capacity {
		t.Fatalf("at %d: idle with %d left of %d", g.now, left, g.model.capacity)
	}
	cost := rapid.Int64Range(1, 13).Draw(t, "a cost to wait for")
	wait := g.counter.Wait(g.now, cost)
	switch {
	case cost > g.model.capacity:
		if wait != Never {
			t.Fatalf("cost %d of %d waits %d", cost, g.model.capacity, wait)
		}
	case (wait == 0) != (cost <= room):
		t.Fatalf("at %d: cost %d waits %d with room for %d", g.now, cost, wait, room)
	case wait > 0:
		if early := clone(g.counter).Wait(g.now.Add(wait-1), cost); early != 1 {
			t.Fatalf("at %d: cost %d waits %d, and 1 before that %d", g.now, cost, wait, early)
		}
		if then := clone(g.counter).Room(g.now.Add(wait)); then < cost {
			t.Fatalf("at %d: cost %d waits %d, and then there is room for %d", g.now, cost, wait, then)
		}
	}
}

func play(t *rapid.T) {
	g := newGame(t)
	t.Repeat(map[string]func(*rapid.T){
		"": g.check, "pass": g.pass, "charge": g.charge, "charge again": g.charge, "settle": g.settle, "drain": g.drain,
		"resize": g.resize, "restore": g.restore, "trim": func(*rapid.T) { g.counter.Trim() },
	})
}

// Whatever happens to a counter, it is its model, and its times are exact.
func TestEveryCounterIsItsModel(t *testing.T) { rapid.Check(t, play) }

func FuzzCounters(f *testing.F) { f.Fuzz(rapid.MakeFuzz(play)) }

// A window of the period never holds twice the capacity, wherever it begins: so far is the estimate off at most.
func TestNoWindowOfASlidingCounterHoldsTwiceTheCapacity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLimit(t, newWindows)
		events := kept(history(t, l, noCheck))
		for i, first := range events {
			sum := int64(0)
			for _, e := range events[i:] {
				if e.at.Sub(first.at) < l.period {
					sum += e.cost
				}
			}
			if sum > 2*l.capacity-1 {
				t.Fatalf("%d in the window from %d, capacity %d", sum, first.at, l.capacity)
			}
		}
	})
}

// What a bucket keeps stays within its burst and refill also when charges are settled with less and the bucket is
// written down in between.
func TestNoSpanOfASettledTokenBucketExceeds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := newGame(t)
		g.counter, g.bucket = NewTokenBucket(g.model.capacity, g.model.period), true
		token := tokenTime(g.model.capacity, g.model.period)
		t.Repeat(map[string]func(*rapid.T){
			"pass": g.pass, "charge": g.charge, "charge again": g.charge, "settle": g.settle, "restore": g.restore,
			"": func(t *rapid.T) {
				sum := int64(0)
				for i := len(g.model.charges) - 1; i >= 0; i-- {
					c := g.model.charges[i]
					sum += c.cost
					if span := g.model.latest.Sub(c.at); time.Duration(sum-g.model.capacity)*token > span {
						t.Fatalf("%d within %d: capacity %d, a token in %d", sum, span, g.model.capacity, token)
					}
				}
			},
		})
	})
}
