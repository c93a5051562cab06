// Package process runs the programs that the benchmarks measure, each as a process of its own, and tells the CPU time
// that it has used so far. A process ends with Stop, when its context ends, and on Linux with this process.
package process

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"
)

const (
	// readyBound is how long a process may take until it serves.
	readyBound = 20 * time.Second
	// endBound is how long it may take to end when it is told to; then it is killed.
	endBound = 5 * time.Second
)

// Spec says what to start.
type Spec struct {
	// Name is what errors call it.
	Name string
	// Path is the program, with its arguments.
	Path string
	Args []string
	// Env is added to this process's environment.
	Env []string
	// Address is where it will listen; empty: it prints its address as the first line.
	Address string
}

// Process is a running program. It belongs to one caller at a time.
type Process struct {
	Address string
	name    string
	id      int
	stop    context.CancelFunc
	stderr  *tail
	ended   chan struct{}
	err     error // once ended is closed
}

// Start starts a program and waits until it listens.
func Start(ctx context.Context, s Spec) (*Process, error) {
	ctx, stop := context.WithCancel(ctx)
	cmd := exec.CommandContext(ctx, s.Path, s.Args...)
	cmd.Env = append(os.Environ(), s.Env...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = endBound
	cmd.SysProcAttr = &syscall.SysProcAttr{}
	endWithUs(cmd.SysProcAttr)
	p := &Process{Address: s.Address, name: s.Name, stop: stop, stderr: &tail{}, ended: make(chan struct{})}
	cmd.Stderr = p.stderr
	var out io.Reader
	if s.Address == "" {
		pipe, err := cmd.StdoutPipe()
		if err != nil {
			stop()
			return nil, fmt.Errorf("%s: %w", s.Name, err)
		}
		out = pipe
	}
	started := make(chan error)
	go func() { // ends before Stop returns
		defer close(p.ended)
		// The kernel ends the program with the thread that started it, so this thread stays.
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			p.err = cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		stop()
		<-p.ended
		return nil, fmt.Errorf("%s: %w", s.Name, err)
	}
	p.id = cmd.Process.Pid
	if err := p.ready(ctx, out); err != nil {
		return nil, errors.Join(err, p.Stop())
	}
	return p, nil
}

// ready waits until the program listens.
func (p *Process) ready(ctx context.Context, out io.Reader) error {
	ctx, cancel := context.WithTimeout(ctx, readyBound)
	defer cancel()
	if out != nil {
		defer context.AfterFunc(ctx, p.stop)() // which ends the line
		line, err := bufio.NewReader(out).ReadString('\n')
		if err != nil {
			return fmt.Errorf("%s told no address: %w%s", p.name, err, p.stderr)
		}
		p.Address = strings.TrimSpace(line)
		return nil
	}
	ticks := time.NewTicker(20 * time.Millisecond)
	defer ticks.Stop()
	for {
		conn, err := net.Dial("tcp", p.Address)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-ticks.C:
		case <-p.ended:
			return fmt.Errorf("%s ended: %w%s", p.name, p.err, p.stderr)
		case <-ctx.Done():
			return fmt.Errorf("%s does not listen at %s: %w%s", p.name, p.Address, err, p.stderr)
		}
	}
}

// Stop tells the program to end, and waits for it. It fails when the program ended by itself.
func (p *Process) Stop() error {
	select {
	case <-p.ended:
		p.stop()
		return fmt.Errorf("%s ended too early: %v%s", p.name, p.err, p.stderr)
	default:
	}
	p.stop()
	<-p.ended
	return nil
}

// FreePort is an address on loopback at which nobody listens now.
func FreePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
