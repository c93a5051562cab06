package enginetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

// model plays random calls, settlements, clock steps, restarts and outages. Whatever happens, no window of a log and no
// span of a bucket holds more than it may, by the time that really passed; and at the end all is free again. As long as
// nothing out of order happened, each answer is that of the [oracle], to the microsecond.
func model(t *testing.T, h Harness) {
	rapid.Check(t, func(rt *rapid.T) {
		s := newSimulation(t, rt, h)
		actions := map[string]func(*rapid.T){
			"":          s.check,
			"decide":    s.decide,
			"again":     s.decide,
			"commit":    s.commit,
			"cancel":    s.cancel,
			"pass":      s.pass,
			"step back": s.stepBack,
		}
		if h.Restart != nil {
			actions["restart"] = s.restart
		}
		if h.Outage != nil {
			actions["outage"] = s.outage
		}
		rt.Repeat(actions)
		s.end(rt)
	})
}

// users are who calls.
var users = []string{"ada", "bob"}

type simulation struct {
	outer   *testing.T
	harness Harness
	engine  engine.Engine
	clock   *Clock
	limits  []*rule.Limit // of the user: a log; of the project: a bucket
	queues  bool
	real    time.Duration // that has passed, whatever the clock says
	back    time.Duration // by which the clock was set back
	events  []*event
	oracle  *oracle // nil as soon as it can no longer tell
}

// event is a call that was granted.
type event struct {
	at       time.Duration // real time
	user     string
	cost     int64
	charge   string
	ends     time.Duration // real time; when it is refunded
	reserved bool
	gone     bool // cancelled
	settled  bool // committed
}

// counts tells whether the event stays, as far as is known.
func (e *event) counts(now time.Duration) bool {
	return !e.gone && (e.settled || !e.reserved || e.ends > now)
}

func newSimulation(t *testing.T, rt *rapid.T, h Harness) *simulation {
	ms := func(least, most int64, label string) time.Duration {
		return time.Duration(rapid.Int64Range(least, most).Draw(rt, label)) * time.Millisecond
	}
	bucket := rapid.Int64Range(6, 12).Draw(rt, "capacity of the bucket")
	s := &simulation{
		outer: t, harness: h, clock: NewClock(), queues: rapid.IntRange(0, 2).Draw(rt, "queues") == 0,
		limits: []*rule.Limit{
			{
				Rule: "user", Algorithm: rule.SlidingLog, Capacity: rapid.Int64Range(1, 6).Draw(rt, "capacity of the log"),
				Period: ms(20, 200, "period of the log"),
			},
			{
				Rule: "project", Algorithm: rule.TokenBucket, Capacity: bucket,
				Period: ms(3, 40, "time of a token") * time.Duration(bucket),
			},
		},
	}
	s.engine = h.New(t, s.clock)
	if !s.queues {
		s.oracle = newOracle(s.clock.Now())
	}
	return s
}

func (s *simulation) lines(user string) []engine.Line {
	return []engine.Line{line(s.limits[0], user), line(s.limits[1], "")}
}

func (s *simulation) decide(t *rapid.T) {
	user := rapid.SampledFrom(users).Draw(t, "user")
	n := need(rapid.Int64Range(1, s.limits[0].Capacity).Draw(t, "cost"), s.lines(user)...)
	n.Least = rapid.Int64Range(0, n.Cost).Draw(t, "least")
	n.TTL = rapid.SampledFrom([]time.Duration{0, 0, 7 * time.Millisecond, 60 * time.Millisecond}).Draw(t, "ttl")
	n.ID = rapid.SampledFrom([]string{"", "", "a", "b", "c", "d"}).Draw(t, "id")
	n.Sum = uint64(n.Cost)*100 + uint64(n.Least)*10 + uint64(len(user)) + uint64(user[0])*1000 + uint64(n.TTL)
	n.Queue = s.queues
	out, err := s.engine.Decide(context.Background(), []engine.Need{n}, nil)
	if err != nil {
		t.Fatal(err)
	}
	o := out[0]
	if s.oracle != nil {
		s.oracle.compare(t, s.clock.Now(), n, o)
	}
	switch o.Verdict {
	case engine.Proceed:
		s.granted(t, user, n, o)
	case engine.Defer:
		if o.Wait <= 0 {
			t.Fatalf("deferred for %v", o.Wait)
		}
	case engine.Reject:
		if !errors.Is(o.Err, engine.ErrReused) {
			t.Fatalf("rejected: %v", o.Err)
		}
	default:
		t.Fatalf("%+v", o)
	}
}

// granted notes a grant, unless it is that of an earlier call with the same id.
func (s *simulation) granted(t *rapid.T, user string, n engine.Need, o engine.Outcome) {
	if o.Granted < max(n.Least, 1) || o.Granted > n.Cost {
		t.Fatalf("%d granted of %d, at least %d", o.Granted, n.Cost, n.Least)
	}
	for _, e := range s.events {
		if e.charge == o.Charge.String() {
			if n.ID == "" || e.gone {
				t.Fatalf("charge %s a second time", e.charge)
			}
			return
		}
	}
	s.events = append(s.events, &event{
		at: s.real, user: user, cost: o.Granted, charge: o.Charge.String(), reserved: n.TTL > 0, ends: s.real + n.TTL,
	})
}

