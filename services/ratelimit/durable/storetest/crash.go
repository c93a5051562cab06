package storetest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/sheetreel/sheetreel/services/ratelimit/durable"
	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/memory"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

// Crashes lets processes count in one database, end and die. open opens the database once more; killed makes a store that
// was opened look like that of a dead process.
func Crashes(t *testing.T, open func() durable.Store, killed func(durable.Store)) {
	limit := &rule.Limit{Rule: "user", Algorithm: rule.SlidingLog, Capacity: 60, Period: time.Minute}
	daily := &rule.Limit{Rule: "day", Algorithm: rule.Calendar, Unit: rule.Day, Zone: time.UTC, Capacity: 100}
	lines := []engine.Line{{Limit: limit, Key: []byte("user=ada")}, {Limit: daily, Key: []byte("user=ada")}}
	// One moment, so that the end of a day or of a minute is never in it.
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	start := func() (durable.Store, *durable.Keeper, func() error) {
		t.Helper()
		s := open()
		k, err := durable.Start(t.Context(), durable.Config{Lease: 200 * time.Millisecond, Last: 5 * time.Second, Patience: 20 * time.Second}, durable.Deps{
			Store: s, Engine: memory.New(memory.Config{Clock: func() time.Time { return now }}),
			Clock: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		end := make(chan error, 1)
		go func() { end <- k.Run(ctx) }()
		return s, k, func() error { stop(); return <-end }
	}
	grant := func(k *durable.Keeper) {
		t.Helper()
		out, err := k.Decide(t.Context(), []engine.Need{{Lines: lines, Cost: 10, Least: 10}}, nil)
		if err != nil || out[0].Verdict != engine.Proceed {
			t.Fatalf("decided %+v, %v", out, err)
		}
	}
	left := func(k *durable.Keeper, want string) {
		t.Helper()
		all, err := k.Peek(t.Context(), lines, 1)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(all[0].Left, all[1].Left); got != want {
			t.Errorf("left %s, want %s", got, want)
		}
	}
	ended, first, end := start()
	grant(first)
	if err := errors.Join(end(), ended.Close()); err != nil {
		t.Fatal(err)
	}
	dead, second, end := start()
	left(second, "50 90")
	grant(second)
	killed(dead)
	if err := end(); err == nil {
		t.Error("a dead process has ended cleanly")
	}
	_, third, end := start()
	left(third, "0 80") // the daily limit was written before the answer, so nothing is taken of it
	if err := end(); err != nil {
		t.Fatal(err)
	}
}

// BenchmarkWrite writes a thousand counters of a full log of sixty at a time, as a process does that has much to do.
func BenchmarkWrite(b *testing.B, s durable.Store) {
	seen, err := s.Owner(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	o, err := s.Take(b.Context(), seen, "bench")
	if err != nil {
		b.Fatal(err)
	}
	rows := make([]durable.Row, 1000)
	for i := range rows {
		rows[i] = counter("user", fmt.Sprintf("project=demo,user=%06d", i), "")
		rows[i].State = make([]byte, 500)
	}
	for b.Loop() {
		if err := s.Write(b.Context(), o.Fence, durable.Batch{Rows: rows, Written: at()}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/1000/float64(b.N), "ms/1000counters")
}
