package render

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/retry"
	"github.com/sheetreel/sheetreel/services/render/provider"
	"github.com/sheetreel/sheetreel/services/render/provider/drive"
)

const (
	pollWait    = 20 * time.Second // the scheduler answers so late when there is no work
	pollTimeout = pollWait + 10*time.Second
)

// pollBackoff spreads the workers of a scheduler that is away.
func pollBackoff() retry.Policy {
	return retry.Policy{Initial: 250 * time.Millisecond, Multiplier: 2, Max: 5 * time.Second}
}

// worker leases video jobs for its free slots and renders each in a goroutine of its own, which run waits for.
type worker struct {
	cfg Config
	Deps
	slots    chan struct{} // holds one token for each free slot
	held     held
	wake     chan struct{} // a new lease wants its first heartbeat now
	draining atomic.Bool   // the scheduler's last word: take nothing new
	attempts sync.WaitGroup
	scratch  *scratch
	// providers make whole videos, the first of them those that name none; drivers order pictures and clips of scenes, by name.
	providers []provider.Provider
	drivers   map[string]*drive.Driver
	resting   resting
}

func newWorker(cfg Config, deps Deps) *worker {
	w := &worker{cfg: cfg, Deps: deps, slots: make(chan struct{}, cfg.Workers), wake: make(chan struct{}, 1)}
	for range cfg.Workers {
		w.slots <- struct{}{}
	}
	w.hire()
	return w
}

// run polls until ctx ends. Renders outlive ctx a little: those that still render are stopped and handed back, those
// that publish may finish within the drain time. Heartbeats go on until the last has ended.
func (w *worker) run(ctx context.Context) error {
	s, err := openScratch(w.cfg.Scratch)
	if err != nil {
		return err
	}
	defer s.close()
	w.scratch = s
	w.Log.Info("rendering", "worker", w.cfg.WorkerName, "slots", w.cfg.Workers, "providers", w.names())

	w.tidy(ctx)
	beats, stopBeats := context.WithCancel(context.WithoutCancel(ctx))
	beating := make(chan struct{})
	go func() {
		defer close(beating)
		w.heartbeats(beats)
	}()

	w.poll(ctx)
	for _, l := range w.held.all() {
		l.stopRender(errDrain)
	}
	late := time.AfterFunc(w.cfg.DrainTimeout, func() {
		for _, l := range w.held.all() {
			l.cancel(errDrain)
		}
	})
	w.attempts.Wait()
	late.Stop()
	stopBeats()
	<-beating
	return nil
}

// poll leases work whenever slots are free, until ctx ends.
func (w *worker) poll(ctx context.Context) {
	failures := 0
	for {
		free := w.takeSlots(ctx)
		if free == 0 {
			return
		}
		leases, err := w.lease(ctx, free)
		for i, m := range leases {
			if i < free {
				w.start(ctx, m)
			}
		}
		for range free - min(len(leases), free) {
			w.slots <- struct{}{}
		}
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			failures = 0
			continue
		}
		failures++
		if failures == 1 {
			w.Log.Warn("the scheduler gives no work; trying on", "error", err)
		}
		pause(ctx, pollBackoff().Wait(failures, rand.Float64))
	}
}

// lease asks for at most free video jobs. A scheduler that drains is not asked while it still answers heartbeats.
func (w *worker) lease(ctx context.Context, free int) ([]*schedulerv1.Lease, error) {
	if w.draining.Load() && len(w.held.all()) > 0 {
		return nil, status.Error(codes.Unavailable, "the scheduler is draining")
	}
	names, wait := w.awake()
	if len(names) == 0 { // to name none would be to ask for all
		pause(ctx, min(wait, pollWait))
		return nil, ctx.Err()
	}
	ctx, cancel := context.WithTimeout(ctx, pollTimeout)
	defer cancel()
	answer, err := w.Leases.LeaseVideoJobs(ctx, &schedulerv1.LeaseVideoJobsRequest{
		Worker: w.cfg.WorkerName, MaxCount: int32(free), WaitDuration: durationpb.New(pollWait),
		Providers: names, // it can make no others
	})
	return answer.GetLeases(), err
}

// takeSlots waits for a free slot and takes all that are free; none when ctx has ended.
func (w *worker) takeSlots(ctx context.Context) int {
	select {
	case <-ctx.Done():
		return 0
	case <-w.slots:
	}
	for n := 1; ; n++ {
		select {
		case <-w.slots:
		default:
			return n
		}
	}
}

// start begins an attempt in a slot that was taken for it.
func (w *worker) start(ctx context.Context, m *schedulerv1.Lease) {
	l := newLease(context.WithoutCancel(ctx), m)
	w.held.add(l)
	select {
	case w.wake <- struct{}{}:
	default:
	}
	w.attempts.Go(func() {
		defer func() {
			w.held.remove(l)
			l.end()
			w.slots <- struct{}{}
		}()
		w.attempt(l)
	})
}

// pause waits, but not beyond ctx.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
