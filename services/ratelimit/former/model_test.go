package former

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sheetreel/sheetreel/services/ratelimit/decide"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

// model is the engine as plainly as it can be said: lists that are searched, and every expiry as of its time.
type model struct {
	rules    []rule.Rule
	counters map[counterKey]decide.Counter
	held     []*held
}

// held is what a call was charged.
type held struct {
	id, key  string // key is empty for a permit
	want     Entry
	at       decide.Instant
	expires  decide.Instant
	receipts map[counterKey]decide.Receipt
	refunded bool
	settled  bool // committed, cancelled or expired
	gone     bool // no longer known
}

// expire refunds what is over, in the order of time.
func (m *model) expire(now decide.Instant) {
	slices.SortStableFunc(m.held, func(a, b *held) int { return cmp.Compare(a.expires, b.expires) })
	for _, h := range m.held {
		if h.key != "" && !h.gone && h.expires <= now {
			if !h.settled {
				m.refund(h.expires, h)
			}
			h.gone = true
		}
	}
}

func (m *model) refund(now decide.Instant, h *held) {
	h.refunded, h.settled = true, true
	for key, receipt := range h.receipts {
		m.counters[key].Refund(now, receipt)
	}
}

func (m *model) find(match func(*held) bool) *held {
	for _, h := range m.held {
		if !h.gone && match(h) {
			return h
		}
	}
	return nil
}

// charge decides a call; the wait is 0 when it is granted.
func (m *model) charge(now decide.Instant, want Entry) (*held, time.Duration) {
	var keys []counterKey
	var lines []decide.Line
	for i, r := range m.rules {
		text, ok := r.Key(want.Descriptors)
		if !ok {
			continue
		}
		key := counterKey{i, text}
		if m.counters[key] == nil {
			m.counters[key] = r.Counter()
		}
		keys, lines = append(keys, key), append(lines, decide.Line{Counter: m.counters[key]})
	}
	if wait := decide.Settle(now, want.Cost, lines); wait > 0 {
		return nil, wait
	}
	h := &held{want: want, at: now, receipts: map[counterKey]decide.Receipt{}}
	for i, line := range lines {
		h.receipts[keys[i]] = line.Receipt
	}
	m.held = append(m.held, h)
	return h, 0
}

// inWindow is how much is charged to the log of a user in the window that ends now.
func (m *model) inWindow(now decide.Instant, name string, period time.Duration) int64 {
	sum := int64(0)
	for _, h := range m.held {
		if h.want.Descriptors["user"] == name && !h.refunded && now.Sub(h.at) < period {
			sum += h.want.Cost
		}
	}
	return sum
}

// Random calls, and times that pass, have the same answers from the engine as from the model, to the nanosecond.
func TestTheEngineIsTheModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newSimulation(t)
		t.Repeat(map[string]func(*rapid.T){
			"":        s.check,
			"acquire": s.acquire,
			"reserve": s.reserve,
			"commit":  s.commit,
			"cancel":  s.cancel,
			"give up": s.cancelPermit,
			"sweep":   func(*rapid.T) { s.engine.runOnce() },
			"pass": func(t *rapid.T) {
				s.clock.advance(time.Duration(rapid.Int64Range(1, 120).Draw(t, "time")))
			},
		})
	})
}

type simulation struct {
	engine  *Engine
	clock   *manualClock
	model   *model
	permits []*held
	ids     []string
	log     rule.Rule
}

