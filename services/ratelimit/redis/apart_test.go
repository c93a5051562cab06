package redis

import (
	"crypto/rand"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/sheetreel/sheetreel/kit/pg/pgserver"
	"github.com/sheetreel/sheetreel/kit/redisserver"
	"github.com/sheetreel/sheetreel/kit/redistest"
	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/engine/enginetest"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

var perSheet = &rule.Limit{Rule: "sheet", Algorithm: rule.SlidingLog, Capacity: 5, Period: time.Minute}

func sheet(id string) engine.Line { return engine.Line{Limit: perSheet, Key: []byte("sheet=" + id)} }

func TestLimitsOfSeveralGroupsAreChargedTogetherOrNotAtAll(t *testing.T) {
	server := redistest.Start(t, redisserver.Options{})
	apart(t, server.URL())
}

// Every key of a call is on one node: else a cluster answers with an error.
func TestACluster(t *testing.T) {
	url := startCluster(t)
	t.Run("groups", func(t *testing.T) { apart(t, url) })
	t.Run("conformance", func(t *testing.T) {
		enginetest.Run(t, enginetest.Harness{New: func(t testing.TB, clock *enginetest.Clock) engine.Engine {
			return open(t, Config{URL: url, Prefix: rand.Text() + ":", Clock: clock.Now})
		}})
	})
}

func apart(t *testing.T, url string) {
	c := &clock{now: time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)}
	setup := func(t *testing.T) *Engine { return open(t, Config{URL: url, Prefix: rand.Text() + ":", Clock: c.read}) }
	both := engine.Need{Lines: []engine.Line{of("p"), sheet("a"), sheet("b")}, Cost: 1}
	wantLeft := func(t *testing.T, e *Engine, want ...int64) {
		t.Helper()
		statuses, err := e.Peek(t.Context(), both.Lines, 1)
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range statuses {
			if s.Left != want[i] {
				t.Errorf("%s %s: %d left, want %d", s.Limit.Rule, s.Key, s.Left, want[i])
			}
		}
	}
	t.Run("a refusal of one charges none", func(t *testing.T) {
		e := setup(t)
		decideOne(t, e, engine.Need{Lines: []engine.Line{sheet("b")}, Cost: 5})
		o := decideOne(t, e, both)
		if o.Verdict != engine.Defer || o.Wait != time.Minute || len(o.Limits) != 1 || o.Limits[0].Key != "sheet=b" {
			t.Errorf("%+v, want it deferred by sheet b", o)
		}
		wantLeft(t, e, 10, 5, 0)
	})
	t.Run("a charge is settled everywhere", func(t *testing.T) {
		e := setup(t)
		n := both
		n.Cost, n.ID, n.TTL = 4, "id", time.Minute
		o := decideOne(t, e, n)
		wantLeft(t, e, 6, 1, 1)
		if again := decideOne(t, e, n); again.Charge != o.Charge || again.Verdict != engine.Proceed {
			t.Errorf("again: %+v, want %+v", again, o)
		}
		if id := o.Charge.String(); len(id) > 64 {
			t.Errorf("id %s has %d characters, 64 are allowed", id, len(id))
		}
		if not, err := e.Commit(t.Context(), []engine.Settlement{{ID: o.Charge.String(), Used: 1}}); len(not) > 0 || err != nil {
			t.Errorf("commit: %v, %v", not, err)
		}
		wantLeft(t, e, 9, 4, 4)
		o = decideOne(t, e, both)
		if not, err := e.Cancel(t.Context(), []string{o.Charge.String()}); len(not) > 0 || err != nil {
			t.Errorf("cancel: %v, %v", not, err)
		}
		wantLeft(t, e, 9, 4, 4)
	})
	t.Run("as much as fits everywhere", func(t *testing.T) {
		e := setup(t)
		decideOne(t, e, engine.Need{Lines: []engine.Line{sheet("a")}, Cost: 2})
		n := both
		n.Cost, n.Least = 5, 1
		if o := decideOne(t, e, n); o.Granted != 3 {
			t.Errorf("%+v, want 3", o)
		}
		wantLeft(t, e, 7, 0, 2)
	})
	t.Run("many at once are granted no more than there is, and nothing is lost", func(t *testing.T) {
		e := setup(t)
		var callers sync.WaitGroup
		var granted atomic.Int64
		for range 16 {
			callers.Go(func() {
				for range 4 {
					out, err := e.Decide(t.Context(), []engine.Need{both}, nil)
					if err == nil && out[0].Verdict == engine.Proceed {
						granted.Add(1)
					}
				}
			})
		}
		callers.Wait()
		if granted.Load() > 5 {
			t.Errorf("%d granted, 5 are allowed", granted.Load())
		}
		wantLeft(t, e, 10-granted.Load(), 5-granted.Load(), 5-granted.Load())
	})
	t.Run("a place in the queue of the one that refuses", func(t *testing.T) {
		e := setup(t)
		decideOne(t, e, engine.Need{Lines: []engine.Line{sheet("a")}, Cost: 5})
		n := both
		n.ID, n.Queue = "waits", true
		if o := decideOne(t, e, n); o.Verdict != engine.Defer || o.Wait != time.Minute {
			t.Errorf("%+v, want it deferred for a minute", o)
		}
		c.pass(time.Minute)
		if o := decideOne(t, e, engine.Need{Lines: []engine.Line{sheet("a")}, Cost: 5}); o.Verdict != engine.Defer {
			t.Errorf("%+v, want it to wait behind the place", o)
		}
		if o := decideOne(t, e, n); o.Verdict != engine.Proceed {
			t.Errorf("%+v, want it granted at its time", o)
		}
	})
}

// startCluster starts three nodes and returns their URL.
func startCluster(t *testing.T) string {
	t.Helper()
	url := ""
	var nodes []*goredis.Client
	for i := range 3 {
		bus, err := pgserver.FreePort()
		if err != nil {
			t.Fatal(err)
		}
		s := redistest.Start(t, redisserver.Options{Settings: map[string]string{
			"cluster-enabled": "yes", "cluster-port": fmt.Sprint(bus), "cluster-node-timeout": "5000",
		}})
		client := goredis.NewClient(&goredis.Options{Addr: s.Addr()})
		t.Cleanup(func() { client.Close() })
		const slots = 16384
		if err := client.ClusterAddSlotsRange(t.Context(), i*slots/3, (i+1)*slots/3-1).Err(); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			url = s.URL() + "?"
		} else {
			url += "addr=" + s.Addr() + "&"
			if err := nodes[0].Do(t.Context(), "CLUSTER", "MEET", "127.0.0.1", s.Port(), bus).Err(); err != nil {
				t.Fatal(err)
			}
		}
		nodes = append(nodes, client)
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for _, n := range nodes {
		for {
			info, err := n.ClusterInfo(t.Context()).Result()
			if err == nil && containsLine(info, "cluster_state:ok") && containsLine(info, "cluster_known_nodes:3") {
				break
			}
			<-tick.C
		}
	}
	return url[:len(url)-1]
}

func containsLine(text, line string) bool { return strings.Contains(text, line+"\r\n") }
