// Command sheetreel-ingest runs the ingest service as a process of its own.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/blobstore"
	"github.com/sheetreel/sheetreel/kit/config"
	"github.com/sheetreel/sheetreel/kit/grpckit"
	"github.com/sheetreel/sheetreel/kit/run"
	"github.com/sheetreel/sheetreel/services/ingest"
)

type flags struct {
	grpckit.ServiceConfig
	ingest.Config
	Blob      string `help:"Store of uploaded files, that of the gateway: a folder or a URL." default:"./sheetreel-data/blobs" env:"SHEETREEL_BLOB"`
	Scheduler string `help:"Address of the scheduler." default:"127.0.0.1:9101" env:"SHEETREEL_SCHEDULER"`
	RateLimit string `name:"ratelimit" help:"Address of the rate limiter." default:"127.0.0.1:9103" env:"SHEETREEL_RATELIMIT"`
}

func main() {
	if err := serve(); err != nil && !errors.Is(err, config.ErrHelp) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve() error {
	var f flags
	err := config.Parse("sheetreel-ingest", "Reads sheets of video ideas, checks them and feeds them to bulk jobs.", &f, os.Args[1:], os.Stdout)
	if err != nil {
		return err
	}
	return run.Main(func(ctx context.Context) error {
		uploads, err := blobstore.Open(f.Blob)
		if err != nil {
			return err
		}
		defer uploads.Close()
		return f.Serve(ctx, "ingest", func(_ context.Context, b *grpckit.Builder) error {
			scheduler, err := b.Dial(f.Scheduler)
			if err != nil {
				return err
			}
			limiter, err := b.Dial(f.RateLimit)
			if err != nil {
				return err
			}
			service, err := ingest.New(f.Config, ingest.Deps{
				Imports: schedulerv1.NewImportServiceClient(scheduler), Quota: ratelimitv1.NewQuotaServiceClient(limiter),
				Jobs: schedulerv1.NewSchedulerServiceClient(scheduler), WriteBacks: schedulerv1.NewWriteBackServiceClient(scheduler),
				Costs: schedulerv1.NewCostServiceClient(scheduler), Polls: schedulerv1.NewSheetPollServiceClient(scheduler), Uploads: uploads, Log: b.Log,
			})
			if err != nil {
				return err
			}
			service.Register(b.Server)
			b.Add("imports", service.Run)
			return nil
		})
	})
}
