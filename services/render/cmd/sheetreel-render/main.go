// Command sheetreel-render renders videos as a process of its own, as one of many workers of a scheduler.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/config"
	"github.com/sheetreel/sheetreel/kit/grpckit"
	"github.com/sheetreel/sheetreel/kit/run"
	"github.com/sheetreel/sheetreel/services/render"
	"github.com/sheetreel/sheetreel/services/render/cache"
	"github.com/sheetreel/sheetreel/services/render/quote"
	"github.com/sheetreel/sheetreel/services/render/speech/espeak"
	"github.com/sheetreel/sheetreel/services/render/speech/httpvoice"
	"github.com/sheetreel/sheetreel/services/render/studio"
)

const name = "sheetreel-render"

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
		Scheduler string        `help:"Address of the scheduler." default:"127.0.0.1:9101" env:"SHEETREEL_SCHEDULER" placeholder:"HOST:PORT"`
		Ratelimit string        `help:"Address of the ratelimit service, for limits of hosted providers; empty: there are none." placeholder:"HOST:PORT" env:"SHEETREEL_RATELIMIT"`
		Espeak    string        `help:"The espeak-ng program." default:"espeak-ng" env:"SHEETREEL_ESPEAK"`
		Speech    string        `help:"YAML file of a speech service over HTTP, which speaks instead of espeak-ng, see docs/render.md." env:"SHEETREEL_SPEECH" placeholder:"FILE"`
		Render    render.Config `embed:""`
		Studio    studio.Config `embed:""`
		Cache     cache.Config  `embed:""`
	}
	err := config.Parse(name, "Leases video jobs from the scheduler and renders them.", &cfg, os.Args[1:], os.Stdout)
	if err != nil {
		return err
	}
	return cfg.Serve(ctx, name, func(_ context.Context, b *grpckit.Builder) error {
		scheduler, err := b.Dial(cfg.Scheduler)
		if err != nil {
			return err
		}
		kept, err := cache.Open(cfg.Cache, cache.Deps{Log: b.Log})
		if err != nil {
			return err
		}
		b.Defer(kept.Close)
		var quota ratelimitv1.QuotaServiceClient
		if cfg.Ratelimit != "" {
			conn, err := b.Dial(cfg.Ratelimit)
			if err != nil {
				return err
			}
			quota = ratelimitv1.NewQuotaServiceClient(conn)
		}
		voice, err := httpvoice.Open(cfg.Speech, cfg.Studio.FFmpeg, espeak.New(cfg.Espeak))
		if err != nil {
			return err
		}
		builtIn := studio.New(cfg.Studio, studio.Deps{Speech: voice, Cache: kept, Log: b.Log})
		service, err := render.New(cfg.Render, render.Deps{
			Quota:    quota,
			Leases:   schedulerv1.NewLeaseServiceClient(scheduler),
			Cleanup:  schedulerv1.NewCleanupServiceClient(scheduler),
			Provider: builtIn,
			Planner:  builtIn,
			Quotes:   quote.Open(cfg.Cache.File("quotes.json")),
			Log:      b.Log,
		})
		if err != nil {
			return err
		}
		service.Register(b.Server)
		b.Add("render", service.Run)
		return nil
	})
}
