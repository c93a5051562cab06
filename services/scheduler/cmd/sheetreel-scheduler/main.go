// Command sheetreel-scheduler runs the scheduler service as a process of its own.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/kit/config"
	"github.com/sheetreel/sheetreel/kit/grpckit"
	"github.com/sheetreel/sheetreel/kit/pg"
	"github.com/sheetreel/sheetreel/kit/run"
	"github.com/sheetreel/sheetreel/services/scheduler"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
	"github.com/sheetreel/sheetreel/services/scheduler/store/open"
)

type settings struct {
	grpckit.ServiceConfig
	scheduler.Config
	Postgres  pg.Config      `embed:""`
	Ledger    ledger.Options `embed:""`
	Ratelimit string         `help:"Address of the ratelimit service." placeholder:"HOST:PORT" default:"127.0.0.1:9103" env:"SHEETREEL_RATELIMIT"`
	Database  string         `help:"SQLite database file, or a postgres:// URL." placeholder:"FILE|URL" default:"sheetreel-data/sheetreel.db" env:"SHEETREEL_DATABASE"`
}

func main() {
	var c settings
	err := config.Parse("sheetreel-scheduler", "Keeps bulk jobs and video jobs, and hands them to workers.", &c, os.Args[1:], os.Stdout)
	if err == nil {
		err = run.Main(func(ctx context.Context) error { return c.Serve(ctx, "scheduler", c.build) })
	}
	if err != nil && !errors.Is(err, config.ErrHelp) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func (c *settings) build(ctx context.Context, b *grpckit.Builder) error {
	c.Postgres.Name = "sheetreel-scheduler"
	c.Ledger.Rates = c.ProviderRates
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
}
