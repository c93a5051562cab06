package grpckit

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"runtime"

	"google.golang.org/grpc"

	"github.com/sheetreel/sheetreel/kit/config"
	"github.com/sheetreel/sheetreel/kit/obs"
	"github.com/sheetreel/sheetreel/kit/run"
)

// ServiceConfig is what every service's own process is configured with.
type ServiceConfig struct {
	config.File
	obs.LogConfig
	Listen string `help:"Address to serve gRPC on." placeholder:"HOST:PORT" required:"" env:"SHEETREEL_LISTEN"`
}

// ballastBytes is how much more memory a process may need for garbage.
const ballastBytes = 64 << 20

// Serve runs a service as a process of its own: it listens, serves what build registers, runs the parts that
// build adds to the group, and drains when told to stop. Parts stop before the server does.
func (c ServiceConfig) Serve(ctx context.Context, name string, build func(ctx context.Context, b *Builder) error) error {
	log := obs.NewLogger(c.LogConfig, name, os.Stderr)
	server, err := NewServer(log)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	b := &Builder{Server: server, Log: log}
	defer b.close()
	// A service holds little and makes much garbage, which would be collected many times a second: a third of the CPU time
	// of a cheap call. Memory that nobody touches lets the collector wait for as much garbage, and no longer than that.
	ballast := make([]byte, ballastBytes)
	defer runtime.KeepAlive(&ballast)
	b.Add("grpc server", func(ctx context.Context) error { return server.Serve(ctx, listener) })
	err = build(ctx, b)
	if err != nil {
		listener.Close()
		return fmt.Errorf("%s: %w", name, err)
	}
	return b.Run(ctx)
}

// Builder is what a service's main builds with.
type Builder struct {
	run.Group
	Server  *Server
	Log     *slog.Logger
	closers []func() error
}

// Dial connects to a peer until the process ends.
func (b *Builder) Dial(target string) (*grpc.ClientConn, error) {
	conn, err := Dial(target)
	if err == nil {
		b.Defer(conn.Close)
	}
	return conn, err
}

// Defer closes something when the process ends, after everything has stopped.
func (b *Builder) Defer(fn func() error) { b.closers = append(b.closers, fn) }

func (b *Builder) close() {
	for i := len(b.closers) - 1; i >= 0; i-- {
		_ = b.closers[i]() // nothing is left that could act on it
	}
}
