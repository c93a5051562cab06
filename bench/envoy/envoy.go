// Package envoy runs github.com/envoyproxy/ratelimit, the most used service for rate limits, on a private Redis: built from
// the module in tools/envoyratelimit, configured as by default but without the export of statistics. It needs the Go
// toolchain, a module proxy and redis-server.
package envoy

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/sheetreel/sheetreel/bench/process"
)

// limits are the two that count each call, as far as this service knows algorithms: windows that begin with the minute.
const limits = `domain: bench
descriptors:
  - key: project
    rate_limit: {unit: minute, requests_per_unit: 300}
    descriptors:
      - key: user
        rate_limit: {unit: minute, requests_per_unit: 60}
`

// module is what is measured.
const module = "github.com/envoyproxy/ratelimit"

// Program is the built service.
type Program struct {
	path    string
	Version string
}

// Build builds the service, or finds the one that was built before. bench is the folder of this module.
func Build(ctx context.Context, bench string) (Program, error) {
	if _, err := exec.LookPath("redis-server"); err != nil {
		return Program{}, err
	}
	tool := filepath.Join(bench, "..", "tools", "envoyratelimit")
	path, err := goCommand(ctx, tool, "tool", "-n", "service_cmd")
	if err != nil {
		return Program{}, err
	}
	version, err := goCommand(ctx, tool, "list", "-m", "-f", "{{.Version}}", module)
	return Program{path, version}, err
}

// goCommand runs the go command outside of the workspace.
func goCommand(ctx context.Context, folder string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "GOWORK=off")
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, complaint.String())
	}
	return strings.TrimSpace(string(out)), nil
}

// Server is the running service with its Redis. It belongs to one caller at a time.
type Server struct {
	Address string
	service *process.Process
	redis   *process.Process
}

// Start starts both; the counters are empty. folder is an empty one.
func (p Program) Start(ctx context.Context, folder string) (s *Server, err error) {
	config := filepath.Join(folder, "ratelimit", "config")
	if err := os.MkdirAll(config, 0o700); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(config, "limits.yaml"), []byte(limits), 0o600); err != nil {
		return nil, err
	}
	redis, err := StartRedis(ctx, folder)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, redis.Stop())
		}
	}()
	grpc, err := process.FreePort()
	if err != nil {
		return nil, err
	}
	env := []string{
		"BACKEND_TYPE=redis", "REDIS_SOCKET_TYPE=tcp", "REDIS_URL=" + redis.Address, "DISABLE_STATS=true", "USE_STATSD=false",
		"RUNTIME_ROOT=" + folder, "RUNTIME_SUBDIRECTORY=ratelimit", "RUNTIME_WATCH_ROOT=false",
	}
	for prefix, address := range map[string]string{"": "", "DEBUG_": "", "GRPC_": grpc} {
		if address == "" {
			if address, err = process.FreePort(); err != nil {
				return nil, err
			}
		}
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		env = append(env, prefix+"HOST="+host, prefix+"PORT="+port)
	}
	service, err := process.Start(ctx, process.Spec{Name: "envoyproxy/ratelimit", Path: p.path, Env: env, Address: grpc})
	if err != nil {
		return nil, err
	}
	return &Server{Address: grpc, service: service, redis: redis}, nil
}

// StartRedis starts a Redis that keeps nothing on disk. folder is where it works.
func StartRedis(ctx context.Context, folder string) (*process.Process, error) {
	address, err := process.FreePort()
	if err != nil {
		return nil, err
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	return process.Start(ctx, process.Spec{
		Name: "redis-server", Path: "redis-server", Address: address,
		Args: []string{"--bind", host, "--port", port, "--dir", folder, "--save", "", "--appendonly", "no"},
	})
}

// CPU is the CPU time of the service and of its Redis so far.
func (s *Server) CPU() (time.Duration, error) {
	service, err := s.service.CPU()
	redis, failed := s.redis.CPU()
	return service + redis, errors.Join(err, failed)
}

// Stop ends both.
func (s *Server) Stop() error { return errors.Join(s.service.Stop(), s.redis.Stop()) }
