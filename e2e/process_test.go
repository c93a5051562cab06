package e2e

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// stopBound is how long a process may take to drain.
const stopBound = 30 * time.Second

// process is a program that runs beside the test, in a process group of its own.
type process struct {
	name string
	cmd  *exec.Cmd
	// stdout is what a program writes for its caller, who must read it to its end; nil for one that was started
	// by start.
	stdout *bufio.Reader
	log    *logText
	done   chan struct{} // closed when it has ended
	err    error         // how it ended; read after done
}

// start runs one of the programs under test until it is stopped or the test ends. What it writes is shown when the
// test fails.
func start(t *testing.T, name string, args ...string) *process {
	t.Helper()
	p := newProcess(t, name, args)
	p.cmd.Stdout = p.log
	p.begin(t)
	return p
}

// startReading is start for a program whose output the test reads.
func startReading(t *testing.T, name string, args ...string) *process {
	t.Helper()
	p := newProcess(t, name, args)
	// A pipe of our own: the one of exec is closed when the process ends, even if not everything was read.
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	t.Cleanup(func() { read.Close() })
	defer write.Close()
	p.stdout, p.cmd.Stdout = bufio.NewReader(read), write
	p.begin(t)
	return p
}

func newProcess(t *testing.T, name string, args []string) *process {
	t.Helper()
	p := &process{name: name, cmd: exec.Command(find(t, name), args...), log: &logText{}, done: make(chan struct{})}
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p.cmd.Stderr = p.log
	return p
}

func (p *process) begin(t *testing.T) {
	t.Helper()
	if err := p.cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", p.name, err)
	}
	go func() {
		defer close(p.done)
		p.err = p.cmd.Wait()
	}()
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("%s wrote:\n%s", strings.Join(p.cmd.Args, " "), p.log)
		}
	})
}

// find gives the path of a program: one of those under test, or the name, for the system to find.
func find(t *testing.T, name string) string {
	t.Helper()
	folder, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, name)
	if _, err := os.Stat(path); err == nil {
		return path
	}
	return name
}

// stop asks the process to stop, as an operator would, and waits. It must end in good order.
func (p *process) stop(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Errorf("%s was not running: %v, %v", p.name, err, p.wait())
		return
	}
	select {
	case <-p.done:
	case <-time.After(stopBound):
		t.Errorf("%s still runs %v after SIGTERM", p.name, stopBound)
		p.kill()
		return
	}
	if p.err != nil {
		t.Errorf("%s after SIGTERM: %v", p.name, p.err)
	}
}

// kill ends the process and its group without giving them a chance to do anything, and waits. Encoders have groups
// of their own, so those of a killed server are left alone, as they would be after a crash.
func (p *process) kill() {
	select {
	case <-p.done:
	default:
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) // it may have ended by now
	}
	<-p.done
}

// wait waits for the end and says how it was.
func (p *process) wait() error {
	<-p.done
	return p.err
}

// run runs a program to its end and gives its output and its exit code.
func run(t *testing.T, ctx context.Context, name string, args ...string) (stdout string, code int) {
	t.Helper()
	p := startReading(t, name, args...)
	defer context.AfterFunc(ctx, p.kill)()
	output, err := io.ReadAll(p.stdout)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	var exit *exec.ExitError
	if err := p.wait(); err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s: %v", name, err)
	}
	if ctx.Err() != nil {
		t.Fatalf("%s %s: %v; so far it wrote:\n%s", name, strings.Join(args, " "), context.Cause(ctx), output)
	}
	return string(output), p.cmd.ProcessState.ExitCode()
}

// mustRun is run for programs that must succeed.
func mustRun(t *testing.T, name string, args ...string) string {
	t.Helper()
	output, code := run(t, bounded(t), name, args...)
	if code != 0 {
		t.Fatalf("%s %s: exit code %d\n%s", name, strings.Join(args, " "), code, output)
	}
	return output
}

// logText collects what a process writes.
type logText struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
