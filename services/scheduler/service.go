package scheduler

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"time"

	"google.golang.org/grpc"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/run"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/webhook"
)

// Deps are what the scheduler needs of others. The caller owns and closes them.
type Deps struct {
	Store store.Store
	Quota ratelimitv1.QuotaServiceClient
	Log   *slog.Logger
}

// Service is the scheduler.
type Service struct {
	schedulerv1.UnimplementedSchedulerServiceServer
	schedulerv1.UnimplementedLeaseServiceServer
	schedulerv1.UnimplementedImportServiceServer
	schedulerv1.UnimplementedCleanupServiceServer
	schedulerv1.UnimplementedCostServiceServer
	schedulerv1.UnimplementedWebhookServiceServer
	schedulerv1.UnimplementedWriteBackServiceServer
	schedulerv1.UnimplementedConnectedSheetServiceServer
	schedulerv1.UnimplementedSheetPollServiceServer

	config   Config
	store    store.Store
	log      *slog.Logger
	now      func() time.Time
	random   func() float64
	dispatch *dispatcher
	webhooks *webhook.Sender

	bulkReader    *bulkReader
	projectReader *projectReader
	peaks         *peaks
	stall         time.Duration // how long a watcher may take nothing
}

// New makes a scheduler. Its loops run in Run.
func New(config Config, deps Deps) (*Service, error) {
	if err := config.validate(); err != nil {
		return nil, fmt.Errorf("scheduler: %w", err)
	}
	deps.Store.Govern(store.Rules{Offsets: config.Offsets, Sharing: config.Sharing, Limits: config.Limits})
	s := &Service{config: config, store: deps.Store, log: deps.Log, now: deps.Store.Clock().Now, random: mathrand.Float64}
	s.bulkReader = newReader[int64, schedulerv1.WatchBulkJobResponse]()
	s.projectReader = newReader[store.ProjectPlace, schedulerv1.WatchProjectResponse]()
	s.peaks = newPeaks()
	s.stall = stallMost
	s.dispatch = newDispatcher(deps.Store, deps.Quota, config.LeaseDuration, deps.Log)
	s.webhooks = webhook.New(config.Webhooks, webhook.Deps{Store: deps.Store, Wake: deps.Store.Wake(), Now: deps.Store.Clock().Now, Log: deps.Log})
	return s, nil
}

// Register puts the scheduler's services onto a server.
func (s *Service) Register(r grpc.ServiceRegistrar) {
	schedulerv1.RegisterSchedulerServiceServer(r, s)
	schedulerv1.RegisterLeaseServiceServer(r, s)
	schedulerv1.RegisterImportServiceServer(r, s)
	schedulerv1.RegisterCleanupServiceServer(r, s)
	schedulerv1.RegisterCostServiceServer(r, s)
	schedulerv1.RegisterWebhookServiceServer(r, s)
	schedulerv1.RegisterWriteBackServiceServer(r, s)
	schedulerv1.RegisterConnectedSheetServiceServer(r, s)
	schedulerv1.RegisterSheetPollServiceServer(r, s)
}

// Run keeps the store in order until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	var g run.Group
	g.Add("settle quota", s.dispatch.run)
	g.Add("expire leases", s.expireLoop)
	g.Add("end overdue bulk jobs", s.endOverdueLoop)
	g.Add("forget requests", s.forgetLoop)
	g.Add("expire dead letters", s.expireLettersLoop)
	g.Add("send webhooks", s.webhooks.Run)
	s.upkeep(&g)
	return g.Run(ctx)
}

// newLease makes a random 128-bit lease id. Nobody can guess it, and unlike a counter it stays unique after the
// store was restored from a backup.
func newLease() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails: see its documentation
	return hex.EncodeToString(id[:])
}
