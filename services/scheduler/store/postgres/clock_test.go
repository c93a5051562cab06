package postgres

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/durationpb"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/pg"
	"github.com/sheetreel/sheetreel/kit/pg/pgtest"
	"github.com/sheetreel/sheetreel/services/scheduler"
	"github.com/sheetreel/sheetreel/services/scheduler/clock"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
)

// generous is a limiter that counts nothing.
type generous struct{ ratelimitv1.QuotaServiceClient }

func (generous) Reserve(_ context.Context, in *ratelimitv1.ReserveRequest, _ ...grpc.CallOption) (*ratelimitv1.ReserveResponse, error) {
	out := &ratelimitv1.ReserveResponse{}
	for range in.GetEntries() {
		granted := &ratelimitv1.Reservation{UnlimitedDuration: durationpb.New(time.Hour)}
		out.Results = append(out.Results, &ratelimitv1.ReserveResult{Outcome: &ratelimitv1.ReserveResult_Granted{Granted: granted}})
	}
	return out, nil
}

// expiring is a store that tells each look for leases that are over.
type expiring struct {
	store.Store
	looked chan int
}

func (e expiring) Expire(ctx context.Context, limit int, now time.Time) (int, error) {
	n, err := e.Store.Expire(ctx, limit, now)
	select {
	case e.looked <- n:
	case <-ctx.Done():
	}
	return n, err
}

// wall is a wall clock that is wrong, and can be turned.
type wall struct {
	mu sync.Mutex
	by time.Duration
}

func (w *wall) turn(by time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.by += by
}

func (w *wall) host() clock.Host {
	h := clock.ThisHost()
	h.Wall = func() time.Time {
		w.mu.Lock()
		defer w.mu.Unlock()
		return time.Now().Add(w.by)
	}
	return h
}

// replica runs a scheduler on a host with such a clock until the end of the test.
func replica(t *testing.T, dsn string, w *wall) (*scheduler.Service, *Store, <-chan int) {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	s, err := OpenOn(t.Context(), w.host(), pg.Config{DSN: dsn, MaxConnections: 4}, ledger.Options{}, log)
	if err != nil {
		t.Fatal(err)
	}
	e := expiring{s, make(chan int)}
	service, err := scheduler.New(scheduler.Config{LeaseDuration: 30 * time.Second}, scheduler.Deps{Store: e, Quota: generous{}, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var owner sync.WaitGroup
	owner.Go(func() {
		if err := service.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() {
		stop()
		owner.Wait()
		s.Close()
	})
	return service, s, e.looked
}

// The wall clock of a scheduler's host decides nothing: it neither takes leases of others away nor loses its own.
func TestReplicasAgreeOnTheTime(t *testing.T) {
	for name, test := range map[string]struct{ wrong, turn time.Duration }{
		"an hour ahead":             {time.Hour, 0},
		"an hour behind":            {-time.Hour, 0},
		"an hour ahead, meanwhile":  {0, time.Hour},
		"an hour behind, meanwhile": {0, -time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dsn := pgtest.Schema(t)
			there := &wall{by: test.wrong}
			right, s, looked := replica(t, dsn, &wall{})
			wrong, other, lookedToo := replica(t, dsn, there)
			running(t, s, 2, s.Clock().Now())
			var tokens []string
			for _, service := range []*scheduler.Service{right, wrong} {
				out, err := service.LeaseVideoJobs(t.Context(), &schedulerv1.LeaseVideoJobsRequest{Worker: "w", MaxCount: 1})
				if err != nil || len(out.GetLeases()) != 1 {
					t.Fatalf("%d leases, error %v", len(out.GetLeases()), err)
				}
				tokens = append(tokens, out.GetLeases()[0].GetLeaseToken())
			}
			there.turn(test.turn)
			for range store.MaxCrashes {
				for _, ended := range []<-chan int{looked, lookedToo} {
					if n := <-ended; n > 0 {
						t.Errorf("%d leases were ended", n)
					}
				}
			}
			if d := other.Clock().Now().Sub(s.Clock().Now()).Abs(); d > time.Minute {
				t.Errorf("the clocks are %v apart", d)
			}
			for i, service := range []*scheduler.Service{wrong, right} { // each renews the other's
				out, err := service.Heartbeat(t.Context(), &schedulerv1.HeartbeatRequest{Worker: "w", Leases: []*schedulerv1.LeaseReport{{LeaseToken: tokens[i]}}})
				if err != nil || out.GetLeases()[0].GetVerdict() != schedulerv1.LeaseStatus_OK {
					t.Errorf("heartbeat: %v, error %v", out, err)
				}
			}
		})
	}
}
