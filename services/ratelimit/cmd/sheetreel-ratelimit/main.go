// Command sheetreel-ratelimit serves the rate limit service as a process of its own.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/sheetreel/sheetreel/kit/config"
	"github.com/sheetreel/sheetreel/kit/grpckit"
	"github.com/sheetreel/sheetreel/kit/pg"
	"github.com/sheetreel/sheetreel/kit/run"
	"github.com/sheetreel/sheetreel/services/ratelimit"
)

const name = "sheetreel-ratelimit"

func main() {
	err := run.Main(serve)
	if err != nil && !errors.Is(err, config.ErrHelp) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(ctx context.Context) error {
	var cfg struct {
		grpckit.ServiceConfig
		Ratelimit ratelimit.Config `embed:""`
		Postgres  pg.Config        `embed:""`
		Database  string           `help:"Where counters and changed limits are kept: a SQLite file, a postgres:// URL, or memory for nowhere." placeholder:"FILE|URL|memory" default:"sheetreel-data/ratelimit.db" env:"SHEETREEL_RATELIMIT_DATABASE"`
	}
	err := config.Parse(name, "Decides whether something may happen now, by the limits in force.", &cfg, os.Args[1:], os.Stdout)
	if err != nil {
		return err
	}
	return cfg.Serve(ctx, name, func(ctx context.Context, b *grpckit.Builder) error {
		cfg.Postgres.Name = name
		deps, end, err := ratelimit.Keep(ctx, cfg.Database, cfg.Postgres, cfg.Ratelimit, ratelimit.Deps{Log: b.Log})
		if err != nil {
			return err
		}
		b.Defer(end)
		service, err := ratelimit.New(cfg.Ratelimit, deps)
		if err != nil {
			return err
		}
		service.Register(b.Server)
		b.Add("ratelimit", service.Run)
		return nil
	})
}
