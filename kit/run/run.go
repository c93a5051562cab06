// Package run is the one contract of everything that runs in the background: a function that works until its
// context ends and then returns. A Group owns such functions and waits for all of them.
package run

import (
	"context"
	"errors"
	"fmt"
	"os/signal"
	"syscall"
)

// Func works until ctx ends, then cleans up and returns nil. Any other return stops the group it belongs to.
type Func func(ctx context.Context) error

// Group runs functions together. The zero value is ready.
type Group struct {
	parts []part
}

type part struct {
	name string
	fn   Func
}

// Add puts a function into the group, before Run.
func (g *Group) Add(name string, fn Func) {
	g.parts = append(g.parts, part{name, fn})
}

var errEnded = errors.New("ended without saying why")

// Run starts all functions, and stops them in reverse order of Add: each is told to stop only after those
// added later have returned, so that what others depend on is added first. It stops when ctx ends or when any
// function returns, and returns the first error that is not a context's end.
func (g *Group) Run(ctx context.Context) error {
	type end struct {
		index int
		err   error
	}
	ends := make(chan end, len(g.parts))
	cancels := make([]context.CancelFunc, len(g.parts))
	for i, p := range g.parts {
		// Parts outlive ctx: their own cancel, called in order below, is what ends them.
		partCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
		cancels[i] = cancel
		go func() {
			err := errEnded // a part whose goroutine exits must not be waited for for ever
			defer func() { ends <- end{i, err} }()
			err = p.fn(partCtx)
		}()
	}
	done := make([]bool, len(g.parts))
	var first error
	note := func(e end) {
		done[e.index] = true
		if e.err != nil && !errors.Is(e.err, context.Canceled) && first == nil {
			first = fmt.Errorf("%s: %w", g.parts[e.index].name, e.err)
		}
	}
	if len(g.parts) > 0 {
		select {
		case <-ctx.Done():
		case e := <-ends:
			note(e)
		}
	}
	for i := len(g.parts) - 1; i >= 0; i-- {
		cancels[i]()
		for !done[i] {
			note(<-ends)
		}
	}
	return first
}

// Main runs fn until SIGINT or SIGTERM.
func Main(fn Func) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	err := fn(ctx)
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
