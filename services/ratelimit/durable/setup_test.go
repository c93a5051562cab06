package durable_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/sheetreel/sheetreel/services/ratelimit/durable"
	"github.com/sheetreel/sheetreel/services/ratelimit/durable/storetest"
	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/memory"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

// process is one that counts, by the time of a bubble.
type process struct {
	*durable.Keeper
	t    *testing.T
	stop context.CancelFunc
	end  chan error
}

// launch starts a process that runs until stopped, or is killed: then it is only forgotten.
func launch(t *testing.T, store durable.Store, cfg durable.Config) *process {
	t.Helper()
	p := idle(t, store, cfg)
	p.run()
	return p
}

// idle starts a process that does not run yet.
func idle(t *testing.T, store durable.Store, cfg durable.Config) *process {
	t.Helper()
	keeper, err := durable.Start(t.Context(), cfg, durable.Deps{
		Store: store, Engine: memory.New(memory.Config{}), Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return &process{Keeper: keeper, t: t, end: make(chan error, 1)}
}

// finish stops the process and returns how it ended.
func (p *process) finish() error {
	p.stop()
	return <-p.end
}

func need(cost int64, limits ...*rule.Limit) engine.Need {
	n := engine.Need{Cost: cost, Least: cost}
	for _, l := range limits {
		n.Lines = append(n.Lines, engine.Line{Limit: l, Key: []byte("user=ada")})
	}
	return n
}

// ask decides one need.
func (p *process) ask(n engine.Need) engine.Outcome {
	p.t.Helper()
	out, err := p.Decide(p.t.Context(), []engine.Need{n}, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	return out[0]
}

func (p *process) want(verdict engine.Verdict, n engine.Need) {
	p.t.Helper()
	if out := p.ask(n); out.Verdict != verdict {
		p.t.Errorf("%d of %v: %+v, want verdict %v", n.Cost, n.Lines[0].Limit, out, verdict)
	}
}

// wantLeft looks at what is left of a limit.
func (p *process) wantLeft(l *rule.Limit, want int64) {
	p.t.Helper()
	all, err := p.Peek(p.t.Context(), need(1, l).Lines, 1)
	if err != nil || all[0].Left != want {
		p.t.Errorf("left of %v: %+v, %v; want %d", l, all, err, want)
	}
}

func minute(capacity int64) *rule.Limit {
	return &rule.Limit{Rule: "minute", Algorithm: rule.SlidingLog, Capacity: capacity, Period: time.Minute, Outage: rule.LocalShare}
}

func daily(outage rule.Outage) *rule.Limit {
	return &rule.Limit{Rule: "day", Algorithm: rule.Calendar, Unit: rule.Day, Zone: time.UTC, Capacity: 100, Outage: outage}
}

// broken is a store whose writes fail with an error that is set.
func broken(store *storetest.Memory, err error) {
	store.Before(func(context.Context) error { return err })
}

// run lets an idle process run.
func (p *process) run() {
	ctx, stop := context.WithCancel(p.t.Context())
	p.stop = stop
	go func() { p.end <- p.Run(ctx) }()
}
