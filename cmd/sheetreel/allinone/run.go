package allinone

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"

	"gocloud.dev/blob"
	"google.golang.org/grpc"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	renderv1 "github.com/sheetreel/sheetreel/gen/sheetreel/render/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/blobstore"
	"github.com/sheetreel/sheetreel/kit/grpckit"
	"github.com/sheetreel/sheetreel/kit/pg"
	"github.com/sheetreel/sheetreel/kit/run"
	"github.com/sheetreel/sheetreel/services/gateway"
	"github.com/sheetreel/sheetreel/services/ingest"
	"github.com/sheetreel/sheetreel/services/ratelimit"
	"github.com/sheetreel/sheetreel/services/render"
	"github.com/sheetreel/sheetreel/services/render/cache"
	"github.com/sheetreel/sheetreel/services/render/provider"
	"github.com/sheetreel/sheetreel/services/render/quality"
	"github.com/sheetreel/sheetreel/services/render/quote"
	"github.com/sheetreel/sheetreel/services/render/speech/espeak"
	"github.com/sheetreel/sheetreel/services/render/speech/httpvoice"
	"github.com/sheetreel/sheetreel/services/render/studio"
	"github.com/sheetreel/sheetreel/services/scheduler"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
	"github.com/sheetreel/sheetreel/services/scheduler/store/sqlite"
)

// Addresses are where a running Sheetreel is reached.
type Addresses struct {
	HTTP, GRPC string // HOST:PORT
}

// Deps is what Run works with.
type Deps struct {
	Log *slog.Logger
	// Ready is called once the gateway answers. When it returns, everything stops; at the end of its context it must.
	Ready func(context.Context, Addresses) error
	// Provider makes the videos; studio when nil.
	Provider provider.Provider
	// Probe measures a finished video; ffprobe does when nil.
	Probe func(ctx context.Context, path string) (*renderv1.Media, error)
}

// Run runs everything until ctx ends, then drains: the gateway first, the store last.
func Run(ctx context.Context, cfg Config, deps Deps) (err error) {
	claim, err := lockFolder(cfg.Data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, claim.release()) }()
	cfg.Gateway.HTTPListen, err = bindable(ctx, cfg.Gateway.HTTPListen, "--http-listen")
	if err != nil {
		return err
	}
	cfg.Gateway.GRPCListen, err = bindable(ctx, cfg.Gateway.GRPCListen, "--grpc-listen")
	if err != nil {
		return err
	}
	if cfg.Ingest.PublicURL == "" {
		cfg.Ingest.PublicURL = "http://" + cfg.Gateway.HTTPListen
	}
	b := &builder{cfg: cfg, deps: deps}
	defer func() { err = errors.Join(err, b.close()) }()
	if err := b.build(ctx); err != nil {
		return err
	}
	addresses := Addresses{HTTP: cfg.Gateway.HTTPListen, GRPC: cfg.Gateway.GRPCListen}
	b.Add("ready", func(ctx context.Context) error {
		if err := answering(ctx, addresses.GRPC); err != nil {
			return err
		}
		return deps.Ready(ctx, addresses)
	})
	return b.Run(ctx)
}

// answering waits until the gateway serves.
func answering(ctx context.Context, address string) error {
	conn, err := grpckit.Dial(address)
	if err != nil {
		return err
	}
	defer conn.Close()
	_, err = healthpb.NewHealthClient(conn).Check(ctx, &healthpb.HealthCheckRequest{}, grpc.WaitForReady(true))
	if ctx.Err() != nil {
		return nil // told to stop before it was ready
	}
	return err
}

// builder puts the services together. Parts stop in reverse order of their making.
type builder struct {
	run.Group
	cfg     Config
	deps    Deps
	server  *grpckit.Server
	conn    *grpc.ClientConn
	closers []func() error
}

func (b *builder) close() error {
	var err error
	for i := len(b.closers) - 1; i >= 0; i-- {
		err = errors.Join(err, b.closers[i]())
	}
	return err
}

// service is what every service is.
type service interface {
	Register(grpc.ServiceRegistrar)
	Run(context.Context) error
}

// add registers a service on the one server and lets it run.
func (b *builder) add(name string, s service) {
	s.Register(b.server)
	b.Add(name, s.Run)
}

