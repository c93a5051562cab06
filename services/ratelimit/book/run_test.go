package book

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

const small = "limits: [{name: s, algorithm: sliding_log, capacity: 1, period: 1s}]\n"

// running runs a book of a file in a bubble.
func running(t *testing.T, store Store, deps Deps) (*Book, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "limits.yaml")
	writeFile(t, path, twoLimits)
	deps.Store = store
	if deps.Log == nil {
		deps.Log = slog.New(slog.DiscardHandler)
	}
	b, err := Open(t.Context(), Config{File: path}, deps)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	return b, path
}

// polls lets time go on by some polls.
func polls(n int) {
	<-time.After(time.Duration(n)*time.Second + time.Millisecond)
	synctest.Wait()
}

func TestAChangedFileIsTakenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reader := metric.NewManualReader()
		meter := metric.NewMeterProvider(metric.WithReader(reader)).Meter("test")
		var logged strings.Builder
		b, path := running(t, &Memory{}, Deps{Meter: meter, Log: slog.New(slog.NewTextHandler(&logged, nil))})
		before := inForce(b)
		polls(2)
		wantInForce(t, b, 1, before...)

		writeFile(t, path, "limits: [{name: s, algorithm: nonsense, capacity: 1, period: 1s}]\n")
		polls(4)
		wantInForce(t, b, 1, before...)
		if err := b.State().FileError; err == nil || !strings.Contains(err.Error(), path+": rule s: line 1: algorithm:") {
			t.Errorf("error %v", err)
		}
		if n := strings.Count(logged.String(), "is not taken up"); n != 1 {
			t.Errorf("logged %d times, want once:\n%s", n, logged.String())
		}
		if got := measured(t, reader); got["sheetreel.ratelimit.limits.file_refused"] != 1 || got["sheetreel.ratelimit.limits.revision"] != 1 {
			t.Errorf("measured %v", got)
		}

		writeFile(t, path, small)
		polls(1)
		wantInForce(t, b, 1, before...) // it may be in the midst of being written
		polls(1)
		wantInForce(t, b, 2, "s file: 1 in any 1s")
		if err := b.State().FileError; err != nil {
			t.Errorf("error %v", err)
		}
		got := measured(t, reader)
		if got["sheetreel.ratelimit.limits.file_refused"] != 0 || got["sheetreel.ratelimit.limits.revision"] != 2 || got["sheetreel.ratelimit.limits.reloads"] != 2 {
			t.Errorf("measured %v", got)
		}
	})
}

// A file that is good by itself, and could send too much together with what the API made, is refused too.
func TestAFileThatDoesNotFitTheLayerIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, path := running(t, &Memory{}, Deps{})
		mustChange(t, b, setRule(log("mine", 50)))
		before := inForce(b)
		writeFile(t, path, strings.Replace(twoLimits, "period: 1s}", "period: 1s, upstream: {capacity: 6, period: 1s}}", 1))
		polls(3)
		wantInForce(t, b, 2, before...)
		if err := b.State().FileError; err == nil || !strings.Contains(err.Error(), "5 at once + 5/s x 1 s = 9 > 6") {
			t.Errorf("error %v", err)
		}
		writeFile(t, path, twoLimits)
		polls(3)
		if err := b.State().FileError; err != nil {
			t.Errorf("error %v after it is as before", err)
		}
		wantInForce(t, b, 2, before...)
	})
}

func TestAnotherReplicaLearnsOfAChangeWithinAPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &Memory{}
		one, path := running(t, store, Deps{})
		two := openFile(t, store, path, time.Now)
		mustChange(t, two, setRule(log("c", 3)))
		polls(1)
		wantInForce(t, one, 2, inForce(two)...)
	})
}

// broken is a store that can be out of reach.
type broken struct {
	Memory
	down atomic.Bool
}

func (b *broken) Head(ctx context.Context) (int64, error) {
	if b.down.Load() {
		return 0, errors.New("down")
	}
	return b.Memory.Head(ctx)
}

func TestAStoreOutOfReachLeavesWhatWasInForce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var logged strings.Builder
		store := &broken{}
		b, path := running(t, store, Deps{Log: slog.New(slog.NewTextHandler(&logged, nil))})
		before := inForce(b)
		store.down.Store(true)
		polls(3)
		wantInForce(t, b, 1, before...)
		mustChange(t, openFile(t, &store.Memory, path, time.Now), setRule(log("c", 3)))
		store.down.Store(false)
		polls(2)
		if got := b.Set().Version(); got != 2 {
			t.Errorf("version %d, want 2", got)
		}
		if n := strings.Count(logged.String(), "cannot be compared"); n != 1 {
			t.Errorf("logged %d times, want once", n)
		}
	})
}

// measured reads the gauges and counters, summed over their attributes.
func measured(t *testing.T, reader *metric.ManualReader) map[string]int64 {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			var points []metricdata.DataPoint[int64]
			switch data := m.Data.(type) {
			case metricdata.Gauge[int64]:
				points = data.DataPoints
			case metricdata.Sum[int64]:
				points = data.DataPoints
			}
			for _, p := range points {
				got[m.Name] += p.Value
			}
		}
	}
	return got
}
