package ratelimit

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"google.golang.org/grpc"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	memory "github.com/sheetreel/sheetreel/services/ratelimit/former"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

// Config is what the service is configured with. The zero value is good.
type Config struct {
	Limits          string `help:"YAML file with the limits; the built-in limits when empty." placeholder:"FILE" env:"SHEETREEL_LIMITS"`
	MaxKeys         int    `help:"How many keys (users, projects, sheets) may be counted at once." default:"1000000" env:"SHEETREEL_MAX_KEYS"`
	MaxPermits      int    `help:"How many permits can be cancelled at once; one more ends the oldest." default:"500000" env:"SHEETREEL_MAX_PERMITS"`
	MaxReservations int    `help:"How many reservations are remembered at once; one more makes the first to expire a charge for good." default:"500000" env:"SHEETREEL_MAX_RESERVATIONS"`
}

// Deps is what the service works with.
type Deps struct {
	// Log is where it logs; slog.Default when nil.
	Log *slog.Logger
	// Clock tells the time, by a monotonic clock; time.Now when nil.
	Clock func() time.Time
}

// Service is the rate limit service.
type Service struct {
	rules  []rule.Rule // by name
	engine *memory.Engine
}

// New makes the service. It fails when the limits cannot be read or make no sense.
func New(cfg Config, deps Deps) (*Service, error) {
	if cfg.MaxKeys < 0 || cfg.MaxPermits < 0 || cfg.MaxReservations < 0 {
		return nil, fmt.Errorf("max keys %d, max permits %d, max reservations %d: must not be negative",
			cfg.MaxKeys, cfg.MaxPermits, cfg.MaxReservations)
	}
	rules, err := loadRules(cfg.Limits)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(rules, func(a, b rule.Rule) int { return cmp.Compare(a.Name, b.Name) })
	log := cmp.Or(deps.Log, slog.Default())
	log.Info("limits loaded", "count", len(rules), "file", cfg.Limits)
	engine := memory.New(rules, memory.Config{
		MaxKeys: cfg.MaxKeys, MaxPermits: cfg.MaxPermits, MaxReservations: cfg.MaxReservations, Clock: deps.Clock,
	})
	return &Service{rules: rules, engine: engine}, nil
}

func loadRules(file string) ([]rule.Rule, error) {
	if file == "" {
		return rule.Default()
	}
	return rule.Load(file)
}

// Register adds the service's API to a server.
func (s *Service) Register(r grpc.ServiceRegistrar) {
	ratelimitv1.RegisterQuotaServiceServer(r, &quotaService{engine: s.engine})
	ratelimitv1.RegisterRateLimitServiceServer(r, &rateLimitService{rules: s.rules})
}

// Run gives memory back until ctx ends, then returns nil.
func (s *Service) Run(ctx context.Context) error { return s.engine.Run(ctx) }