func (b *builder) build(ctx context.Context) error {
	if err := b.serve(); err != nil {
		return err
	}
	if err := b.emulate(); err != nil {
		return err
	}
	store, err := sqlite.Open(ctx, b.cfg.database(), ledger.Options{Rates: b.cfg.Scheduler.ProviderRates})
	if err != nil {
		return err
	}
	b.closers = append(b.closers, store.Close)
	blobs, err := blobstore.Open(b.cfg.blobs())
	if err != nil {
		return err
	}
	b.closers = append(b.closers, blobs.Close)

	quota := ratelimitv1.NewQuotaServiceClient(b.conn)
	if err := b.limits(ctx); err != nil {
		return err
	}
	schedule, err := scheduler.New(b.cfg.Scheduler, scheduler.Deps{Store: store, Quota: quota, Log: b.named("scheduler")})
	if err != nil {
		return err
	}
	b.add("scheduler", schedule)
	imports, err := ingest.New(b.cfg.Ingest, ingest.Deps{
		Imports: schedulerv1.NewImportServiceClient(b.conn), Quota: quota, Costs: schedulerv1.NewCostServiceClient(b.conn),
		Jobs: schedulerv1.NewSchedulerServiceClient(b.conn), WriteBacks: schedulerv1.NewWriteBackServiceClient(b.conn),
		Polls: schedulerv1.NewSheetPollServiceClient(b.conn), Uploads: blobs, Log: b.named("ingest"),
	})
	if err != nil {
		return err
	}
	b.add("ingest", imports)
	if err := b.render(blobs); err != nil {
		return err
	}
	front, err := gateway.New(b.cfg.Gateway, gateway.Deps{
		Backends: gateway.Backends{Ingest: b.conn, Scheduler: b.conn, Ratelimit: b.conn, Render: b.conn},
		Blob:     blobs, Log: b.named("gateway"),
	})
	if err != nil {
		return err
	}
	b.Add("gateway", front.Run)
	return nil
}

// limits adds the rate limits. They have a database of their own, so that they never wait for the scheduler's writes.
func (b *builder) limits(ctx context.Context) error {
	deps, end, err := ratelimit.Keep(ctx, b.cfg.limits(), pg.Config{}, b.cfg.Ratelimit, ratelimit.Deps{Log: b.named("ratelimit")})
	if err != nil {
		return err
	}
	b.closers = append(b.closers, end)
	service, err := ratelimit.New(b.cfg.Ratelimit, deps)
	if err != nil {
		return err
	}
	b.add("ratelimit", service)
	return nil
}

// render adds the render worker.
func (b *builder) render(blobs *blob.Bucket) error {
	cfg := b.cfg.Render
	cfg.Scratch = b.cfg.scratch()
	if cfg.Assets.Dir == "" {
		cfg.Assets.Dir = filepath.Join(b.cfg.Data, "assets")
	}
	var kept *cache.Cache
	if b.deps.Provider == nil {
		var err error
		kept, err = cache.Open(b.cfg.cache(), cache.Deps{Log: b.named("cache")})
		if err != nil {
			return err
		}
		b.closers = append(b.closers, kept.Close)
	}
	voice, err := httpvoice.Open(b.cfg.Speech, b.cfg.Studio.FFmpeg, espeak.New(b.cfg.Espeak))
	if err != nil {
		return err
	}
	builtIn := studio.New(b.cfg.Studio, studio.Deps{Speech: voice, Cache: kept, Log: b.named("studio")})
	video, quotes := b.deps.Provider, quote.Open("")
	if video == nil {
		video, quotes = builtIn, quote.Open(b.cfg.cache().File("quotes.json"))
	}
	worker, err := render.New(cfg, render.Deps{
		Leases: schedulerv1.NewLeaseServiceClient(b.conn), Cleanup: schedulerv1.NewCleanupServiceClient(b.conn),
		Quota:    ratelimitv1.NewQuotaServiceClient(b.conn),
		Provider: video, Planner: builtIn, Quotes: quotes, Probe: b.deps.Probe, Look: b.look(), Blob: blobs, Log: b.named("render"),
	})
	if err != nil {
		return err
	}
	b.add("render", worker)
	return nil
}

// look is nil, which means the real one, except where files are probed by somebody else: they are no videos then.
func (b *builder) look() func(context.Context, quality.Job) (*quality.Report, error) {
	if b.deps.Probe == nil {
		return nil
	}
	return func(context.Context, quality.Job) (*quality.Report, error) { return &quality.Report{}, nil }
}

// serve makes the server in memory and the connection that everybody uses.
func (b *builder) serve() error {
	var err error
	if b.server, err = grpckit.NewServer(b.deps.Log); err != nil {
		return err
	}
	memory := grpckit.NewInProcess()
	if b.conn, err = memory.Dial(); err != nil {
		return err
	}
	b.closers = append(b.closers, b.conn.Close)
	b.Add("server", func(ctx context.Context) error { return b.server.Serve(ctx, memory.Listener) })
	return nil
}

func (b *builder) named(service string) *slog.Logger { return b.deps.Log.With("service", service) }
