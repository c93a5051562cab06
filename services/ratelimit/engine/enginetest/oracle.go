package enginetest

import (
	"cmp"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/sheetreel/sheetreel/services/ratelimit/decide"
	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
)

// chargeLife is how long a charge can be cancelled and an id without a TTL is remembered.
const chargeLife = 10 * time.Minute

// oracle is an engine as plainly as it can be said: lists that are searched, and every end as of its time. It knows no
// queues, and its clock runs on.
type oracle struct {
	began    time.Time
	counters map[engine.Place]decide.Counter
	held     []*held
}

// held is what a need was charged.
type held struct {
	charge, id string
	sum        uint64
	granted    int64
	ends       decide.Instant
	reserved   bool
	receipts   map[engine.Place]decide.Receipt
	committed  bool
	gone       bool
}

func newOracle(began time.Time) *oracle {
	return &oracle{began: began, counters: map[engine.Place]decide.Counter{}}
}

// at is a time as the counters see it, after all that has ended before it was refunded.
func (o *oracle) at(t time.Time) decide.Instant {
	now := decide.Instant(t.Sub(o.began))
	slices.SortStableFunc(o.held, func(a, b *held) int { return cmp.Compare(a.ends, b.ends) })
	for _, h := range o.held {
		if h.gone || h.ends > now {
			continue
		}
		h.gone = true
		if h.reserved && !h.committed {
			o.refund(h, h.ends)
		}
	}
	return now
}

func (o *oracle) refund(h *held, now decide.Instant) {
	for place, receipt := range h.receipts {
		o.counters[place].Refund(now, receipt)
	}
}

func (o *oracle) find(match func(*held) bool) *held {
	for _, h := range o.held {
		if !h.gone && match(h) {
			return h
		}
	}
	return nil
}

// compare checks an engine's answer to a need, and charges what it has granted.
func (o *oracle) compare(t *rapid.T, clock time.Time, n engine.Need, got engine.Outcome) {
	now := o.at(clock)
	if h := o.find(func(h *held) bool { return n.ID != "" && h.id == n.ID }); h != nil {
		want := engine.Outcome{Verdict: engine.Proceed, Granted: h.granted}
		if h.sum != n.Sum {
			want = engine.Outcome{Verdict: engine.Reject, Err: engine.ErrReused}
		} else if got.Charge.String() != h.charge {
			t.Fatalf("id %s has charge %s, want %s", n.ID, got.Charge, h.charge)
		}
		same(t, want, got)
		return
	}
	least, granted := n.Cost, n.Cost
	if n.Least > 0 {
		least = n.Least
	}
	var wait time.Duration
	for _, l := range n.Lines {
		c := o.counter(l)
		granted = min(granted, c.Room(now))
		wait = max(wait, c.Wait(now, least))
	}
	if granted < least {
		same(t, engine.Outcome{Verdict: engine.Defer, Wait: wait}, got)
		return
	}
	same(t, engine.Outcome{Verdict: engine.Proceed, Granted: granted}, got)
	h := &held{
		charge: got.Charge.String(), id: n.ID, sum: n.Sum, granted: granted, ends: now.Add(chargeLife),
		receipts: map[engine.Place]decide.Receipt{},
	}
	if n.TTL > 0 {
		h.ends, h.reserved = now.Add(n.TTL), true
	}
	for _, l := range n.Lines {
		h.receipts[placeOf(l)] = o.counter(l).Charge(now, granted)
	}
	o.held = append(o.held, h)
}

func same(t *rapid.T, want, got engine.Outcome) {
	if got.Verdict != want.Verdict || got.Granted != want.Granted || got.Wait != want.Wait {
		t.Fatalf("%+v, want verdict %d, %d granted, wait %v", got, want.Verdict, want.Granted, want.Wait)
	}
}

func placeOf(l engine.Line) engine.Place { return engine.Place{Rule: l.Limit.Rule, Key: string(l.Key)} }

func (o *oracle) counter(l engine.Line) decide.Counter {
	place := placeOf(l)
	if o.counters[place] == nil {
		o.counters[place] = l.Limit.Counter()
	}
	return o.counters[place]
}

// commit checks whether a charge could be committed, and settles it.
func (o *oracle) commit(t *rapid.T, clock time.Time, charge string, used int64, done bool) {
	now := o.at(clock)
	h := o.find(func(h *held) bool { return h.charge == charge })
	if done != (h != nil) {
		t.Fatalf("%s was committed: %v, want %v", charge, done, h != nil)
	}
	if h == nil || h.committed {
		return
	}
	h.committed = true
	for place, receipt := range h.receipts {
		if used == 0 {
			used = receipt.Cost
		}
		o.counters[place].Settle(now, receipt, used)
	}
}

// cancel checks whether a charge could be cancelled, and refunds it.
func (o *oracle) cancel(t *rapid.T, clock time.Time, charge string, done bool) {
	now := o.at(clock)
	h := o.find(func(h *held) bool { return h.charge == charge })
	if want := h != nil && !h.committed; done != want {
		t.Fatalf("%s was cancelled: %v, want %v", charge, done, want)
	}
	if done {
		h.gone = true
		o.refund(h, now)
	}
}
