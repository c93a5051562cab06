package scheduler

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/durationpb"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/wake"
)

// shelf is a store with a queue only: a list in order.
type shelf struct {
	store.Store // what dispatching has no need of
	hub         wake.Hub

	mu         sync.Mutex
	jobs       []*waiting
	candidates int // calls
	parks      int
	claims     int
	beforeFind func()       // without the lock
	claimErr   func() error // nil: none
}

type waiting struct {
	store.Candidate
	due    time.Time
	leased bool
}

// add puts n video jobs of a user at the end of the queue.
func (s *shelf) add(n int, user, provider string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range n {
		key := store.VideoKey{BulkKey: store.BulkKey{Project: "demo", ID: "b"}, Video: fmt.Sprint("v", len(s.jobs))}
		s.jobs = append(s.jobs, &waiting{Candidate: store.Candidate{VideoKey: key, User: user, Provider: provider}})
	}
}

func (s *shelf) Wake() *wake.Hub { return &s.hub }

func (s *shelf) Candidates(_ context.Context, search store.Search, now time.Time) ([]store.Candidate, error) {
	if s.beforeFind != nil {
		s.beforeFind()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.candidates++
	var found []store.Candidate
	for _, j := range s.jobs {
		user := store.UserKey{Project: j.Project, User: j.User}
		skip := slices.Contains(search.Skip, store.Lane{UserKey: user}) ||
			slices.Contains(search.Skip, store.Lane{UserKey: user, Provider: j.Provider}) ||
			len(search.Providers) > 0 && !slices.Contains(search.Providers, j.Provider)
		if len(found) < search.Limit && !j.leased && !j.due.After(now) && !skip {
			found = append(found, j.Candidate)
		}
	}
	return found, nil
}

// each calls do for the jobs of keys that wait.
func (s *shelf) each(keys []store.VideoKey, do func(j *waiting)) {
	named := map[store.VideoKey]bool{}
	for _, k := range keys {
		named[k] = true
	}
	for _, j := range s.jobs {
		if named[j.VideoKey] && !j.leased {
			do(j)
		}
	}
}

func (s *shelf) Park(_ context.Context, keys []store.VideoKey, until, _ time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parks++
	s.each(keys, func(j *waiting) { j.due = until })
	return nil
}

func (s *shelf) Claim(ctx context.Context, claims []store.Claim, worker string, _, now time.Time) ([]store.Leased, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.claims++
	if s.claimErr != nil {
		if err := s.claimErr(); err != nil {
			return nil, err
		}
	}
	var keys []store.VideoKey
	for _, c := range claims {
		keys = append(keys, c.VideoKey)
	}
	var leased []store.Leased
	s.each(keys, func(j *waiting) {
		if j.due.After(now) {
			return
		}
		j.leased = true
		leased = append(leased, store.Leased{Lease: "l", Video: store.Video{VideoKey: j.VideoKey, User: j.User}})
	})
	return leased, ctx.Err()
}

// due is how many jobs wait for a time.
func (s *shelf) due(at time.Time) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, j := range s.jobs {
		if j.due.Equal(at) {
			n++
		}
	}
	return n
}

// allowance is a limiter: so much per user, or per provider, for good; a refusal waits a minute. Nobody is limited
// whose name it does not know.
type allowance struct {
	ratelimitv1.QuotaServiceClient
	mu        sync.Mutex
	left      map[string]int // by user or provider
	unlimited time.Duration  // what it says of those whom it does not know

	asked     [][]string // users, by call
	open      map[string][]string
	committed []string
	cancelled []string
	calls     map[string]int
	reserve   func() error // before each call, without the lock; nil: no error
	commit    func() error
}

const refusedFor = time.Minute

func newAllowance(left map[string]int) *allowance {
	return &allowance{left: left, open: map[string][]string{}, calls: map[string]int{}}
}

func (a *allowance) Reserve(_ context.Context, in *ratelimitv1.ReserveRequest, _ ...grpc.CallOption) (*ratelimitv1.ReserveResponse, error) {
	if a.reserve != nil {
		if err := a.reserve(); err != nil {
			return nil, err
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls["reserve"]++
	out := &ratelimitv1.ReserveResponse{}
	var users []string
	for _, e := range in.GetEntries() {
		users = append(users, e.GetDescriptors()["user"])
		out.Results = append(out.Results, a.decide(e))
	}
	a.asked = append(a.asked, users)
	return out, nil
}

func (a *allowance) decide(e *ratelimitv1.ReserveEntry) *ratelimitv1.ReserveResult {
	var charged []string
	var limits []*ratelimitv1.LimitStatus
	for _, name := range []string{"user", "provider"} {
		value := e.GetDescriptors()[name]
		switch left, known := a.left[value]; {
		case known && left == 0:
			limits = append(limits, &ratelimitv1.LimitStatus{Limit: name, Descriptors: []string{name}})
		case known:
			charged = append(charged, value)
		}
	}
	if len(limits) > 0 {
		return &ratelimitv1.ReserveResult{Outcome: &ratelimitv1.ReserveResult_Deferred{
			Deferred: &ratelimitv1.Deferral{RetryDuration: durationpb.New(refusedFor), Limits: limits},
		}}
	}
	granted := &ratelimitv1.Reservation{}
	if len(charged) == 0 && a.unlimited > 0 {
		granted.UnlimitedDuration = durationpb.New(a.unlimited)
	} else {
		granted.Reservation = e.GetKey()
		a.open[e.GetKey()] = charged
		for _, value := range charged {
			a.left[value]--
		}
	}
	return &ratelimitv1.ReserveResult{Outcome: &ratelimitv1.ReserveResult_Granted{Granted: granted}}
}

func (a *allowance) Commit(_ context.Context, in *ratelimitv1.CommitRequest, _ ...grpc.CallOption) (*ratelimitv1.CommitResponse, error) {
	if a.commit != nil {
		if err := a.commit(); err != nil {
			return nil, err
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls["commit"]++
	out := &ratelimitv1.CommitResponse{}
	for _, id := range in.GetReservations() {
		if _, ok := a.open[id]; !ok {
			out.NotCommitted = append(out.NotCommitted, id)
			continue
		}
		delete(a.open, id)
		a.committed = append(a.committed, id)
	}
	return out, nil
}

func (a *allowance) Cancel(_ context.Context, in *ratelimitv1.CancelRequest, _ ...grpc.CallOption) (*ratelimitv1.CancelResponse, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls["cancel"]++
	for _, id := range in.GetReservations() {
		for _, value := range a.open[id] {
			a.left[value]++
		}
		delete(a.open, id)
		a.cancelled = append(a.cancelled, id)
	}
	return &ratelimitv1.CancelResponse{}, nil
}

// dispatching is a dispatcher with fakes around it.
type dispatching struct {
	*dispatcher
	shelf *shelf
	limit *allowance
}

func dispatchOf(left map[string]int) dispatching {
	d := dispatching{shelf: &shelf{}, limit: newAllowance(left)}
	d.dispatcher = newDispatcher(d.shelf, d.limit, 30*time.Second, slog.New(slog.DiscardHandler))
	return d
}

// finish waits until everything is settled.
func (d dispatching) finish() error {
	ctx, stop := context.WithCancel(context.Background())
	stop()
	return d.run(ctx)
}
