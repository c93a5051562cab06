package wait_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
	"github.com/sheetreel/sheetreel/services/ratelimit/wait"
)

// pace is an engine of limits that grant one call in each interval, and keep places in their order.
type pace struct {
	mu    sync.Mutex
	free  map[string]time.Time // when a counter grants the next one
	place map[string][]string  // ids, by counter
	asked int
	fail  error
}

func newPace() *pace { return &pace{free: map[string]time.Time{}, place: map[string][]string{}} }

func (p *pace) decide(_ context.Context, need *engine.Need) (engine.Outcome, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked++
	if p.fail != nil {
		return engine.Outcome{}, p.fail
	}
	for _, l := range need.Lines {
		if !need.Queue {
			p.leave(string(l.Key), need.ID)
		}
	}
	if need.Least > 1 {
		return engine.Outcome{Verdict: engine.Reject, Err: engine.ErrCost}, nil
	}
	now := time.Now()
	out := engine.Outcome{Verdict: engine.Proceed}
	for _, l := range need.Lines {
		if wait := p.wait(l, need, now); wait > 0 {
			out.Limits = append(out.Limits, engine.Status{Limit: l.Limit, Key: string(l.Key), Wait: wait})
			out.Verdict, out.Wait = engine.Defer, max(out.Wait, wait)
		}
	}
	for _, s := range out.Limits {
		if need.Queue && s.Wait == out.Wait && !slices.Contains(p.place[s.Key], need.ID) {
			p.place[s.Key] = append(p.place[s.Key], need.ID)
		}
	}
	if out.Verdict == engine.Proceed {
		for _, l := range need.Lines {
			key := string(l.Key)
			p.free[key] = now.Add(l.Limit.Period)
			p.leave(key, need.ID)
		}
	}
	return out, nil
}

// wait is the time until a counter grants a need, behind the places before it.
func (p *pace) wait(l engine.Line, need *engine.Need, now time.Time) time.Duration {
	places := p.place[string(l.Key)]
	before := slices.Index(places, need.ID)
	if before < 0 {
		before = len(places)
	}
	at := p.free[string(l.Key)]
	if at.Before(now) {
		at = now
	}
	return at.Add(time.Duration(before) * l.Limit.Period).Sub(now)
}

func (p *pace) leave(key, id string) {
	p.place[key] = slices.DeleteFunc(p.place[key], func(other string) bool { return other == id })
}

// open makes a counter grant at once.
func (p *pace) open(key string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.free, key)
	delete(p.place, key)
}

func (p *pace) calls() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked
}

var (
	perUser    = &rule.Limit{Rule: "user", Period: time.Second}
	perProject = &rule.Limit{Rule: "project", Period: time.Second}
	perSheet   = &rule.Limit{Rule: "sheet", Period: 10 * time.Second}
	slots      = &rule.Limit{Rule: "slots", Algorithm: rule.Concurrency, Period: time.Hour}
)

func line(l *rule.Limit, key string) engine.Line { return engine.Line{Limit: l, Key: []byte(key)} }

// crowd lets calls wait and writes down which end when.
type crowd struct {
	t     *testing.T
	queue *wait.Queue
	start time.Time
	wg    sync.WaitGroup

	mu    sync.Mutex
	ended []string
	ids   int
}

func newCrowd(t *testing.T, cfg wait.Config, p *pace) *crowd {
	return &crowd{t: t, queue: wait.New(cfg, p.decide), start: time.Now()}
}

// join lets one call wait, in a goroutine of its own.
func (c *crowd) join(ctx context.Context, name, lane string, patience time.Duration, lines ...engine.Line) {
	c.ids++
	id := fmt.Sprint(c.ids)
	c.wg.Go(func() {
		out, err := c.queue.Wait(ctx, wait.Call{
			Lane: lane, Until: time.Now().Add(patience),
			Need: func() engine.Need { return engine.Need{Lines: lines, Cost: 1, Least: 1, ID: id} },
		})
		at := time.Since(c.start).Round(time.Millisecond)
		text := fmt.Sprintf("%s granted at %v", name, at)
		switch {
		case err != nil:
			text = fmt.Sprintf("%s ended at %v: %v", name, at, err)
		case out.Verdict == 0:
			text = fmt.Sprintf("%s was not asked until %v", name, at)
		case out.Verdict != engine.Proceed:
			text = fmt.Sprintf("%s refused at %v for %v", name, at, out.Wait)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.ended = append(c.ended, text)
	})
}

// sofar are the calls that have ended.
func (c *crowd) sofar() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.ended)
}

// all waits until every call has ended.
func (c *crowd) all() []string {
	c.wg.Wait()
	if n := c.queue.Waiting(); n != 0 {
		c.t.Errorf("%d still wait", n)
	}
	return c.ended
}