// draw is one of the events, nil when there is none.
func (s *simulation) draw(t *rapid.T) *event {
	if len(s.events) == 0 {
		return nil
	}
	return rapid.SampledFrom(s.events).Draw(t, "event")
}

func (s *simulation) commit(t *rapid.T) {
	e := s.draw(t)
	if e == nil {
		return
	}
	used := rapid.Int64Range(0, e.cost).Draw(t, "used")
	not, err := s.engine.Commit(context.Background(), []engine.Settlement{{ID: e.charge, Used: used}})
	if err != nil {
		t.Fatal(err)
	}
	done := len(not) == 0
	if s.oracle != nil {
		s.oracle.commit(t, s.clock.Now(), e.charge, used, done)
	}
	if !done || e.settled {
		return
	}
	if e.gone {
		t.Fatalf("%s was committed after it was cancelled", e.charge)
	}
	e.settled = true
	if used > 0 {
		e.cost = used
	}
}

func (s *simulation) cancel(t *rapid.T) {
	e := s.draw(t)
	if e == nil {
		return
	}
	not, err := s.engine.Cancel(context.Background(), []string{e.charge})
	if err != nil {
		t.Fatal(err)
	}
	done := len(not) == 0
	if s.oracle != nil {
		s.oracle.cancel(t, s.clock.Now(), e.charge, done)
	}
	if done && (e.gone || e.settled) {
		t.Fatalf("%s was cancelled after it was settled", e.charge)
	}
	e.gone = e.gone || done
}

func (s *simulation) pass(t *rapid.T) {
	d := time.Duration(rapid.OneOf(rapid.Int64Range(1, 20_000), rapid.Int64Range(1, 150_000)).Draw(t, "µs")) * time.Microsecond
	s.real += d
	s.clock.Pass(d)
}

func (s *simulation) stepBack(t *rapid.T) {
	d := time.Duration(rapid.Int64Range(1, 100_000).Draw(t, "µs")) * time.Microsecond
	s.back += d
	s.clock.Pass(-d)
	s.oracle = nil
}

func (s *simulation) restart(*rapid.T) {
	s.engine = s.harness.Restart(s.outer, s.engine, s.clock)
	s.oracle = nil
}

// outage: what is asked meanwhile is not granted, unless it is said that the store is out of reach.
func (s *simulation) outage(t *rapid.T) {
	end := s.harness.Outage(s.outer, s.engine)
	defer end()
	s.oracle = nil
	user := rapid.SampledFrom(users).Draw(t, "user")
	n := need(1, s.lines(user)...)
	out, err := s.engine.Decide(context.Background(), []engine.Need{n}, nil)
	if err != nil || out[0].Verdict != engine.Proceed {
		return
	}
	if !out[0].Degraded {
		t.Fatalf("granted without its store: %+v", out[0])
	}
	s.granted(t, user, n, out[0])
}

// check looks at the windows and spans that end now.
func (s *simulation) check(t *rapid.T) {
	log, bucket := s.limits[0], s.limits[1]
	used := map[string]int64{}
	sum := int64(0)
	token := bucket.Period / time.Duration(bucket.Capacity)
	for i := len(s.events) - 1; i >= 0; i-- {
		e := s.events[i]
		if !e.counts(s.real) {
			continue
		}
		if s.real-e.at < log.Period {
			used[e.user] += e.cost
		}
		sum += e.cost
		if span := s.real - e.at; time.Duration(sum-bucket.Capacity)*token > span {
			t.Fatalf("%d from the bucket within %v: capacity %d, one in %v", sum, span, bucket.Capacity, token)
		}
	}
	for user, n := range used {
		if n > log.Capacity {
			t.Fatalf("%d of %s in the window that ends at %v, capacity %d", n, user, s.real, log.Capacity)
		}
	}
}

// end: when enough time has passed, all is free again.
func (s *simulation) end(t *rapid.T) {
	d := s.back + 2*s.limits[0].Period + s.limits[1].Period + time.Second
	if s.queues {
		d += lateness
	}
	s.clock.Pass(d)
	for _, user := range users {
		n := need(s.limits[0].Capacity, line(s.limits[0], user))
		out, err := s.engine.Decide(context.Background(), []engine.Need{n}, nil)
		if err != nil || out[0].Verdict != engine.Proceed {
			t.Fatalf("%v later %s is told %+v, %v; want all granted", d, user, out, err)
		}
	}
	n := need(s.limits[1].Capacity, line(s.limits[1], ""))
	if out, err := s.engine.Decide(context.Background(), []engine.Need{n}, nil); err != nil || out[0].Verdict != engine.Proceed {
		t.Fatalf("%v later the project is told %+v, %v; want all granted", d, out, err)
	}
}
