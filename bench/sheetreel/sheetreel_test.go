package sheetreel

import (
	"path/filepath"
	"testing"

	"github.com/sheetreel/sheetreel/bench/database"
	"github.com/sheetreel/sheetreel/bench/load"
)

func TestStore(t *testing.T) {
	for _, bulks := range []int{1, 4} {
		insert, work, err := Store(t.Context(), filepath.Join(t.TempDir(), "x.db"), Shape{Jobs: 400, Bulks: bulks}, nil, func() error { return nil })
		if err != nil {
			t.Fatalf("%d bulk jobs: %v", bulks, err)
		}
		if insert.Jobs != 400 || work.Jobs != 400 || insert.Wall <= 0 || work.Wall <= 0 {
			t.Errorf("%d bulk jobs: insert %+v, work %+v", bulks, insert, work)
		}
	}
}

func TestRaceKeepsTheQueuesAndSkipsWhoHasNoQuota(t *testing.T) {
	ctx := t.Context()
	a, err := OpenQueue(ctx, filepath.Join(t.TempDir(), "a.db"), 200, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	b, err := OpenQueue(ctx, filepath.Join(t.TempDir(), "b.db"), 200, 150)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	const times = 5 // more than fit into the queues at the start
	ofA, ofB, err := Race(ctx, a, b, times)
	if err != nil {
		t.Fatal(err)
	}
	if len(ofA) != times || len(ofB) != times {
		t.Errorf("%d and %d claims", len(ofA), len(ofB))
	}
}

func TestServiceAndLatency(t *testing.T) {
	ctx := t.Context()
	server, err := database.Start(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop(ctx)
	err = server.Use(ctx, func(dsn string) error {
		_, work, events, err := Service(ctx, server, dsn, t.TempDir(), Shape{Jobs: 300, Bulks: 3})
		if work.Jobs != 300 || events < 4*300 {
			t.Errorf("work %+v with %d events", work, events)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, replicas := range []int{1, 2} {
		err = server.Use(ctx, func(dsn string) error {
			times, err := Latency(ctx, dsn, t.TempDir(), replicas, load.Pace(ctx, 5, 100))
			if len(times) != 5 {
				t.Errorf("%d of 5 jobs have started", len(times))
			}
			return err
		})
		if err != nil {
			t.Fatalf("%d replicas: %v", replicas, err)
		}
	}
}
