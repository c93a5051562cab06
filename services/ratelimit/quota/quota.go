package quota

import (
	"context"
	"time"

	"google.golang.org/grpc"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/kit/grpckit"
	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/match"
	"github.com/sheetreel/sheetreel/services/ratelimit/metrics"
	"github.com/sheetreel/sheetreel/services/ratelimit/wait"
)

// Deps is what the service works with. All but Clock are required.
type Deps struct {
	Engine engine.Engine
	// Rules gives the rules in force.
	Rules   func() *match.Set
	Metrics *metrics.Metrics
	Waiting *wait.Queue
	// Clock tells the time of day, by which overrides expire; time.Now when nil.
	Clock func() time.Time
}

// Service answers QuotaService.
type Service struct {
	ratelimitv1.UnimplementedQuotaServiceServer
	engine  engine.Engine
	rules   func() *match.Set
	metrics *metrics.Metrics
	waiting *wait.Queue
	clock   func() time.Time
	desk    desk
	gate    gate
}

// New makes the service.
func New(deps Deps) *Service {
	s := &Service{
		engine: deps.Engine, rules: deps.Rules, metrics: deps.Metrics, waiting: deps.Waiting, clock: deps.Clock,
		gate: gate{shutting: make(chan struct{})},
	}
	if s.clock == nil {
		s.clock = time.Now
	}
	return s
}

// Register adds the service to a server.
func (s *Service) Register(r grpc.ServiceRegistrar) {
	ratelimitv1.RegisterQuotaServiceServer(r, s)
	grpckit.AddPrecheck(r, fine)
}

// Run waits until ctx ends. When it returns, nothing is decided any more: the engine may then be told to stop.
func (s *Service) Run(ctx context.Context) error {
	<-ctx.Done()
	s.waiting.Close()
	s.gate.close()
	return nil
}
