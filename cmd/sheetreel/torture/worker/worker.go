// Package worker is the worker process of a campaign. It really leases, sends heartbeats with progress, writes an
// artifact and reports; sometimes it fails or hands back. It is careless on purpose: told that a lease is lost, it goes
// on and reports all the same, so that only the scheduler stands between a late worker and a video made twice.
package worker

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/durationpb"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/run"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/history"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/replicas"
)

// Config is how a worker works.
type Config struct {
	Name      string
	Slots     int           // attempts at a time
	Artifacts string        // folder of the artifacts
	Seed      uint64        // of everything that it draws
	Shortest  time.Duration // of an attempt
	Longest   time.Duration // of an attempt
	// Slow is the share of attempts that take up to SlowTime, so that heartbeats matter.
	Slow     float64
	SlowTime time.Duration
	Failing  float64 // share of attempts that fail; only among the first three of a job
	Handing  float64 // share of attempts that are handed back
}

// Worker is a worker.
type Worker struct {
	config Config
	leases schedulerv1.LeaseServiceClient
	log    *history.Log

	mu     sync.Mutex
	random *rand.Rand
	held   map[string]*attempt // by lease token
	free   int
	freed  chan struct{} // told, with room for one, when a slot becomes free
	broken error         // why the worker must stop
}

// New makes a worker that calls over conn and writes down what it does.
func New(c Config, conn grpc.ClientConnInterface, log *history.Log) *Worker {
	return &Worker{
		config: c, leases: schedulerv1.NewLeaseServiceClient(conn), log: log,
		random: rand.New(rand.NewPCG(c.Seed, 1)), held: map[string]*attempt{}, free: c.Slots, freed: make(chan struct{}, 1),
	}
}

// Run works until ctx ends; then it takes nothing new and hands back what it holds.
func (w *Worker) Run(ctx context.Context) error {
	var g run.Group
	g.Add("heartbeat", w.heartbeats) // to the last attempt
	g.Add("lease", w.work)
	err := g.Run(ctx)
	if err == nil {
		err = w.log.Err()
	}
	return err
}

// work leases and makes attempts until ctx ends and all its attempts have ended.
func (w *Worker) work(ctx context.Context) error {
	var attempts sync.WaitGroup
	defer attempts.Wait()
	for {
		n := w.take(ctx)
		if n == 0 {
			w.mu.Lock()
			defer w.mu.Unlock()
			return w.broken
		}
		leases := w.lease(ctx, n)
		w.give(n - len(leases))
		for _, l := range leases {
			a := w.begin(l)
			attempts.Go(func() {
				a.run(ctx)
				w.end(a)
			})
		}
		if len(leases) == 0 && ctx.Err() == nil {
			replicas.Pause(ctx, 20*time.Millisecond)
		}
	}
}

// take waits until half of the slots are free, so that leases come in batches, and takes all that are. None means that
// ctx has ended, or that the worker must stop.
func (w *Worker) take(ctx context.Context) int {
	for {
		if ctx.Err() != nil || w.log.Err() != nil {
			return 0
		}
		w.mu.Lock()
		n := 0
		if w.broken == nil && 2*w.free >= w.config.Slots {
			n, w.free = w.free, 0
		}
		stop := w.broken != nil
		w.mu.Unlock()
		if n > 0 || stop {
			return n
		}
		select {
		case <-ctx.Done():
		case <-w.freed:
		}
	}
}

// give gives slots back.
func (w *Worker) give(n int) {
	w.mu.Lock()
	w.free += n
	w.mu.Unlock()
	select {
	case w.freed <- struct{}{}:
	default:
	}
}

const (
	leaseWait  = time.Second
	leaseBound = 6 * time.Second
)

// lease asks for up to n video jobs. Told to stop meanwhile it still takes the answer, to hand back what came.
func (w *Worker) lease(ctx context.Context, n int) []*schedulerv1.Lease {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaseBound)
	defer cancel()
	call := w.log.Begin(history.Claim, history.Subject{})
	out, err := w.leases.LeaseVideoJobs(ctx, &schedulerv1.LeaseVideoJobsRequest{
		Worker: w.config.Name, MaxCount: int32(n), WaitDuration: durationpb.New(leaseWait),
	})
	end := history.End{}
	end.Result, end.Error = replicas.Outcome(err)
	for _, l := range out.GetLeases() {
		end.Leases = append(end.Leases, history.Lease{Job: l.GetVideoJob().GetName(), Token: l.GetLeaseToken(), Attempt: l.GetVideoJob().GetAttempt()})
	}
	call.End(end)
	if len(out.GetLeases()) > n {
		w.stop(fmt.Errorf("asked for %d leases, got %d", n, len(out.GetLeases())))
	}
	return out.GetLeases()
}

// stop makes the worker stop because of an error.
func (w *Worker) stop(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken == nil {
		w.broken = err
	}
}

// begin draws what an attempt will be like, and holds its lease.
func (w *Worker) begin(l *schedulerv1.Lease) *attempt {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.config
	a := &attempt{worker: w, lease: l, start: time.Now(), takes: c.Shortest}
	if spread := c.Longest - c.Shortest; spread > 0 {
		a.takes += time.Duration(w.random.Int64N(int64(spread)))
	}
	if w.random.Float64() < c.Slow {
		a.takes = max(a.takes, time.Duration(w.random.Float64()*float64(c.SlowTime)))
	}
	a.fails = w.random.Float64() < c.Failing && l.GetVideoJob().GetAttempt() <= 3
	a.hands = w.random.Float64() < c.Handing
	w.held[l.GetLeaseToken()] = a
	return a
}

func (w *Worker) end(a *attempt) {
	w.mu.Lock()
	delete(w.held, a.lease.GetLeaseToken())
	w.mu.Unlock()
	w.give(1)
}
