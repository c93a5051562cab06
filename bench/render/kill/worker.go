package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// script is an ffmpeg that notes each chunk that it begins to encode, and then is the real one.
const script = `#!/bin/sh
case "$*" in *rawvideo*) echo chunk >>%q ;; esac
exec %q "$@"
`

// countEncodes writes the script.
func (p places) countEncodes() error {
	real, err := exec.LookPath("ffmpeg")
	if err != nil {
		return err
	}
	return os.WriteFile(p.ffmpeg(), fmt.Appendf(nil, script, p.encodes(), real), 0o700)
}

// build builds the worker's program.
func build(ctx context.Context, folder string) (string, error) {
	path := filepath.Join(folder, "sheetreel-render")
	out, err := exec.CommandContext(ctx, "go", "build", "-o", path, "github.com/sheetreel/sheetreel/services/render/cmd/sheetreel-render").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build the worker: %w\n%s", err, out)
	}
	return path, nil
}

// worker is a process that renders.
type worker struct {
	cmd   *exec.Cmd
	ended chan struct{}
}

// hire starts a worker, which belongs to the caller until it has fired it.
func hire(program string, p places, scheduler string) (*worker, error) {
	log, err := os.OpenFile(p.log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.Command(program, "--listen", "127.0.0.1:0", "--scheduler", scheduler, "--blob", p.blobs(), "--scratch", p.scratch(),
		"--cache", p.cache(), "--ffmpeg", p.ffmpeg(), "--workers", "1", "--encoders", "1")
	cmd.Dir, cmd.Stdout, cmd.Stderr = p.root, log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	w := &worker{cmd: cmd, ended: make(chan struct{})}
	go func() {
		defer close(w.ended)
		_ = cmd.Wait() // how it ended is in its state
	}()
	return w, nil
}

// drainBound is how long a worker may take to end when it is told to.
const drainBound = time.Minute

// fire ends a worker with a signal and waits for its end; it tells whether it ended as it should.
func (w *worker) fire(s syscall.Signal) error {
	if err := w.cmd.Process.Signal(s); err != nil {
		return fmt.Errorf("a worker ended by itself: %s", w.cmd.ProcessState)
	}
	timer := time.AfterFunc(drainBound, func() { _ = w.cmd.Process.Kill() })
	defer timer.Stop()
	<-w.ended
	if s == syscall.SIGTERM && !w.cmd.ProcessState.Success() {
		return fmt.Errorf("a worker that was told to end: %s", w.cmd.ProcessState)
	}
	return nil
}
