package outage

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/sheetreel/sheetreel/kit/redisserver"
	"github.com/sheetreel/sheetreel/kit/redistest"
	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/redis"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

// replica is an engine that runs.
type replica struct {
	*Engine
	stop func()
}

func startReplica(t *testing.T, url string) *replica {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	remote, err := redis.New(redis.Config{URL: url, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	e := New(remote, Config{
		Deadline: 100 * time.Millisecond, Beat: 20 * time.Millisecond, Probe: 10 * time.Millisecond, Gone: 2 * time.Second, Log: log,
	})
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error)
	go func() { done <- e.Run(ctx) }()
	r := &replica{Engine: e}
	r.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	t.Cleanup(r.stop)
	return r
}

// until waits for a condition.
func until(t *testing.T, what string, condition func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-t.Context().Done():
			t.Fatalf("never: %s", what)
		case <-tick.C:
		}
	}
}

// knows waits until a replica knows of so many, and they of it.
func (r *replica) knows(t *testing.T, n int) {
	t.Helper()
	until(t, fmt.Sprintf("%d replicas", n), func() bool {
		r.mu.RLock()
		defer r.mu.RUnlock()
		return len(r.replicas.names) == n && r.replicas.settled(r.cfg.Beat)
	})
}

func (r *replica) decide(t *testing.T, n engine.Need) engine.Outcome {
	t.Helper()
	out, err := r.Decide(t.Context(), []engine.Need{n}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return out[0]
}

func line(l *rule.Limit) engine.Line {
	return engine.Line{Limit: l, Key: []byte("project=p"), Tag: "p"}
}

func need(l *rule.Limit) engine.Need { return engine.Need{Lines: []engine.Line{line(l)}, Cost: 1} }

// goDown makes calls until the outage is noticed; none of them may pass.
func (r *replica) goDown(t *testing.T, n engine.Need) {
	t.Helper()
	until(t, "an outage", func() bool {
		if o := r.decide(t, n); o.Verdict == engine.Proceed && !o.Degraded {
			t.Fatalf("%+v without an engine", o)
		}
		return r.current() == down
	})
}

func TestEachLimitDoesInAnOutageWhatItsRuleSays(t *testing.T) {
	proxy := redistest.NewProxy(t, redistest.Start(t, redisserver.Options{}).Addr())
	a, b := startReplica(t, proxy.URL()), startReplica(t, proxy.URL())
	a.knows(t, 2)
	b.knows(t, 2)
	limit := func(o rule.Outage) *rule.Limit {
		return &rule.Limit{Rule: "r-" + string(o), Algorithm: rule.SlidingLog, Capacity: 7, Period: 200 * time.Millisecond, Outage: o}
	}
	share, closed, open := limit(rule.LocalShare), limit(rule.Closed), limit(rule.Open)
	proxy.Cut()
	a.goDown(t, need(closed))
	b.goDown(t, need(closed))
	if o := a.decide(t, need(closed)); o.Verdict != engine.Retry || !o.Degraded || o.Err == nil || o.Wait == 0 {
		t.Errorf("closed: %+v", o)
	}
	for range 20 {
		if o := a.decide(t, need(open)); o.Verdict != engine.Proceed || !o.Degraded {
			t.Errorf("open: %+v", o)
		}
	}
	if o := a.decide(t, engine.Need{Lines: []engine.Line{line(open), line(closed)}, Cost: 1}); o.Verdict != engine.Retry {
		t.Errorf("open and closed: %+v", o)
	}
	if o := a.decide(t, need(share)); o.Verdict != engine.Defer || !o.Degraded || o.Wait > share.Period || o.Limits[0].Limit != share {
		t.Errorf("a share at the beginning: %+v, want it deferred until the window is over", o)
	}
	b.decide(t, need(share))
	granted := 0
	until(t, "the shares of a window", func() bool {
		n := need(share)
		n.Cost, n.Least = 7, 1
		for _, r := range []*replica{a, b} {
			if o := r.decide(t, n); o.Verdict == engine.Proceed {
				granted += int(o.Granted)
			}
		}
		return granted >= 7
	})
	if granted != 7 {
		t.Errorf("the shares are %d together, want 7", granted)
	}
	n := need(share)
	n.Cost = 5
	if o := a.decide(t, n); o.Verdict != engine.Retry {
		t.Errorf("a cost above the share: %+v, want it to be asked again", o)
	}
	n.Cost = 8
	if o := a.decide(t, n); o.Verdict != engine.Reject {
		t.Errorf("a cost above the capacity: %+v, want it rejected", o)
	}
}

func TestWhatWasGivenOutIsChargedWhenTheEngineIsBack(t *testing.T) {
	proxy := redistest.NewProxy(t, redistest.Start(t, redisserver.Options{}).Addr())
	a := startReplica(t, proxy.URL())
	a.knows(t, 1)
	bucket := &rule.Limit{Rule: "bucket", Algorithm: rule.TokenBucket, Capacity: 10, Period: time.Second}
	hour := &rule.Limit{Rule: "hour", Algorithm: rule.SlidingLog, Capacity: 100, Period: time.Hour, Outage: rule.Open}
	n := engine.Need{Lines: []engine.Line{line(bucket), line(hour)}, Cost: 1, TTL: time.Minute}
	proxy.Cut()
	a.goDown(t, n)
	var ids []string
	until(t, "five calls let through", func() bool {
		if o := a.decide(t, n); o.Verdict == engine.Proceed {
			ids = append(ids, o.Charge.String())
		}
		return len(ids) == 5
	})
	if not, err := a.Cancel(t.Context(), ids[:1]); len(not) > 0 || err != nil {
		t.Errorf("cancel in the outage: %v, %v", not, err)
	}
	proxy.Mend()
	until(t, "the end of the outage", func() bool { return a.current() == up })
	used := func() int64 {
		statuses, err := a.Peek(t.Context(), []engine.Line{line(hour)}, 1)
		if err != nil {
			t.Fatal(err)
		}
		return hour.Capacity - statuses[0].Left
	}
	if got := used(); got != 4 {
		t.Errorf("%d charged, want 4", got)
	}
	if not, err := a.Commit(t.Context(), []engine.Settlement{{ID: ids[1]}}); len(not) > 0 || err != nil {
		t.Errorf("commit after the outage: %v, %v", not, err)
	}
	if not, err := a.Cancel(t.Context(), ids[2:4]); len(not) > 0 || err != nil {
		t.Errorf("cancel after the outage: %v, %v", not, err)
	}
	if got := used(); got != 2 {
		t.Errorf("%d charged in the end, want 2", got)
	}
}

// grant is a call that was let through at some time between two.
type grant struct {
	begin, end time.Time
	degraded   bool
}

func TestNoWindowHoldsMoreThanItsLimitWhateverFails(t *testing.T) {
	for _, durable := range []bool{false, true} {
		t.Run(fmt.Sprintf("durable %v", durable), func(t *testing.T) {
			server := redistest.Start(t, redisserver.Options{Durable: durable})
			limit := &rule.Limit{Rule: "log", Algorithm: rule.SlidingLog, Capacity: 12, Period: 300 * time.Millisecond}
			var mu sync.Mutex
			var grants []grant
			count := func(degraded bool) int {
				mu.Lock()
				defer mu.Unlock()
				n := 0
				for _, g := range grants {
					if g.degraded == degraded {
						n++
					}
				}
				return n
			}
			replicas := make([]*replica, 3)
			for i := range replicas {
				replicas[i] = startReplica(t, server.URL())
			}
			ctx, cancel := context.WithCancel(t.Context())
			var load sync.WaitGroup
			ends := make([]context.CancelFunc, len(replicas))
			for i, r := range replicas {
				r.knows(t, len(replicas))
				var own context.Context
				own, ends[i] = context.WithCancel(ctx)
				for range 2 {
					load.Go(func() {
						tick := time.NewTicker(time.Millisecond)
						defer tick.Stop()
						for own.Err() == nil {
							begin := time.Now()
							out, err := r.Decide(own, []engine.Need{need(limit)}, nil)
							if err == nil && out[0].Verdict == engine.Proceed {
								mu.Lock()
								grants = append(grants, grant{begin, time.Now(), out[0].Degraded})
								mu.Unlock()
								continue
							}
							<-tick.C
						}
					})
				}
			}
			until(t, "some calls", func() bool { return count(false) > 30 })
			ends[2]()
			replicas[2].stop()
			until(t, "more calls", func() bool { return count(false) > 60 })
			server.Crash()
			until(t, "calls in the outage", func() bool { return count(true) > 20 })
			redistest.Resume(t, server)
			before := count(false)
			until(t, "calls after the outage", func() bool { return count(false) > before+40 })
			cancel()
			load.Wait()
			for _, first := range grants {
				within := int64(0)
				for _, g := range grants {
					if !g.begin.Before(first.begin) && g.end.Sub(first.begin) < limit.Period {
						within++
					}
				}
				if within > limit.Capacity {
					t.Fatalf("%d calls within %v, %d are allowed", within, limit.Period, limit.Capacity)
				}
			}
		})
	}
}