func newSimulation(t *rapid.T) *simulation {
	clock := &manualClock{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	log := rule.Rule{
		Name: "user", Keys: []string{"user"}, Algorithm: rule.SlidingLog,
		Capacity: rapid.Int64Range(1, 6).Draw(t, "capacity of the log"), Period: time.Duration(rapid.IntRange(20, 200).Draw(t, "period of the log")),
	}
	bucket := rule.Rule{
		Name: "all", Algorithm: rule.TokenBucket,
		Capacity: rapid.Int64Range(6, 12).Draw(t, "capacity of the bucket"), Period: time.Duration(rapid.IntRange(20, 400).Draw(t, "period of the bucket")),
	}
	rules := []rule.Rule{log, bucket}
	return &simulation{
		engine: New(rules, Config{Clock: clock.read}), clock: clock, log: log,
		model: &model{rules: rules, counters: map[counterKey]decide.Counter{}},
	}
}

func (s *simulation) draw(t *rapid.T, label string) Entry {
	return Entry{
		Key:         rapid.SampledFrom([]string{"k1", "k2", "k3", "k4", "k5", "k6"}).Draw(t, label+" key"),
		Descriptors: map[string]string{"user": rapid.SampledFrom([]string{"ada", "bob"}).Draw(t, label+" user")},
		Cost:        rapid.Int64Range(1, int64(s.log.Capacity)).Draw(t, label+" cost"),
	}
}

// now brings the model to the time of the engine.
func (s *simulation) now() decide.Instant {
	now := s.engine.now()
	s.model.expire(now)
	return now
}

func (s *simulation) check(t *rapid.T) {
	now := s.now()
	for _, name := range []string{"ada", "bob"} {
		if sum := s.model.inWindow(now, name, s.log.Period); sum > int64(s.log.Capacity) {
			t.Fatalf("%d charged for %s, above %d", sum, name, s.log.Capacity)
		}
	}
}

func (s *simulation) acquire(t *rapid.T) {
	want := s.draw(t, "")
	grant, err := s.engine.Acquire(want.Descriptors, want.Cost)
	h, wait := s.model.charge(s.now(), want)
	s.same(t, err, wait)
	if h != nil {
		h.id = grant.Permit
		s.permits = append(s.permits, h)
	}
}

func (s *simulation) reserve(t *rapid.T) {
	var entries []Entry
	for i := range rapid.IntRange(1, 5).Draw(t, "entries") {
		entries = append(entries, s.draw(t, fmt.Sprint(i)))
	}
	life := time.Duration(rapid.Int64Range(1, 300).Draw(t, "ttl"))
	outcomes := s.engine.Reserve(entries, life)
	now := s.now()
	for i, e := range entries {
		o := outcomes[i]
		if old := s.model.find(func(h *held) bool { return h.key == e.Key }); old != nil {
			reused, isReused := errors.AsType[*KeyReusedError](o.Err)
			same := old.want.Cost == e.Cost && old.want.Descriptors["user"] == e.Descriptors["user"]
			if same && (o.ID != old.id || o.Life != old.expires.Sub(now)) || !same && (!isReused || reused.Key != e.Key) {
				t.Fatalf("entry %v again: %+v, want that of %+v", e, o, old)
			}
			continue
		}
		h, wait := s.model.charge(now, e)
		s.same(t, o.Err, wait)
		if h != nil {
			h.id, h.key, h.expires = o.ID, e.Key, now.Add(life)
			s.ids = append(s.ids, o.ID)
		}
	}
}

// same compares an error of the engine with a wait of the model.
func (s *simulation) same(t *rapid.T, err error, wait time.Duration) {
	exhausted, ok := errors.AsType[*ExhaustedError](err)
	if (err == nil) != (wait == 0) || err != nil && (!ok || exhausted.Retry != wait) {
		t.Fatalf("engine %v, model waits %v", err, wait)
	}
}

// some draws ids, often of reservations that are over.
func (s *simulation) some(t *rapid.T) []string {
	ids := append([]string{"unknown"}, s.ids[max(0, len(s.ids)-12):]...)
	return rapid.SliceOfNDistinct(rapid.SampledFrom(ids), 1, min(4, len(ids)), rapid.ID[string]).Draw(t, "ids")
}

func (s *simulation) commit(t *rapid.T) {
	ids := s.some(t)
	not := s.engine.Commit(ids)
	s.now()
	s.settle(t, ids, not, func(h *held) bool {
		h.settled = true
		return true
	})
}

func (s *simulation) cancel(t *rapid.T) {
	ids := s.some(t)
	not := s.engine.CancelReservations(ids)
	now := s.now()
	s.settle(t, ids, not, func(h *held) bool {
		if h.settled {
			return false
		}
		s.model.refund(now, h)
		h.gone = true
		return true
	})
}

func (s *simulation) settle(t *rapid.T, ids, not []string, end func(*held) bool) {
	var want []string
	for _, id := range ids {
		h := s.model.find(func(h *held) bool { return h.id == id && h.key != "" })
		if h == nil || !end(h) {
			want = append(want, id)
		}
	}
	if !slices.Equal(not, want) {
		t.Fatalf("of %v not: %v, want %v", ids, not, want)
	}
}

func (s *simulation) cancelPermit(t *rapid.T) {
	if len(s.permits) == 0 {
		return
	}
	h := rapid.SampledFrom(s.permits).Draw(t, "permit")
	found := s.engine.Cancel(h.id)
	if now := s.now(); found == h.settled {
		t.Fatalf("permit found %v, settled %v", found, h.settled)
	} else if found {
		s.model.refund(now, h)
	}
}
