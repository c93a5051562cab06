package emulator

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// drainBound is how long requests under way may take when the emulator stops.
const drainBound = 5 * time.Second

// Serve serves on listener until ctx ends, and then waits for the requests under way. It owns the listener.
func (e *Emulator) Serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{
		Handler: e, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, WriteTimeout: 5 * time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 1 << 20,
	}
	end := make(chan error, 1)
	go func() { end <- server.Serve(listener) }()
	select {
	case err := <-end:
		return fmt.Errorf("sheets emulator: %w", err)
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainBound)
	defer cancel()
	err := server.Shutdown(drain)
	if err != nil {
		err = server.Close() // what still runs is cut off
	}
	if served := <-end; err == nil && !errors.Is(served, http.ErrServerClosed) {
		err = served
	}
	if err != nil {
		return fmt.Errorf("sheets emulator: %w", err)
	}
	return nil
}
