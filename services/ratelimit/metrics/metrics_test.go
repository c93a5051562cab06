package metrics_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/metrics"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

// collect reads everything that is not 0, by "instrument{attributes}".
func collect(t *testing.T, reader *metric.ManualReader) map[string]int64 {
	t.Helper()
	var data metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &data); err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	for _, scope := range data.ScopeMetrics {
		for _, m := range scope.Metrics {
			var points []metricdata.DataPoint[int64]
			switch d := m.Data.(type) {
			case metricdata.Sum[int64]:
				points = d.DataPoints
			case metricdata.Gauge[int64]:
				points = d.DataPoints
			}
			for _, p := range points {
				if p.Value == 0 {
					continue
				}
				name := m.Name + "{"
				for i, a := range p.Attributes.ToSlice() {
					if i > 0 {
						name += ","
					}
					name += fmt.Sprintf("%s=%s", a.Key, a.Value.String())
				}
				got[name+"}"] = p.Value
			}
		}
	}
	return got
}

func setup(t *testing.T) (*metrics.Metrics, *metric.ManualReader) {
	t.Helper()
	reader := metric.NewManualReader()
	m, err := metrics.New(metric.NewMeterProvider(metric.WithReader(reader)), func() int { return 7 })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m, reader
}

func status(name string, left int64) engine.Status {
	return engine.Status{Limit: &rule.Limit{Rule: name}, Key: "user=ada", Capacity: 10, Left: left}
}

func TestDecisionsAreCountedByRule(t *testing.T) {
	m, reader := setup(t)
	for _, o := range []engine.Outcome{
		{Verdict: engine.Proceed, Limits: []engine.Status{status("user", 5), status("project", 4)}},
		{Verdict: engine.Proceed, Limits: []engine.Status{status("user", 4), status("project", 2)}, Degraded: true},
		{Verdict: engine.Proceed, Limits: []engine.Status{status("user", 0)}, DryRun: []engine.Status{status("trial", 0)}},
		{Verdict: engine.Defer, Limits: []engine.Status{status("user", 0)}},
		{Verdict: engine.Reject, Limits: []engine.Status{status("project", 9)}, Err: engine.ErrCost},
		{Verdict: engine.Retry, Err: engine.ErrFull},
		{Verdict: engine.Proceed}, // no limit counts it
	} {
		m.Decided(&o)
	}
	want := map[string]int64{
		"sheetreel.ratelimit.decisions{rule=user,verdict=allowed}":    3,
		"sheetreel.ratelimit.decisions{rule=user,verdict=deferred}":   1,
		"sheetreel.ratelimit.decisions{rule=project,verdict=allowed}": 2,
		"sheetreel.ratelimit.decisions{rule=project,verdict=refused}": 1,
		"sheetreel.ratelimit.decisions{rule=,verdict=retry}":          1,
		"sheetreel.ratelimit.near_limit{percent=60,rule=user}":        2,
		"sheetreel.ratelimit.near_limit{percent=80,rule=user}":        1,
		"sheetreel.ratelimit.near_limit{percent=60,rule=project}":     2,
		"sheetreel.ratelimit.near_limit{percent=80,rule=project}":     1,
		"sheetreel.ratelimit.degraded{rule=user}":                     1,
		"sheetreel.ratelimit.degraded{rule=project}":                  1,
		"sheetreel.ratelimit.dry_run_refusals{rule=trial}":            1,
		"sheetreel.ratelimit.waiting{}":                               7,
	}
	if diff := cmp.Diff(want, collect(t, reader)); diff != "" {
		t.Errorf("collected (-want +got):\n%s", diff)
	}
}

func TestTheSeriesAreBounded(t *testing.T) {
	m, reader := setup(t)
	for i := range 3000 {
		m.Decided(&engine.Outcome{Verdict: engine.Defer, Limits: []engine.Status{status(fmt.Sprint("rule-", i), 0)}})
	}
	var sum int64
	got := collect(t, reader)
	for name, n := range got {
		if name != "sheetreel.ratelimit.waiting{}" {
			sum += n
		}
	}
	if len(got) > 1100 || sum != 3000 {
		t.Errorf("%d series with %d decisions, want about 1024 with all 3000", len(got), sum)
	}
}

func TestCountingAllocatesNothing(t *testing.T) {
	m, _ := setup(t)
	o := engine.Outcome{Verdict: engine.Proceed, Limits: []engine.Status{status("user", 5), status("project", 4)}}
	m.Decided(&o)
	if n := testing.AllocsPerRun(100, func() { m.Decided(&o) }); n != 0 {
		t.Errorf("%v allocations a decision", n)
	}
}
