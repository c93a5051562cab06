package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/sheetreel/sheetreel/bench/envoy"
	"github.com/sheetreel/sheetreel/bench/process"
)

// limiter is the service's own program, built as its users build it.
const limiter = "sheetreel-ratelimit"

// store is where a limiter keeps its counters.
type store string

const (
	inMemory store = "memory"
	// inSQLite are counters in memory that are written behind to a file, as by default.
	inSQLite store = "SQLite"
	inRedis  store = "Redis"
)

// system is a program that is measured.
type system struct {
	program string
	store   store // of a limiter
	shape   shape // of its calls
}

func (s system) String() string {
	name := s.program
	if s.store != "" && s.store != inMemory {
		name += " with " + string(s.store)
	}
	if s.shape.lean {
		name += ", omit_limits"
	}
	return name
}

// build builds the limiter.
func (b *bench) build(ctx context.Context) error {
	b.limiter = filepath.Join(b.folder, limiter)
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", b.limiter,
		"github.com/sheetreel/sheetreel/services/ratelimit/cmd/"+limiter)
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", limiter, err, out)
	}
	return nil
}

// module is the folder of the benchmarks' module.
func module(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/sheetreel/sheetreel/bench").Output()
	if err != nil {
		return "", fmt.Errorf("find the benchmarks: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// emptyFolder makes a folder.
func (b *bench) emptyFolder() (string, error) {
	b.folders++
	folder := filepath.Join(b.folder, fmt.Sprint(b.folders))
	return folder, os.Mkdir(folder, 0o700)
}

// server is a running system. cpu is the CPU time that it and its store have used so far.
type server struct {
	address string
	cpu     func() (time.Duration, error)
}

// with starts a program of ours, gives it to fn, and stops it.
func (b *bench) with(ctx context.Context, sys system, fn func(server) error) (err error) {
	path, args, stored := b.limiter, []string(nil), nothingUsed
	if sys.program == limiter {
		folder, failed := b.emptyFolder()
		if failed != nil {
			return failed
		}
		switch sys.store {
		case inMemory:
			args = []string{"--database", "memory"}
		case inSQLite:
			args = []string{"--database", filepath.Join(folder, "ratelimit.db")}
		case inRedis:
			redis, failed := envoy.StartRedis(ctx, folder)
			if failed != nil {
				return failed
			}
			defer func() { err = errors.Join(err, redis.Stop()) }()
			stored = redis.CPU
			args = []string{"--database", "memory", "--engine", "redis", "--redis", "redis://" + redis.Address}
		}
	} else {
		if path, err = os.Executable(); err != nil {
			return err
		}
		args = []string{sys.program}
	}
	address, err := process.FreePort()
	if err != nil {
		return err
	}
	p, err := process.Start(ctx, process.Spec{
		Name: sys.program, Path: path, Args: append(args, "--listen", address), Address: address,
	})
	if err != nil {
		return err
	}
	err = fn(server{address, func() (time.Duration, error) {
		own, err := p.CPU()
		kept, failed := stored()
		return own + kept, errors.Join(err, failed)
	}})
	return errors.Join(err, p.Stop())
}

func nothingUsed() (time.Duration, error) { return 0, nil }
