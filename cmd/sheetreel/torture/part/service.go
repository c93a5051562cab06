// Package part holds the processes of a campaign as commands of this program: the real scheduler and rate limit
// services, and the worker and the enqueuer that call them. Only a campaign starts them.
package part

import (
	"context"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/kit/grpckit"
	"github.com/sheetreel/sheetreel/kit/obs"
	"github.com/sheetreel/sheetreel/kit/pg"
	"github.com/sheetreel/sheetreel/services/ratelimit"
	"github.com/sheetreel/sheetreel/services/scheduler"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
	"github.com/sheetreel/sheetreel/services/scheduler/store/open"
)

// Commands are the processes of a campaign.
type Commands struct {
	Scheduler Scheduler `cmd:"" help:"A scheduler."`
	Ratelimit Ratelimit `cmd:"" help:"The rate limit service."`
	Worker    Worker    `cmd:"" help:"A worker."`
	Enqueuer  Enqueuer  `cmd:"" help:"The process that makes the work."`
}

// serve is what both services are served with.
func serve(listen string) grpckit.ServiceConfig {
	return grpckit.ServiceConfig{Listen: listen, LogConfig: obs.LogConfig{LogLevel: "warn", LogFormat: "text"}}
}

// Scheduler is a scheduler process.
type Scheduler struct {
	scheduler.Config
	Postgres  pg.Config      `embed:""`
	Ledger    ledger.Options `embed:""`
	Listen    string         `help:"Address to serve gRPC on." required:""`
	Ratelimit string         `help:"Address of the rate limit service." required:""`
	Database  string         `help:"SQLite database file, or a postgres:// URL." required:""`
}

// Run serves until ctx ends.
func (c Scheduler) Run(ctx context.Context) error {
	return serve(c.Listen).Serve(ctx, "scheduler", func(ctx context.Context, b *grpckit.Builder) error {
		c.Postgres.Name = "sheetreel-torture"
		store, err := open.Store(ctx, c.Database, c.Postgres, c.Ledger, b.Log)
		if err != nil {
			return err
		}
		b.Defer(store.Close)
		conn, err := b.Dial(c.Ratelimit)
		if err != nil {
			return err
		}
		service, err := scheduler.New(c.Config, scheduler.Deps{Store: store, Quota: ratelimitv1.NewQuotaServiceClient(conn), Log: b.Log})
		if err != nil {
			return err
		}
		service.Register(b.Server)
		b.Add("scheduler", service.Run)
		return nil
	})
}

// Ratelimit is the process of the rate limit service.
type Ratelimit struct {
	ratelimit.Config
	Listen string `help:"Address to serve gRPC on." required:""`
}

// Run serves until ctx ends.
func (c Ratelimit) Run(ctx context.Context) error {
	return serve(c.Listen).Serve(ctx, "ratelimit", func(_ context.Context, b *grpckit.Builder) error {
		service, err := ratelimit.New(c.Config, ratelimit.Deps{Log: b.Log})
		if err != nil {
			return err
		}
		service.Register(b.Server)
		b.Add("ratelimit", service.Run)
		return nil
	})
}
