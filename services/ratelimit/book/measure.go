package book

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
)

// measure makes the instruments.
func (b *Book) measure(meter metric.Meter) (err error) {
	if meter == nil {
		meter = noop.Meter{}
	}
	b.reads, err = meter.Int64Counter("sheetreel.ratelimit.limits.reloads",
		metric.WithDescription("How often a changed file of limits was taken up or refused."), metric.WithUnit("{reload}"))
	if err != nil {
		return err
	}
	revision, err := meter.Int64ObservableGauge("sheetreel.ratelimit.limits.revision",
		metric.WithDescription("The version of the limits in force."), metric.WithUnit("1"))
	if err != nil {
		return err
	}
	stale, err := meter.Int64ObservableGauge("sheetreel.ratelimit.limits.file_refused",
		metric.WithDescription("1 while the file of limits as it is now is not in force."), metric.WithUnit("1"))
	if err != nil {
		return err
	}
	_, err = meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		s := b.State()
		if s == nil {
			return nil
		}
		o.ObserveInt64(revision, s.Set.Version())
		refused := int64(0)
		if s.FileError != nil {
			refused = 1
		}
		o.ObserveInt64(stale, refused)
		return nil
	}, revision, stale)
	return err
}

func (b *Book) counted(ctx context.Context, err error) {
	outcome := "taken_up"
	if err != nil {
		outcome = "refused"
	}
	b.reads.Add(ctx, 1, metric.WithAttributes(attribute.String("outcome", outcome)))
}
