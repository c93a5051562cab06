package scheduler

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

const (
	// maxRound is how many video jobs a round takes in hand; a Reserve call has room for no more.
	maxRound = 1000
	// roundTimeout bounds each half of a round, to find and to claim, for all who wait for it.
	roundTimeout = 10 * time.Second
)

// dispatcher decides what starts next: the first candidates in order whose user, project and provider have quota. Who
// has none is set aside until the limiter's exact time and holds up nobody else.
//
// It works in rounds, one at a time in this process: calls that come during a round share the next one, so that
// the store is asked once, and the limiter once, for all of them. Each call then claims its share itself, and the
// round is over when all have done so; otherwise the next one would find the same candidates. Several processes may
// find the same ones: the store gives each to one of them, and the others cancel what they had reserved.
type dispatcher struct {
	store    store.Store
	duration time.Duration
	quota    *reserver // of the round
	settler  *settler
	turn     chan struct{} // full during a round; who fills it leads the round

	mu      sync.Mutex
	waiting []*ask
}

func newDispatcher(s store.Store, quota ratelimitv1.QuotaServiceClient, duration time.Duration, log *slog.Logger) *dispatcher {
	return &dispatcher{
		store: s, duration: duration, turn: make(chan struct{}, 1),
		quota: newReserver(quota), settler: newSettler(quota, log),
	}
}

// run settles what was reserved until ctx ends, and then what is left.
func (d *dispatcher) run(ctx context.Context) error { return d.settler.run(ctx) }

// ask is a call that waits for its share of a round.
type ask struct {
	count int
	// providers whose jobs are wanted, in order; of all when empty.
	providers []string
	clock     func() time.Time
	answer    chan share
}

// share is what a round has for a call.
type share struct {
	permits []permit
	all     bool // nothing else waits in the store
	err     error
	done    func() // to be called when the permits are claimed
}

// permit allows one video job to start.
type permit struct {
	job         store.VideoKey
	row         store.Row
	reservation string // empty when no limit counts it
}

// lease leases up to count video jobs to a worker, of some providers if it names any; none is no error. From now on
// time goes by the monotonic clock.
func (d *dispatcher) lease(ctx context.Context, worker string, count int, now time.Time, providers ...string) ([]store.Leased, error) {
	providers = slices.Compact(slices.Sorted(slices.Values(providers)))
	began := time.Now()
	clock := func() time.Time { return now.Add(time.Since(began)) }
	var leased []store.Leased
	for len(leased) < count {
		a := &ask{count: count - len(leased), providers: providers, clock: clock, answer: make(chan share, 1)}
		got, all, err := d.try(ctx, worker, a)
		leased = append(leased, got...)
		if err != nil && len(leased) == 0 {
			return nil, err
		}
		if err != nil || all { // what is leased must reach the worker; its next call meets the error again
			return leased, nil
		}
	}
	return leased, nil
}

// try takes part in one round. all tells that nothing else waits.
func (d *dispatcher) try(ctx context.Context, worker string, a *ask) (leased []store.Leased, all bool, err error) {
	s := d.share(ctx, a)
	defer s.done()
	if s.err != nil {
		return nil, false, s.err
	}
	leased, err = d.claim(ctx, s.permits, worker, a.clock())
	return leased, s.all, err
}

// share waits for a call's share. It does not end early with ctx: rounds are bounded, and a share that nobody takes
// would have to be given back.
func (d *dispatcher) share(ctx context.Context, a *ask) share {
	d.mu.Lock()
	d.waiting = append(d.waiting, a)
	d.mu.Unlock()
	for {
		select {
		case s := <-a.answer:
			return s
		case d.turn <- struct{}{}: // the turn is free, so a still waits: a share that is given holds the turn
			d.round(ctx)
		}
	}
}

