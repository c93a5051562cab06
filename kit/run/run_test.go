package run

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"testing"
)

func TestGroupStopsInReverseOrder(t *testing.T) {
	var g Group
	ends := make(chan string, 3)
	for _, name := range []string{"store", "server", "worker"} {
		g.Add(name, func(ctx context.Context) error {
			<-ctx.Done()
			ends <- name
			return nil
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := g.Run(ctx); err != nil {
		t.Fatal(err)
	}
	got := []string{<-ends, <-ends, <-ends}
	if want := []string{"worker", "server", "store"}; !slices.Equal(got, want) {
		t.Errorf("stopped in order %v, want %v", got, want)
	}
}

func TestGroupStopsWhenAPartFails(t *testing.T) {
	var g Group
	broken := errors.New("disk full")
	g.Add("server", func(ctx context.Context) error { <-ctx.Done(); return nil })
	g.Add("store", func(context.Context) error { return broken })
	if err := g.Run(t.Context()); !errors.Is(err, broken) {
		t.Errorf("Run = %v, want %v", err, broken)
	}
}

func TestAPartWhoseGoroutineExitsEndsTheGroup(t *testing.T) {
	var g Group
	stopped := false
	g.Add("waits", func(ctx context.Context) error { <-ctx.Done(); stopped = true; return nil })
	g.Add("exits", func(context.Context) error { runtime.Goexit(); return nil })
	if err := g.Run(t.Context()); err == nil || !stopped {
		t.Errorf("error %v, the other part stopped: %v; want an error and true", err, stopped)
	}
}
