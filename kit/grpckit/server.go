package grpckit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc/filters"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"
)

const (
	maxMessageBytes = 8 << 20
	drainBound      = 20 * time.Second
	streamWorkers   = 64
)

// Server is a gRPC server with health, reflection and graceful drain. Register services on it before Serve.
type Server struct {
	*grpc.Server
	health *health.Server
	drain  *drain
	chain  *chain
	log    *slog.Logger
}

// NewServer builds a server. More options are added after ours.
func NewServer(log *slog.Logger, options ...grpc.ServerOption) (*Server, error) {
	d := &drain{done: make(chan struct{})}
	chain, err := newChain(log, d)
	if err != nil {
		return nil, err
	}
	options = append([]grpc.ServerOption{
		grpc.StatsHandler(otelgrpc.NewServerHandler(otelgrpc.WithFilter(filters.Not(filters.HealthCheck())))),
		grpc.ChainUnaryInterceptor(chain.unary()...),
		grpc.ChainStreamInterceptor(chain.stream()...),
		grpc.MaxRecvMsgSize(maxMessageBytes),
		grpc.ForceServerCodecV2(newCodec()),
		// A goroutine for each call begins with a small stack, and growing it costs a tenth of a cheap call. Workers keep
		// theirs. When all of them are in a call, the next one gets a goroutine of its own.
		grpc.NumStreamWorkers(streamWorkers),
		// Watches end themselves after ten minutes, inside the grace, so that no caller sees UNAVAILABLE.
		grpc.KeepaliveParams(keepalive.ServerParameters{
			MaxConnectionAge: 5 * time.Minute, MaxConnectionAgeGrace: 12 * time.Minute,
			Time: time.Minute, Timeout: 20 * time.Second,
		}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 20 * time.Second, PermitWithoutStream: true}),
	}, options...)
	s := &Server{Server: grpc.NewServer(options...), health: health.NewServer(), drain: d, chain: chain, log: log}
	healthpb.RegisterHealthServer(s.Server, s.health)
	return s, nil
}

// AddPrecheck lets a service whose calls are cheap beside their validation look at its requests by hand first. On a
// registrar that is no [Server] it does nothing. Call it before Serve.
func AddPrecheck(r grpc.ServiceRegistrar, fine Precheck) {
	if s, ok := r.(*Server); ok {
		s.chain.prechecks = append(s.chain.prechecks, fine)
	}
}

// Serve serves on all listeners until ctx ends, then drains. It owns the listeners.
func (s *Server) Serve(ctx context.Context, listeners ...net.Listener) error {
	reflection.Register(s.Server)
	for name := range s.GetServiceInfo() {
		s.health.SetServingStatus(name, healthpb.HealthCheckResponse_SERVING)
	}
	ends := make(chan error, len(listeners))
	for _, l := range listeners {
		s.log.Info("listening", "address", l.Addr().String())
		go func() { ends <- s.Server.Serve(l) }()
	}
	var first error
	running := len(listeners)
	select {
	case <-ctx.Done():
	case err := <-ends:
		running--
		first = err
	}
	s.stop()
	for ; running > 0; running-- {
		if err := <-ends; first == nil {
			first = err
		}
	}
	if first != nil && !errors.Is(first, grpc.ErrServerStopped) {
		return fmt.Errorf("grpc server: %w", first)
	}
	return nil
}

// stop drains: no new calls, then waits for those under way, but not for ever.
func (s *Server) stop() {
	s.health.Shutdown()
	s.drain.begin()
	done := make(chan struct{})
	go func() { s.GracefulStop(); close(done) }()
	timer := time.NewTimer(drainBound)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
		s.log.Warn("drain took too long; ending the calls under way")
		s.Stop()
		<-done
	}
}

// drain is closed once, when its server begins to stop.
type drain struct {
	once sync.Once
	done chan struct{}
}

func (d *drain) begin() { d.once.Do(func() { close(d.done) }) }

type drainKey struct{}

// Draining is closed when the server that handles ctx begins to drain. A handler that waits or streams selects on
// it and ends early with what it has. Outside a handler it never closes.
func Draining(ctx context.Context) <-chan struct{} {
	if d, ok := ctx.Value(drainKey{}).(*drain); ok {
		return d.done
	}
	return nil
}
