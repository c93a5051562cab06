// Command sheetreel-ratelimit serves the rate limit service as a process of its own.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/sheetreel/sheetreel/kit/config"
	"github.com/sheetreel/sheetreel/kit/grpckit"
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
	}
	err := config.Parse(name, "Decides whether something may happen now, by the limits in force.", &cfg, os.Args[1:], os.Stdout)
	if err != nil {
		return err
	}
	return cfg.Serve(ctx, name, func(_ context.Context, b *grpckit.Builder) error {
		service, err := ratelimit.New(cfg.Ratelimit, ratelimit.Deps{Log: b.Log})
		if err != nil {
			return err
		}
		service.Register(b.Server)
		b.Add("ratelimit", service.Run)
		return nil
	})
}
