// Package encode turns raw frames into an H.264/AAC file with the ffmpeg program.
//
// ffmpeg reads frames from its standard input and a WAV file from the folder it runs in, and nothing else: no network,
// no shell, no names that a user chose. It runs in a process group of its own, which is killed whole when the context
// ends, when it makes no progress for too long, or when [Encoder.Close] is called early.
package encode

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// Job is a video to encode.
type Job struct {
	// FFmpeg is the program; empty is "ffmpeg" of the PATH.
	FFmpeg string
	// Dir is the folder of the files.
	Dir string
	// Sound is the name of a WAV file in Dir, Video the name of the MP4 file to write there.
	Sound, Video string
	// Width and Height in pixels, Rate in frames per second.
	Width, Height, Rate int
	// Stall is how long ffmpeg may make no progress; 0 is a minute.
	Stall time.Duration
}

// ErrMissing says that the ffmpeg program is not there.
var ErrMissing = errors.New("install ffmpeg, or name it with --ffmpeg")

// ErrStalled says that ffmpeg made no progress and was killed.
var ErrStalled = errors.New("no progress")

const defaultStall = time.Minute

// killWait is how long a killed ffmpeg's pipes may stay open.
const killWait = 5 * time.Second

// Encoder is a running ffmpeg. Write and Finish are for one goroutine.
type Encoder struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	cmd    *exec.Cmd
	stdin  *os.File
	stderr *tail
	stall  time.Duration
	timer  *time.Timer
	waited bool
	err    error
}

// Start starts ffmpeg. The caller must call Finish or Close.
func Start(ctx context.Context, job Job) (*Encoder, error) {
	program := job.FFmpeg
	if program == "" {
		program = "ffmpeg"
	}
	path, err := exec.LookPath(program)
	if err != nil {
		return nil, fmt.Errorf("program %s: %w: %w", program, err, ErrMissing)
	}
	e := &Encoder{stderr: newTail(64 << 10), stall: job.Stall}
	if e.stall <= 0 {
		e.stall = defaultStall
	}
	e.ctx, e.cancel = context.WithCancelCause(ctx)
	e.cmd = exec.CommandContext(e.ctx, path, job.args()...)
	e.cmd.Dir = job.Dir
	e.cmd.Stderr = e.stderr
	// Nothing of our environment is ffmpeg's business; it needs no home, no proxy, no fonts.
	e.cmd.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C"}
	e.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	e.cmd.Cancel = func() error { return syscall.Kill(-e.cmd.Process.Pid, syscall.SIGKILL) }
	e.cmd.WaitDelay = killWait
	if err := e.start(); err != nil {
		e.cancel(nil)
		return nil, fmt.Errorf("program %s: %w", program, err)
	}
	e.timer = time.AfterFunc(e.stall, func() { e.cancel(ErrStalled) })
	return e, nil
}

func (e *Encoder) start() error {
	read, write, err := os.Pipe()
	if err != nil {
		return err
	}
	defer read.Close() // ffmpeg has its own
	widen(write)
	e.cmd.Stdin, e.stdin = read, write
	if err := e.cmd.Start(); err != nil {
		write.Close()
		return err
	}
	return nil
}

// Write hands over one frame: the planes Y, Cb and Cr without padding.
func (e *Encoder) Write(frame []byte) error {
	if _, err := e.stdin.Write(frame); err != nil {
		return e.wait(err)
	}
	e.timer.Reset(e.stall)
	return nil
}

// Finish says that there are no more frames and waits until the file is complete.
func (e *Encoder) Finish() error {
	if err := e.stdin.Close(); err != nil {
		return e.wait(err)
	}
	return e.wait(nil)
}

// Close kills ffmpeg if it still runs and waits until it is gone. It may be called at any time, more than once.
func (e *Encoder) Close() {
	e.cancel(context.Canceled)
	e.wait(nil)
}

// wait waits for the end of ffmpeg and explains it; cause is the trouble that was seen first.
func (e *Encoder) wait(cause error) error {
	if e.waited {
		return e.err
	}
	e.waited = true
	e.stdin.Close()
	err := e.cmd.Wait()
	e.timer.Stop()
	defer e.cancel(nil)
	switch {
	case errors.Is(context.Cause(e.ctx), ErrStalled):
		e.err = fmt.Errorf("ffmpeg: killed after %s: %w%s", e.stall, ErrStalled, e.said())
	case e.ctx.Err() != nil:
		e.err = context.Cause(e.ctx)
	case err != nil:
		e.err = fmt.Errorf("ffmpeg: %w%s", err, e.said())
	case cause != nil:
		e.err = fmt.Errorf("ffmpeg: ended early: %w%s", cause, e.said())
	}
	return e.err
}

// said is what ffmpeg wrote to standard error, for an error message.
func (e *Encoder) said() string {
	if text := strings.TrimSpace(e.stderr.String()); text != "" {
		return ": " + text
	}
	return ""
}
