package main

import (
	"context"
	"fmt"
	"net"
	"os"

	"google.golang.org/grpc"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/kit/config"
	"github.com/sheetreel/sheetreel/kit/grpckit"
)

// What a limiter is compared with.
const (
	// noop is a server like the limiter's own whose methods take the same requests and answer with an empty message.
	noop = "noop"
	// bare is the same on a gRPC server without any options.
	bare = "bare"
)

func noopKinds() []string { return []string{noop, bare} }

// serveNothing serves at --listen until ctx ends.
func serveNothing(ctx context.Context, kind string, args []string) error {
	var cfg grpckit.ServiceConfig
	if err := config.Parse(kind, "Answers, and does nothing.", &cfg, args, os.Stdout); err != nil {
		return err
	}
	if kind == bare {
		return serveBare(ctx, cfg.Listen)
	}
	return cfg.Serve(ctx, kind, func(_ context.Context, b *grpckit.Builder) error {
		ratelimitv1.RegisterQuotaServiceServer(b.Server, nothing{})
		grpckit.AddPrecheck(b.Server, func(any) bool { return true }) // to check the request would be work
		return nil
	})
}

func serveBare(ctx context.Context, address string) error {
	server := grpc.NewServer()
	ratelimitv1.RegisterQuotaServiceServer(server, nothing{})
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	defer context.AfterFunc(ctx, server.Stop)()
	return server.Serve(listener)
}

// nothing does nothing.
type nothing struct {
	ratelimitv1.UnimplementedQuotaServiceServer
}

func (nothing) Acquire(context.Context, *ratelimitv1.AcquireRequest) (*ratelimitv1.AcquireResponse, error) {
	return &ratelimitv1.AcquireResponse{}, nil
}
