package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"gocloud.dev/blob"
	"google.golang.org/grpc"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/kit/grpckit"
	"github.com/sheetreel/sheetreel/kit/run"
	"github.com/sheetreel/sheetreel/services/gateway/limit"
)

// Config says where the gateway listens. Zero values are not defaults here: kong fills them.
type Config struct {
	HTTPListen  string `help:"Address to serve JSON, server-sent events, downloads and the page on." placeholder:"HOST:PORT" default:"127.0.0.1:8080" env:"SHEETREEL_HTTP_LISTEN"`
	GRPCListen  string `help:"Address to serve gRPC on for clients." placeholder:"HOST:PORT" default:"127.0.0.1:9100" env:"SHEETREEL_GRPC_LISTEN"`
	PageProject string `help:"Project that the page opens with." default:"default" env:"SHEETREEL_PAGE_PROJECT"`
	APILimits   bool   `name:"api-limits" help:"Count API calls by the limits with the actions api.read, api.write and api.watch." default:"true" negatable:"" env:"SHEETREEL_API_LIMITS"`
	// TrustedProxies are read by limit.ParseProxies.
	TrustedProxies []string      `help:"Addresses or networks of the proxies in front, whose X-Forwarded-For is believed." placeholder:"NETWORK" env:"SHEETREEL_TRUSTED_PROXIES"`
	MaxUpload      int64         `help:"The largest file that can be uploaded, in bytes." default:"67108864" env:"SHEETREEL_MAX_UPLOAD"`
	DrainDelay     time.Duration `help:"Keep serving for so long after readiness has turned false, so that a load balancer notices." default:"0s" env:"SHEETREEL_DRAIN_DELAY"`
}

// Backends are connections to the services behind the gateway; in one process they are all the same.
type Backends struct {
	Ingest, Scheduler, Ratelimit, Render grpc.ClientConnInterface
}

// Deps is what the gateway works with.
type Deps struct {
	Backends Backends
	// Blob holds the artifacts that render workers publish.
	Blob *blob.Bucket
	// Log is slog's default when nil.
	Log *slog.Logger
}

// Service is the gateway.
type Service struct {
	cfg      Config
	backends Backends
	blob     *blob.Bucket
	log      *slog.Logger
	methods  []publicService
	// limiter counts the calls of the API; nil when they are not counted.
	limiter *limit.Limiter
	proxies limit.Proxies
	handler http.Handler
	// unready turns /readyz false before anything else stops.
	unready atomic.Bool
	// draining is closed when streams must end.
	draining chan struct{}
}

const (
	readHeaderTimeout = 10 * time.Second
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 64 << 10
	drainBound        = 20 * time.Second
)

// New builds the gateway. It opens nothing: backends may still be down.
func New(cfg Config, deps Deps) (*Service, error) {
	if deps.Blob == nil {
		return nil, errors.New("gateway: a blob store is required")
	}
	b := deps.Backends
	for name, conn := range b.byName() {
		if conn == nil {
			return nil, fmt.Errorf("gateway: a connection to %s is required", name)
		}
	}
	if deps.Log == nil {
		deps.Log = slog.Default()
	}
	s := &Service{cfg: cfg, blob: deps.Blob, log: deps.Log, draining: make(chan struct{})}
	s.backends = Backends{
		Ingest:    upstream{b.Ingest, s.draining},
		Scheduler: upstream{b.Scheduler, s.draining},
		Ratelimit: upstream{b.Ratelimit, s.draining},
		Render:    upstream{b.Render, s.draining},
	}
	var err error
	if s.proxies, err = limit.ParseProxies(cfg.TrustedProxies); err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	calls := map[string]limit.Call{}
	if cfg.APILimits {
		s.limiter = limit.New(ratelimitv1.NewQuotaServiceClient(b.Ratelimit), s.log)
		s.backends = s.backends.counted(s.limiter, calls)
	}
	if s.methods, err = publicServices(s.backends.byName(), s.countGRPC); err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	maps.Copy(calls, countable(s.methods))
	if s.handler, err = s.routes(); err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	return s, nil
}

// Handler serves everything that the gateway offers over HTTP.
func (s *Service) Handler() http.Handler { return s.handler }

// Run listens on both addresses until ctx ends, then drains: readiness turns false, streams end in good order,
// calls under way are finished.
func (s *Service) Run(ctx context.Context) error {
	front, err := grpckit.NewServer(s.log)
	if err != nil {
		return err
	}
	s.Register(front)
	grpcListener, err := net.Listen("tcp", s.cfg.GRPCListen)
	if err != nil {
		return fmt.Errorf("listen for gRPC: %w", err)
	}
	httpListener, err := net.Listen("tcp", s.cfg.HTTPListen)
	if err != nil {
		grpcListener.Close()
		return fmt.Errorf("listen for HTTP: %w", err)
	}
	var g run.Group
	g.Add("grpc", func(ctx context.Context) error { return front.Serve(ctx, grpcListener) })
	g.Add("http", func(ctx context.Context) error { return s.serveHTTP(ctx, httpListener) })
	g.Add("uploads", s.sweepUploads)
	g.Add("readiness", s.announceEnd)
	return g.Run(ctx)
}

// announceEnd waits for the end, and is the first to act on it.
func (s *Service) announceEnd(ctx context.Context) error {
	<-ctx.Done()
	s.unready.Store(true)
	time.Sleep(s.cfg.DrainDelay)
	close(s.draining)
	return nil
}

func (s *Service) serveHTTP(ctx context.Context, listener net.Listener) error {
	server := &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: readHeaderTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
		// No WriteTimeout: watches and downloads are long. Each single write has a deadline; see slowReaders.
	}
	s.log.Info("listening", "address", listener.Addr().String(), "protocol", "http")
	end := make(chan error, 1)
	go func() { end <- server.Serve(listener) }()
	select {
	case err := <-end:
		return fmt.Errorf("http server: %w", err)
	case <-ctx.Done():
	}
	bound, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainBound)
	defer cancel()
	if err := server.Shutdown(bound); err != nil {
		s.log.Warn("drain took too long; closing the connections that are left")
		server.Close()
	}
	<-end // always http.ErrServerClosed after Shutdown
	return nil
}

// byName keys the backends by the second part of their protos' package.
func (b Backends) byName() map[string]grpc.ClientConnInterface {
	return map[string]grpc.ClientConnInterface{
		"ingest": b.Ingest, "scheduler": b.Scheduler, "ratelimit": b.Ratelimit, "render": b.Render,
	}
}

// counted gives the connections on which calls are counted.
func (b Backends) counted(limiter *limit.Limiter, calls map[string]limit.Call) Backends {
	return Backends{
		Ingest:    counted{b.Ingest, limiter, calls},
		Scheduler: counted{b.Scheduler, limiter, calls},
		Ratelimit: counted{b.Ratelimit, limiter, calls},
		Render:    counted{b.Render, limiter, calls},
	}
}
