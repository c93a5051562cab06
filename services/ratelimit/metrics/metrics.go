// Package metrics counts what the limiter decides, by rule, for OpenTelemetry. There is no label per key: a key is
// somebody's name, and there are too many of them.
//
// A decision costs less than a microsecond, so it is counted by plain additions, and read when somebody collects.
package metrics

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
)

// Scope is the name under which the service measures.
const Scope = "github.com/sheetreel/sheetreel/services/ratelimit"

const (
	// maxRules bounds the series. Rules come and go; what is counted of further ones goes to other.
	maxRules = 1024
	other    = "other"
	// noRule stands for decisions that no single limit is the reason of.
	noRule = ""
)

// Metrics counts decisions. It is safe for concurrent use.
type Metrics struct {
	registration metric.Registration
	waiting      func() int

	mu    sync.Mutex // of those who add a rule
	rules atomic.Pointer[map[string]*counts]
}

// counts are those of one rule.
type counts struct {
	allowed, deferred, retried, rejected atomic.Int64
	near60, near80, degraded, dryRun     atomic.Int64
}

// New makes the instruments. waiting tells how many calls wait; may be nil.
func New(provider metric.MeterProvider, waiting func() int) (*Metrics, error) {
	m := &Metrics{waiting: waiting}
	m.rules.Store(&map[string]*counts{})
	meter := provider.Meter(Scope)
	var failed error
	counter := func(name, description string) metric.Int64ObservableCounter {
		c, err := meter.Int64ObservableCounter(name, metric.WithDescription(description), metric.WithUnit("{decision}"))
		failed = errors.Join(failed, err)
		return c
	}
	decisions := counter("sheetreel.ratelimit.decisions", "Decisions by the limits that counted or refused them.")
	near := counter("sheetreel.ratelimit.near_limit", "Grants after which at least so much of a limit was used.")
	degraded := counter("sheetreel.ratelimit.degraded", "Decisions made while the counters were out of reach.")
	dryRun := counter("sheetreel.ratelimit.dry_run_refusals", "Grants that a limit in dry run would have refused.")
	queued, err := meter.Int64ObservableGauge("sheetreel.ratelimit.waiting",
		metric.WithDescription("Calls that wait for their turn."), metric.WithUnit("{call}"))
	if failed = errors.Join(failed, err); failed != nil {
		return nil, fmt.Errorf("metrics: %w", failed)
	}
	observe := func(_ context.Context, o metric.Observer) error {
		for name, c := range *m.rules.Load() {
			rule := attribute.String("rule", name)
			verdict := func(text string, n int64) {
				if n > 0 {
					o.ObserveInt64(decisions, n, metric.WithAttributes(rule, attribute.String("verdict", text)))
				}
			}
			verdict("allowed", c.allowed.Load())
			verdict("deferred", c.deferred.Load())
			verdict("retry", c.retried.Load())
			verdict("refused", c.rejected.Load())
			o.ObserveInt64(near, c.near60.Load(), metric.WithAttributes(rule, attribute.Int("percent", 60)))
			o.ObserveInt64(near, c.near80.Load(), metric.WithAttributes(rule, attribute.Int("percent", 80)))
			o.ObserveInt64(degraded, c.degraded.Load(), metric.WithAttributes(rule))
			o.ObserveInt64(dryRun, c.dryRun.Load(), metric.WithAttributes(rule))
		}
		if m.waiting != nil {
			o.ObserveInt64(queued, int64(m.waiting()))
		}
		return nil
	}
	m.registration, err = meter.RegisterCallback(observe, decisions, near, degraded, dryRun, queued)
	if err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	return m, nil
}

// Close ends the observation.
func (m *Metrics) Close() error { return m.registration.Unregister() }

// Decided counts an outcome for each of the limits that it names.
func (m *Metrics) Decided(o *engine.Outcome) {
	for i := range o.Limits {
		s := &o.Limits[i]
		c := m.of(s.Limit.Rule)
		c.count(o)
		if o.Verdict == engine.Proceed {
			c.near(s.Capacity-s.Left, s.Capacity)
		}
	}
	for i := range o.DryRun {
		m.of(o.DryRun[i].Limit.Rule).dryRun.Add(1)
	}
	if len(o.Limits) == 0 && o.Verdict != engine.Proceed {
		m.of(noRule).count(o)
	}
}

func (c *counts) count(o *engine.Outcome) {
	switch o.Verdict {
	case engine.Proceed:
		c.allowed.Add(1)
	case engine.Defer:
		c.deferred.Add(1)
	case engine.Retry:
		c.retried.Add(1)
	case engine.Reject:
		c.rejected.Add(1)
	}
	if o.Degraded {
		c.degraded.Add(1)
	}
}

func (c *counts) near(used, capacity int64) {
	if used*10 >= capacity*6 {
		c.near60.Add(1)
	}
	if used*10 >= capacity*8 {
		c.near80.Add(1)
	}
}

// of finds the counts of a rule.
func (m *Metrics) of(rule string) *counts {
	if c := (*m.rules.Load())[rule]; c != nil {
		return c
	}
	return m.add(rule)
}

// add makes the counts of a rule that is counted for the first time.
func (m *Metrics) add(rule string) *counts {
	m.mu.Lock()
	defer m.mu.Unlock()
	old := *m.rules.Load()
	if len(old) >= maxRules {
		rule = other
	}
	if c := old[rule]; c != nil {
		return c
	}
	more := make(map[string]*counts, len(old)+1)
	for name, c := range old {
		more[name] = c
	}
	c := &counts{}
	more[rule] = c
	m.rules.Store(&more)
	return c
}
