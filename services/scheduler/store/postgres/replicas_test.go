package postgres

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sheetreel/sheetreel/kit/pg"
	"github.com/sheetreel/sheetreel/kit/pg/pgtest"
	"github.com/sheetreel/sheetreel/services/scheduler/clock"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
)

func TestReplicasStartTogether(t *testing.T) {
	dsn := pgtest.Schema(t)
	var group sync.WaitGroup
	for range 5 {
		group.Go(func() {
			s, err := Open(context.Background(), pg.Config{DSN: dsn, MaxConnections: 2}, ledger.Options{}, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Error(err)
				return
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	k := running(t, open(t, dsn), 1, time.Now())
	if _, err := open(t, dsn).BulkJob(t.Context(), k); err != nil {
		t.Errorf("a store that opens later: %v", err)
	}
}

func TestReplicasLeaseNothingTwice(t *testing.T) {
	const jobs = 60
	now := time.Now()
	dsn := pgtest.Schema(t)
	replicas := []*Store{open(t, dsn), open(t, dsn)}
	// Two bulk jobs in one order, so that each claim locks both.
	running(t, replicas[0], jobs/2, now)
	running(t, replicas[1], jobs/2, now)
	var mu sync.Mutex
	times := map[string]int{}
	var group sync.WaitGroup
	for _, s := range replicas {
		for range 4 {
			group.Go(func() {
				for {
					candidates, err := s.Candidates(context.Background(), store.Search{Limit: 5}, now)
					if err != nil {
						t.Error(err)
						return
					}
					if len(candidates) == 0 {
						return
					}
					leased, err := lease(context.Background(), s, 5, now)
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					for _, l := range leased {
						times[l.Video.Video]++
					}
					mu.Unlock()
				}
			})
		}
	}
	group.Wait()
	for id, n := range times {
		if n != 1 {
			t.Errorf("video job %s was leased %d times", id, n)
		}
	}
	if len(times) != jobs {
		t.Errorf("%d of %d were leased", len(times), jobs)
	}
}

func TestReplicasWakeEachOther(t *testing.T) {
	now := time.Now()
	dsn := pgtest.Schema(t)
	here, there := open(t, dsn), open(t, dsn)
	k := running(t, here, 1, now)
	// A listener wakes everybody once, when it connects; so only the later rounds tell. Nothing polls this topic.
	for round := range 5 {
		woken := there.Wake().Wait(store.TopicBulk(k))
		pauseOrResume(t, here, k, round, now)
		await(t, woken, fmt.Sprint("round ", round))
	}
	// What is said while the connection is down is not lost: the new one wakes everybody.
	woken := there.Wake().Wait("bulk/of/nobody")
	_, err := here.db.Pool.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND query LIKE '%' || $1 || '%'`, here.db.Schema)
	if err != nil {
		t.Fatal(err)
	}
	await(t, woken, "new connection")
	woken = there.Wake().Wait(store.TopicBulk(k))
	pauseOrResume(t, here, k, 5, now)
	await(t, woken, "after the new connection")
}

func pauseOrResume(t *testing.T, s *Store, k store.BulkKey, round int, now time.Time) {
	t.Helper()
	change := s.PauseBulkJob
	if round%2 == 1 {
		change = s.ResumeBulkJob
	}
	if _, err := change(t.Context(), store.Request{}, k, now); err != nil {
		t.Fatal(err)
	}
}

func await(t *testing.T, woken <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-woken:
	case <-time.After(time.Minute):
		t.Fatalf("%s: nobody was woken", what)
	}
}

// A watch learns of what another replica wrote, by LISTEN and also without.
func TestReplicasAreWatched(t *testing.T) {
	for name, listens := range map[string]bool{"with LISTEN": true, "without": false} {
		t.Run(name, func(t *testing.T) {
			now := time.Now()
			dsn := pgtest.Schema(t)
			here := open(t, dsn)
			there, err := begin(t.Context(), clock.ThisHost(), pg.Config{DSN: dsn, MaxConnections: 4}, ledger.Options{}, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { there.Close() })
			if listens {
				there.owned.Go(func() {
					listen(there.running, there.db, &there.wake, &there.hears, there.notify.sender, slog.New(slog.DiscardHandler))
				})
			}
			k := running(t, here, 1, now)
			f := follow(t, there)
			last := tail(t, there, k, 0)
			for round := range 4 {
				bulk, project := there.Wake().Wait(store.TopicBulk(k)), there.Wake().Wait(store.TopicProject(k.Project))
				pauseOrResume(t, here, k, round, now)
				// It may wake for nothing, so each looks until it sees what happened.
				for {
					await(t, bulk, "watch of the bulk job")
					bulk = there.Wake().Wait(store.TopicBulk(k))
					if next := tail(t, there, k, last); next > last {
						last = next
						break
					}
				}
				for n, held := 0, false; n == 0; n, held = f.read() {
					if !held {
						await(t, project, "watch of the project")
						project = there.Wake().Wait(store.TopicProject(k.Project))
					}
				}
			}
		})
	}
}

func TestPollWakesWithoutNotifications(t *testing.T) {
	s := open(t, pgtest.Schema(t))
	for _, topic := range []string{store.TopicQueue, store.TopicImports, store.TopicQueue} {
		await(t, s.Wake().Wait(topic), topic)
	}
}

func TestPayloadFits(t *testing.T) {
	tests := map[string]struct {
		topics int
		want   int // lines after the sender's; 1 that says everything when negative
	}{
		"few":            {3, 3},
		"the same twice": {2, 2},
		"too many":       {5000, -1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			n := newNotifier(nil, nil)
			for range 2 {
				for i := range test.topics {
					n.add([]string{store.TopicBulk(store.BulkKey{Project: "demo", ID: fmt.Sprintf("%036d", i)})})
				}
			}
			payload := n.payload(n.take())
			lines := strings.Split(payload, "\n")
			if len(payload) >= 8000 || lines[0] != n.sender {
				t.Errorf("payload of %d bytes by %q", len(payload), lines[0])
			}
			if test.want < 0 && (len(lines) != 2 || lines[1] != everything) || test.want >= 0 && len(lines) != 1+test.want {
				t.Errorf("payload = %.100q", payload)
			}
			if again := n.take(); len(again) > 0 {
				t.Errorf("afterwards %q is left", again)
			}
		})
	}
}
