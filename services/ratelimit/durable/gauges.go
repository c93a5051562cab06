package durable

import (
	"context"
	"fmt"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
)

// gauges are the instruments.
type gauges struct {
	took   metric.Float64Histogram
	rows   metric.Int64Counter
	failed metric.Int64Counter
	end    func() error
}

func (g *gauges) make(provider metric.MeterProvider, k *Keeper) error {
	if provider == nil {
		provider = otel.GetMeterProvider()
	}
	m := provider.Meter("github.com/sheetreel/sheetreel/services/ratelimit/durable")
	var err error
	if g.took, err = m.Float64Histogram("sheetreel.ratelimit.write.duration", metric.WithUnit("s"),
		metric.WithDescription("How long writes of counters took."),
		metric.WithExplicitBucketBoundaries(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30)); err != nil {
		return fmt.Errorf("instrument: %w", err)
	}
	if g.rows, err = m.Int64Counter("sheetreel.ratelimit.write.counters", metric.WithUnit("{counter}"),
		metric.WithDescription("Counters written.")); err != nil {
		return fmt.Errorf("instrument: %w", err)
	}
	if g.failed, err = m.Int64Counter("sheetreel.ratelimit.write.failures", metric.WithUnit("{write}"),
		metric.WithDescription("Writes of counters that failed; they are tried again.")); err != nil {
		return fmt.Errorf("instrument: %w", err)
	}
	unsaved, err := m.Float64ObservableGauge("sheetreel.ratelimit.unsaved", metric.WithUnit("s"),
		metric.WithDescription("For how long counters could not be written; 0 while they can."))
	if err != nil {
		return fmt.Errorf("instrument: %w", err)
	}
	callback, err := m.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		o.ObserveFloat64(unsaved, k.unsaved().Seconds())
		return nil
	}, unsaved)
	if err != nil {
		return fmt.Errorf("instrument: %w", err)
	}
	g.end = callback.Unregister
	return nil
}

func (g *gauges) wrote(ctx context.Context, took time.Duration, rows int, err error) {
	g.took.Record(ctx, took.Seconds())
	if err != nil {
		g.failed.Add(ctx, 1)
		return
	}
	g.rows.Add(ctx, int64(rows))
}

// unsaved is for how long nothing could be written.
func (k *Keeper) unsaved() time.Duration {
	h := k.Health()
	if h.Err == nil || h.Written.IsZero() {
		return 0
	}
	return k.clock().Sub(h.Written)
}
