package encode

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// killWait is how long a killed ffmpeg's pipes may stay open.
const killWait = 5 * time.Second

// program is a running ffmpeg.
type program struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	cmd    *exec.Cmd
	stderr *tail
	stall  time.Duration
	timer  *time.Timer
	ended  chan error // gets the end of the process, once
	waited bool
	err    error
	cpu    time.Duration
}

// start starts ffmpeg in a folder. The caller must call wait.
func (t Tool) start(ctx context.Context, dir string, stdin *os.File, args []string) (*program, error) {
	name := t.FFmpeg
	if name == "" {
		name = "ffmpeg"
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return nil, fmt.Errorf("program %s: %w: %w", name, err, ErrMissing)
	}
	p := &program{stderr: newTail(64 << 10), stall: t.stall(), ended: make(chan error, 1)}
	p.ctx, p.cancel = context.WithCancelCause(ctx)
	p.cmd = exec.CommandContext(p.ctx, path, args...)
	p.cmd.Dir = dir
	if stdin != nil {
		p.cmd.Stdin = stdin
	}
	p.cmd.Stderr = p.stderr
	// Nothing of our environment is ffmpeg's business; it needs no home, no proxy, no fonts.
	p.cmd.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C"}
	p.cmd.SysProcAttr = attributes()
	p.cmd.Cancel = func() error { return syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) }
	p.cmd.WaitDelay = killWait
	if err := p.run(); err != nil {
		p.cancel(nil)
		return nil, fmt.Errorf("program %s: %w", name, err)
	}
	p.timer = time.AfterFunc(p.stall, func() { p.cancel(ErrStalled) })
	return p, nil
}

// run starts the process from a thread that lives as long as it, because a process that shall die with its parent
// dies with the thread that started it.
func (p *program) run() error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		started <- err
		if err == nil {
			limit(p.cmd.Process.Pid)
			p.ended <- p.cmd.Wait()
		}
	}()
	return <-started
}

// moved says that there is progress.
func (p *program) moved() { p.timer.Reset(p.stall) }

func (p *program) kill() { p.cancel(context.Canceled) }

// wait waits for the end of ffmpeg and explains it; cause is the trouble that was seen first.
func (p *program) wait(cause error) error {
	if p.waited {
		return p.err
	}
	p.waited = true
	err := <-p.ended
	p.timer.Stop()
	p.cpu = p.cmd.ProcessState.UserTime() + p.cmd.ProcessState.SystemTime()
	defer p.cancel(nil)
	switch {
	case errors.Is(context.Cause(p.ctx), ErrStalled):
		p.err = fmt.Errorf("ffmpeg: killed after %s: %w%s", p.stall, ErrStalled, p.said())
	case p.ctx.Err() != nil:
		p.err = context.Cause(p.ctx)
	case err != nil:
		p.err = fmt.Errorf("ffmpeg: %w%s", err, p.said())
	case cause != nil:
		p.err = fmt.Errorf("ffmpeg: ended early: %w%s", cause, p.said())
	}
	return p.err
}

// said is what ffmpeg wrote to standard error, for an error message.
func (p *program) said() string {
	if text := strings.TrimSpace(p.stderr.String()); text != "" {
		return ": " + text
	}
	return ""
}
