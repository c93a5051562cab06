package webhook

import (
	"context"
	"log/slog"
	mathrand "math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/wake"
)

const (
	// sendMost is how many requests a sender has at the same time.
	sendMost = 256
	// leaseTime is how long a delivery is nobody else's: longer than it takes to send it and to write what came of it.
	leaseTime = time.Minute
	// pollEvery is how often a sender looks for what is due.
	pollEvery = time.Second
	dueBatch  = 200
	// graceTime is how long requests may go on when the sender is told to stop.
	graceTime = 3 * time.Second

	forgetEvery = 10 * time.Minute
	forgetBatch = 1000
)

// Deps are what a sender needs of others. The caller owns them.
type Deps struct {
	Store store.Webhooks
	Wake  *wake.Hub
	Now   func() time.Time // the store's clock
	Log   *slog.Logger
}

// Sender sends what is due.
type Sender struct {
	Deps
	config Config
	client *http.Client
	now    func() time.Time
	random func() float64
	poll   time.Duration

	lanes  *lanes
	slots  chan struct{}     // one for each request under way
	after  store.EndpointKey // where the last look broke off
	hungry atomic.Bool       // more is due than could be sent
	freed  chan struct{}     // of capacity one: there is room again
	ends   chan store.DeliveryEnd
}

// New makes a sender, which works while Run does.
func New(config Config, deps Deps) *Sender {
	return &Sender{
		Deps: deps, config: config, client: config.Policy().Client(), now: deps.Now, random: mathrand.Float64, poll: pollEvery,
		lanes: newLanes(), slots: make(chan struct{}, sendMost), freed: make(chan struct{}, 1), ends: make(chan store.DeliveryEnd),
	}
}

// Run sends what is due until ctx ends. It can be called once.
func (s *Sender) Run(ctx context.Context) error {
	requests, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var sending, settling sync.WaitGroup
	settling.Go(func() { s.settleLoop(ctx) })
	s.leaseLoop(ctx, func(d store.LeasedDelivery) {
		sending.Go(func() { s.send(requests, d) })
	})
	grace := time.AfterFunc(graceTime, stop)
	sending.Wait()
	grace.Stop()
	close(s.ends)
	settling.Wait()
	return nil
}

// leaseLoop starts what is due, and tidies up now and then.
func (s *Sender) leaseLoop(ctx context.Context, start func(store.LeasedDelivery)) {
	poll, tidy := time.NewTicker(s.poll), time.NewTicker(forgetEvery)
	defer poll.Stop()
	defer tidy.Stop()
	for {
		woken := s.Wake.Wait(store.TopicWebhooks)
		if err := s.round(ctx, start); err != nil && ctx.Err() == nil {
			s.Log.ErrorContext(ctx, "look for webhooks that are due", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-woken:
		case <-s.freed:
		case <-poll.C:
		case <-tidy.C:
			if err := s.tidy(ctx); err != nil && ctx.Err() == nil {
				s.Log.ErrorContext(ctx, "forget deliveries of webhooks", "error", err)
			}
		}
	}
}

// round looks at all endpoints for which something is due, and starts as much as there is room for. It goes on where
// the last one broke off, so that no endpoint is always the last.
func (s *Sender) round(ctx context.Context, start func(store.LeasedDelivery)) error {
	s.hungry.Store(true)
	hungry := false
	for from := s.after; ; {
		keys, err := s.Store.DueWebhooks(ctx, s.after, dueBatch, s.now())
		if err != nil {
			return err
		}
		looked, more, err := s.lease(ctx, keys, start)
		if err != nil {
			return err
		}
		hungry = hungry || more
		if looked < len(keys) { // no slot is left
			if looked > 0 {
				s.after = keys[looked-1]
			}
			return nil
		}
		if len(keys) == dueBatch {
			s.after = keys[len(keys)-1]
			continue
		}
		s.after = store.EndpointKey{}
		if from == s.after {
			s.hungry.Store(hungry)
			return nil
		}
		from = s.after // once around
	}
}

// lease leases and starts what there is room for. looked is how many of the endpoints it came to; more says that some
// of them have more.
func (s *Sender) lease(ctx context.Context, keys []store.EndpointKey, start func(store.LeasedDelivery)) (looked int, more bool, err error) {
	now, free := s.now(), cap(s.slots)-len(s.slots)
	var wants []store.DeliveryWant
	left := map[store.EndpointKey]int{}
	for _, k := range keys {
		if free == 0 {
			break
		}
		looked++
		n := min(s.lanes.room(k, now), free)
		if n == 0 {
			more = true
			continue
		}
		wants = append(wants, store.DeliveryWant{EndpointKey: k, Count: n})
		left[k], free = n, free-n
	}
	if len(wants) == 0 {
		return looked, more, nil
	}
	leased, err := s.Store.LeaseDeliveries(ctx, wants, uuid.NewString(), now.Add(leaseTime), now)
	for _, d := range leased {
		if left[d.EndpointKey]--; left[d.EndpointKey] == 0 {
			more = true
		}
		s.slots <- struct{}{}
		s.lanes.start(d.EndpointKey)
		start(d)
	}
	return looked, more, err
}

// send sends a delivery, and makes room again.
func (s *Sender) send(ctx context.Context, d store.LeasedDelivery) {
	o := s.attempt(ctx, d)
	s.lanes.end(d.EndpointKey, o.verdict, o.after, s.now())
	s.ends <- o.end
	<-s.slots
	if s.hungry.Load() {
		select {
		case s.freed <- struct{}{}:
		default:
		}
	}
}

// tidy drops what is too old.
func (s *Sender) tidy(ctx context.Context) error {
	s.lanes.forget(s.now())
	for s.config.Keep > 0 {
		n, err := s.Store.ForgetDeliveries(ctx, s.now().Add(-s.config.Keep), forgetBatch)
		if err != nil || n < forgetBatch {
			return err
		}
	}
	return nil
}
