package sheetreel

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"

	"google.golang.org/grpc"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/kit/config"
	"github.com/sheetreel/sheetreel/kit/grpckit"
	"github.com/sheetreel/sheetreel/kit/pg"
	"github.com/sheetreel/sheetreel/kit/run"
	"github.com/sheetreel/sheetreel/services/ratelimit"
	"github.com/sheetreel/sheetreel/services/scheduler"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
	"github.com/sheetreel/sheetreel/services/scheduler/store/open"
)

// settings are those that the scheduler's own process has by default.
type settings struct {
	config.File
	scheduler.Config
	Postgres pg.Config      `embed:""`
	Ledger   ledger.Options `embed:""`
}

func defaults() (settings, error) {
	var c settings
	err := config.Parse("bench", "The scheduler's default settings.", &c, nil, io.Discard)
	return c, err
}

// openStore opens a DSN or a file as the service does.
func openStore(ctx context.Context, name string) (store.Store, error) {
	c, err := defaults()
	if err != nil {
		return nil, err
	}
	c.Postgres.Name = "sheetreel-bench"
	return open.Store(ctx, name, c.Postgres, c.Ledger, slog.New(slog.DiscardHandler))
}

// limits count every dispatch, for its user and its project, and are too high to refuse one.
const limits = `limits:
  - name: dispatch-per-user
    match: {action: render.dispatch}
    keys: [project, user]
    algorithm: token_bucket
    capacity: 100000
    period: 1s
  - name: dispatch-per-project
    match: {action: render.dispatch}
    keys: [project]
    algorithm: token_bucket
    capacity: 100000
    period: 1s
`

// withService runs so many schedulers on a database, and a rate limiter, each behind a TCP port of its own on loopback,
// and gives fn the schedulers' addresses. folder takes the file with the limits.
func withService(ctx context.Context, name, folder string, replicas int, fn func(ctx context.Context, addresses []string) error) error {
	log := slog.New(slog.DiscardHandler)
	var services run.Group
	quota, err := addLimiter(&services, log, folder)
	if err != nil {
		return err
	}
	defer quota.Close()
	c, err := defaults()
	if err != nil {
		return err
	}
	var addresses []string
	for range replicas {
		s, err := openStore(ctx, name)
		if err != nil {
			return err
		}
		defer s.Close()
		one, err := scheduler.New(c.Config, scheduler.Deps{Store: s, Quota: ratelimitv1.NewQuotaServiceClient(quota), Log: log})
		if err != nil {
			return err
		}
		address, err := serve(&services, log, "scheduler", one)
		if err != nil {
			return err
		}
		addresses = append(addresses, address)
	}
	var failed error
	services.Add("clients", func(ctx context.Context) error { // when it returns the others stop
		failed = fn(ctx, addresses)
		return nil
	})
	return errors.Join(failed, services.Run(ctx))
}

// addLimiter adds the rate limiter and connects to it.
func addLimiter(g *run.Group, log *slog.Logger, folder string) (*grpc.ClientConn, error) {
	file := filepath.Join(folder, "limits.yaml")
	if err := os.WriteFile(file, []byte(limits), 0o600); err != nil {
		return nil, err
	}
	limiter, err := ratelimit.New(ratelimit.Config{Limits: file}, ratelimit.Deps{Log: log})
	if err != nil {
		return nil, err
	}
	address, err := serve(g, log, "ratelimit", limiter)
	if err != nil {
		return nil, err
	}
	return grpckit.Dial(address)
}

// service is what our services have in common.
type service interface {
	Register(r grpc.ServiceRegistrar)
	Run(ctx context.Context) error
}

// serve adds a service and its server to the group.
func serve(g *run.Group, log *slog.Logger, name string, s service) (address string, err error) {
	server, err := grpckit.NewServer(log)
	if err != nil {
		return "", err
	}
	s.Register(server)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	g.Add(name+" server", func(ctx context.Context) error { return server.Serve(ctx, listener) })
	g.Add(name, s.Run)
	return listener.Addr().String(), nil
}
