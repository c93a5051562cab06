package e2e

import (
	"context"
	"net"
	"testing"
	"time"
)

// bound is how long anything may take that a test waits for. It is far more than needed: it only ends a test that
// would hang.
const bound = 2 * time.Minute

// bounded gives a context that ends with the test, or when waiting makes no sense any more.
func bounded(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), bound)
	t.Cleanup(cancel)
	return ctx
}

// eventually waits for a condition that nothing announces.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	within(t, bound, what, holds)
}

// within waits for a condition that nothing announces, but not longer than a limit that has a meaning.
func within(t *testing.T, limit time.Duration, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-ctx.Done():
			t.Fatalf("%s: not after %v", what, limit)
		case <-tick.C:
		}
	}
}

// freeAddress gives an address of this machine that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}