// round gives those that wait their shares, in the order in which they came: all that want what the first one wants.
func (d *dispatcher) round(ctx context.Context) {
	asks, wanted := d.take()
	var open atomic.Int64
	open.Store(int64(len(asks)))
	done := func() {
		if open.Add(-1) == 0 {
			<-d.turn
		}
	}
	var permits []permit
	var all bool
	var err error
	defer func() {
		if cause := recover(); cause != nil { // others wait for this round: all of them get the error
			err = fmt.Errorf("dispatch: panic: %v\n%s", cause, debug.Stack())
		}
		for _, a := range asks {
			n := min(len(permits), a.count)
			a.answer <- share{permits: permits[:n], all: all, err: err, done: done}
			permits = permits[n:]
		}
	}()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), roundTimeout)
	defer cancel()
	permits, all, err = d.permits(ctx, store.Search{Limit: wanted, Providers: asks[0].providers}, latest(asks))
}

// take takes those that wait for the same providers as the first one out of the queue, up to a full round.
func (d *dispatcher) take() (asks []*ask, wanted int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var others []*ask
	for _, a := range d.waiting {
		if wanted < maxRound && slices.Equal(a.providers, d.waiting[0].providers) {
			asks = append(asks, a)
			wanted += a.count
		} else {
			others = append(others, a)
		}
	}
	d.waiting = others
	return asks, min(wanted, maxRound)
}

// latest is the clock that is ahead of the others: what is due for one call is due for all.
func latest(asks []*ask) func() time.Time {
	return slices.MaxFunc(asks, func(a, b *ask) int { return a.clock().Compare(b.clock()) }).clock
}

// permits finds what may start: the first candidates in order that have quota. Those without wait until they have.
func (d *dispatcher) permits(ctx context.Context, search store.Search, clock func() time.Time) (permits []permit, all bool, err error) {
	now := clock()
	search.Skip = d.quota.without(now)
	candidates, err := d.store.Candidates(ctx, search, now)
	if err != nil || len(candidates) == 0 {
		return nil, true, hung(ctx, err)
	}
	all = len(candidates) < search.Limit
	candidates, parked := d.quota.split(candidates, now)
	permits, refused, err := d.quota.reserve(ctx, candidates, clock)
	if err != nil {
		return nil, false, err
	}
	for until, jobs := range byTime(append(parked, refused...)) {
		if err := d.store.Park(ctx, jobs, until, clock()); err != nil {
			d.settler.add(nil, reservations(permits))
			return nil, false, hung(ctx, err)
		}
	}
	return permits, all, nil
}

// hung makes an error of the store that came with the end of a round's time one of a database that does not answer.
func hung(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return &errs.DatabaseError{Err: err}
	}
	return err
}

// claim leases what has a permit. What became leased stays charged; what went elsewhere in the meantime does not.
func (d *dispatcher) claim(ctx context.Context, permits []permit, worker string, now time.Time) ([]store.Leased, error) {
	if len(permits) == 0 {
		return nil, nil
	}
	limited, cancel := context.WithTimeout(ctx, roundTimeout)
	defer cancel()
	claims := make([]store.Claim, len(permits))
	for i, p := range permits {
		claims[i] = store.Claim{VideoKey: p.job, Row: p.row, Lease: newLease()}
	}
	leased, err := d.store.Claim(limited, claims, worker, now.Add(d.duration), now)
	if err != nil {
		d.settler.add(nil, reservations(permits))
		d.store.Wake().Broadcast(store.TopicQueue) // others of this round may have left because these were taken
		if ctx.Err() != nil {
			return nil, err
		}
		return nil, hung(limited, err)
	}
	got := make(map[store.VideoKey]bool, len(leased))
	for _, l := range leased {
		got[l.Video.VideoKey] = true
	}
	used, unused := permits[:0:0], permits[:0:0]
	for _, p := range permits {
		if got[p.job] {
			used = append(used, p)
		} else {
			unused = append(unused, p)
		}
	}
	d.settler.add(reservations(used), reservations(unused))
	return leased, nil
}
