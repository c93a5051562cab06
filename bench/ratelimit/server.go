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

	"github.com/sheetreel/sheetreel/bench/process"
)

// limiter is the service's own program, built as its users build it, and keeps its counters in SQLite by default.
const limiter = "sheetreel-ratelimit"

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

// server is what is measured.
type server struct {
	address string
	cpu     func() (time.Duration, error)
}

// with starts a program of ours, gives it to fn, and stops it.
func (b *bench) with(ctx context.Context, name string, args []string, fn func(server) error) error {
	path := b.limiter
	if name != limiter {
		self, err := os.Executable()
		if err != nil {
			return err
		}
		path, args = self, append([]string{name}, args...)
	} else { // with a new database, as it keeps what it counts
		folder, err := b.emptyFolder()
		if err != nil {
			return err
		}
		args = append([]string{"--database", filepath.Join(folder, "ratelimit.db")}, args...)
	}
	address, err := process.FreePort()
	if err != nil {
		return err
	}
	p, err := process.Start(ctx, process.Spec{
		Name: name, Path: path, Args: append(args, "--listen", address), Address: address,
	})
	if err != nil {
		return err
	}
	err = fn(server{address, p.CPU})
	return errors.Join(err, p.Stop())
}
