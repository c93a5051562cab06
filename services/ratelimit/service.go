package ratelimit

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	"google.golang.org/grpc"

	"github.com/sheetreel/sheetreel/kit/run"
	"github.com/sheetreel/sheetreel/services/ratelimit/book"
	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/limits"
	"github.com/sheetreel/sheetreel/services/ratelimit/memory"
	"github.com/sheetreel/sheetreel/services/ratelimit/metrics"
	"github.com/sheetreel/sheetreel/services/ratelimit/quota"
	"github.com/sheetreel/sheetreel/services/ratelimit/wait"
)

// Config is what the service is configured with. The zero value is good.
type Config struct {
	Limits          string `help:"YAML file with the limits; the built-in limits when empty. It is read again when it changes." placeholder:"FILE" env:"SHEETREEL_LIMITS"`
	MaxKeys         int    `help:"How many keys (users, projects, sheets) may be counted at once." default:"1000000" env:"SHEETREEL_MAX_KEYS"`
	MaxPermits      int    `help:"How many permits can be cancelled at once; one more ends the oldest." default:"500000" env:"SHEETREEL_MAX_PERMITS"`
	MaxReservations int    `help:"How many reservations are remembered at once; one more makes the first to expire a charge for good." default:"500000" env:"SHEETREEL_MAX_RESERVATIONS"`
	Engine          string `help:"Where is counted: in memory, for one replica, or in redis (Redis or Valkey), for several." enum:"memory,redis" default:"memory" env:"SHEETREEL_LIMITS_ENGINE"`
	Redis           string `help:"Redis or Valkey for the redis engine: redis://HOST:PORT, rediss:// for TLS; for a cluster with further nodes, redis://HOST:PORT?addr=HOST:PORT." placeholder:"URL" env:"SHEETREEL_LIMITS_REDIS"`
	MaxWaiting      int    `help:"How many calls may wait for their turn at once." default:"10000" env:"SHEETREEL_MAX_WAITING"`
}

// Deps is what the service works with. The zero value is good.
type Deps struct {
	// Engine counts; this process's memory when nil.
	Engine engine.Engine
	// Shared says that other replicas use the engine too.
	Shared bool
	// Rules keeps the limits that the API makes; this process's memory when nil.
	Rules book.Store
	// Meters measures; the global provider when nil.
	Meters metric.MeterProvider
	// Log is where it logs; slog.Default when nil.
	Log *slog.Logger
	// Clock tells the time, with a monotonic reading; time.Now when nil.
	Clock func() time.Time
}

// openTimeout bounds reading the limits at the start.
const openTimeout = 30 * time.Second

// Service is the rate limit service.
type Service struct {
	book    *book.Book
	engine  engine.Engine
	quota   *quota.Service
	metrics *metrics.Metrics
	clock   func() time.Time
}

// New makes the service. It fails when the limits cannot be read or make no sense.
func New(cfg Config, deps Deps) (*Service, error) {
	if cfg.MaxKeys < 0 || cfg.MaxPermits < 0 || cfg.MaxReservations < 0 || cfg.MaxWaiting < 0 {
		return nil, fmt.Errorf("max keys %d, max permits %d, max reservations %d, max waiting %d: must not be negative",
			cfg.MaxKeys, cfg.MaxPermits, cfg.MaxReservations, cfg.MaxWaiting)
	}
	if deps.Meters == nil {
		deps.Meters = otel.GetMeterProvider()
	}
	deps, err := share(cfg, deps)
	if err != nil {
		return nil, err
	}
	if deps.Engine == nil {
		deps.Engine = memory.New(cfg.Memory(deps.Clock))
	}
	waiting := wait.New(waitingOf(cfg, deps), func(ctx context.Context, need *engine.Need) (engine.Outcome, error) {
		outcomes, err := deps.Engine.Decide(ctx, []engine.Need{*need}, nil)
		if err != nil {
			return engine.Outcome{}, err
		}
		return outcomes[0], nil
	})
	ctx, cancel := context.WithTimeout(context.Background(), openTimeout)
	defer cancel()
	rules, err := book.Open(ctx, book.Config{File: cfg.Limits}, book.Deps{
		Store: deps.Rules, Log: cmp.Or(deps.Log, slog.Default()), Clock: deps.Clock, Meter: deps.Meters.Meter(metrics.Scope),
		Changed: waiting.Refunded, // a limit may have been raised
	})
	if err != nil {
		return nil, err
	}
	counts, err := metrics.New(deps.Meters, waiting.Waiting)
	if err != nil {
		return nil, err
	}
	return &Service{
		book: rules, engine: deps.Engine, metrics: counts, clock: deps.Clock,
		quota: quota.New(quota.Deps{
			Engine: deps.Engine, Rules: rules.Set, Metrics: counts, Waiting: waiting, Clock: deps.Clock,
		}),
	}, nil
}

// Memory is the configuration of an engine in this process's memory.
func (c Config) Memory(clock func() time.Time) memory.Config {
	return memory.Config{MaxKeys: c.MaxKeys, MaxPermits: c.MaxPermits, MaxReservations: c.MaxReservations, Clock: clock}
}

// othersRefunds is how soon a caller that waits notices what was given back at another replica.
const othersRefunds = time.Second

func waitingOf(cfg Config, deps Deps) wait.Config {
	c := wait.Config{MaxWaiting: cfg.MaxWaiting}
	if deps.Shared {
		c.Recheck = othersRefunds
	}
	return c
}

// Register adds the service's API to a server.
func (s *Service) Register(r grpc.ServiceRegistrar) {
	s.quota.Register(r)
	limits.New(limits.Deps{Book: s.book, Engine: s.engine, Clock: s.clock}).Register(r)
}

// Run runs the engine and keeps the limits up to date until ctx ends, then returns nil. It first refuses all further calls, so
// that the engine's last state holds every decision.
func (s *Service) Run(ctx context.Context) error {
	var parts run.Group
	parts.Add("engine", s.engine.Run)
	parts.Add("limits", s.book.Run)
	parts.Add("quota", s.quota.Run)
	err := parts.Run(ctx)
	if closed := s.metrics.Close(); err == nil && closed != nil {
		err = fmt.Errorf("metrics: %w", closed)
	}
	return err
}
