package espeak

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

const (
	maxSound  = 64 << 20 // bytes of sound of one clause: 25 minutes
	maxErrors = 4 << 10  // bytes of what the program complains about
)

// run runs the program with text on its standard input and gives its standard output.
func (e *Engine) run(ctx context.Context, text string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, e.program, args...)
	cmd.Stdin = strings.NewReader(text)
	out, complaints := &bounded{max: maxSound}, &bounded{max: maxErrors}
	cmd.Stdout, cmd.Stderr = out, complaints
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 2 * time.Second
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("%s: %w", e.program, context.Cause(ctx))
	case err != nil:
		return nil, fmt.Errorf("%s: %w: %s", e.program, missing(e.program, err), strings.TrimSpace(complaints.String()))
	case out.over:
		return nil, fmt.Errorf("%s: more than %d bytes of output", e.program, maxSound)
	}
	return out.Bytes(), nil
}

// bounded keeps the first bytes written to it and refuses what comes after. Nothing else is in a writer's way.
type bounded struct {
	bytes.Buffer
	max  int
	over bool
}

var errFull = errors.New("too much output")

func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > b.max {
		b.over = true
		return 0, errFull
	}
	return b.Buffer.Write(p)
}
