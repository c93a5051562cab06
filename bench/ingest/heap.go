package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"

	"github.com/sheetreel/sheetreel/bench/measure"
)

// outcome is what a run reached.
type outcome struct {
	span     measure.Span
	peak     uint64 // of the live heap, above what was live before, in bytes
	requests int
}

func rate(o outcome) float64 { return o.span.Rate() }

// perCPU is in rows a second of this process's CPU time, which a busy machine changes little.
func perCPU(o outcome) float64 { return float64(o.span.Jobs) / o.span.Client.Seconds() }

func heap(o outcome) float64     { return float64(o.peak) / (1 << 20) }
func requests(o outcome) float64 { return float64(o.requests) }

// live is what the last collection has left.
func live() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// measured runs work on so many rows, and watches the live heap meanwhile. The collector runs twice as often as by
// default, so that little garbage of a collection under way is missed.
func measured(rows int, work func() (requests int, err error)) (o outcome, err error) {
	defer debug.SetGCPercent(debug.SetGCPercent(50))
	runtime.GC()
	before, stop := live(), make(chan struct{})
	var watcher sync.WaitGroup
	watcher.Go(func() {
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for {
			if now := live(); now > before {
				o.peak = max(o.peak, now-before)
			}
			select {
			case <-tick.C:
			case <-stop:
				return
			}
		}
	})
	clock := measure.Begin(nil)
	requests, err := work()
	span := clock.End(rows)
	close(stop)
	watcher.Wait()
	o.span, o.requests = span, requests
	return o, err
}
