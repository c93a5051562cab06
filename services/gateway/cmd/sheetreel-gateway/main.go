// Command sheetreel-gateway runs the gateway as a process of its own.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"google.golang.org/grpc"

	"github.com/sheetreel/sheetreel/kit/blobstore"
	"github.com/sheetreel/sheetreel/kit/config"
	"github.com/sheetreel/sheetreel/kit/grpckit"
	"github.com/sheetreel/sheetreel/kit/obs"
	"github.com/sheetreel/sheetreel/kit/run"
	"github.com/sheetreel/sheetreel/services/gateway"
)

type settings struct {
	config.File
	obs.LogConfig
	gateway.Config
	Blob      string `help:"Artifact store: a folder or a URL." default:"./sheetreel-data/blobs" env:"SHEETREEL_BLOB"`
	Scheduler string `help:"Address of the scheduler." default:"127.0.0.1:9101" env:"SHEETREEL_SCHEDULER"`
	Ingest    string `help:"Address of ingest." default:"127.0.0.1:9102" env:"SHEETREEL_INGEST"`
	Ratelimit string `help:"Address of ratelimit." default:"127.0.0.1:9103" env:"SHEETREEL_RATELIMIT"`
	Render    string `help:"Address of render." default:"127.0.0.1:9104" env:"SHEETREEL_RENDER"`
}

func main() {
	var s settings
	err := config.Parse("sheetreel-gateway", "JSON, server-sent events, downloads, the page and gRPC for clients.", &s, os.Args[1:], os.Stderr)
	if err == nil {
		err = run.Main(s.serve)
	}
	if err != nil && !errors.Is(err, config.ErrHelp) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func (s settings) serve(ctx context.Context) error {
	deps := gateway.Deps{Log: obs.NewLogger(s.LogConfig, "gateway", os.Stderr)}
	for target, conn := range map[*string]*grpc.ClientConnInterface{
		&s.Scheduler: &deps.Backends.Scheduler, &s.Ingest: &deps.Backends.Ingest,
		&s.Ratelimit: &deps.Backends.Ratelimit, &s.Render: &deps.Backends.Render,
	} {
		c, err := grpckit.Dial(*target)
		if err != nil {
			return err
		}
		defer c.Close()
		*conn = c
	}
	bucket, err := blobstore.Open(s.Blob)
	if err != nil {
		return err
	}
	defer bucket.Close()
	deps.Blob = bucket
	service, err := gateway.New(s.Config, deps)
	if err != nil {
		return err
	}
	return service.Run(ctx)
}
