// Package nursery starts processes that never outlive this one: whatever way it ends, the kernel ends them too
// (Linux), and Close ends and awaits all of them. They are signalled by their handle only, never by name or number.
package nursery

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
)

// Nursery owns processes. The kernel ties a process to the thread that started it, so all are started on one thread
// that stays.
type Nursery struct {
	work chan func()
	gone chan struct{}

	mu       sync.Mutex
	children map[*Child]bool
	closed   bool
}

// New makes a nursery. The caller closes it.
func New() *Nursery {
	n := &Nursery{work: make(chan func()), gone: make(chan struct{}), children: map[*Child]bool{}}
	go func() {
		defer close(n.gone)
		runtime.LockOSThread() // and never unlocked: the thread ends with this goroutine
		for fn := range n.work {
			fn()
		}
	}()
	return n
}

// Do runs fn on the nursery's thread, for processes that others start.
func (n *Nursery) Do(fn func()) {
	done := make(chan struct{})
	n.work <- func() { defer close(done); fn() }
	<-done
}

// Command is a process to be.
type Command struct {
	Name string   // for messages
	Path string   // the program
	Args []string // without the program's name
	Env  []string // all of its environment
	Log  string   // the file that its output is appended to
}

// Child is a process.
type Child struct {
	name string
	cmd  *exec.Cmd
	done chan struct{}
}

// errClosed is returned by Start after Close.
var errClosed = errors.New("the nursery is closed")

// Start starts a process in a process group of its own, so that a Ctrl-C on the terminal does not reach it.
func (n *Nursery) Start(c Command) (*Child, error) {
	log, err := os.OpenFile(c.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("log of %s: %w", c.Name, err)
	}
	defer log.Close()
	cmd := exec.Command(c.Path, c.Args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = c.Env, log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	endWithUs(cmd.SysProcAttr)
	child := &Child{name: c.Name, cmd: cmd, done: make(chan struct{})}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return nil, errClosed
	}
	n.Do(func() { err = cmd.Start() })
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", c.Name, err)
	}
	n.children[child] = true
	go func() {
		_ = cmd.Wait() // how it ended is in its state
		n.mu.Lock()
		delete(n.children, child)
		n.mu.Unlock()
		close(child.done)
	}()
	return child, nil
}

// Close kills what still runs and waits for its end. Nothing can be started afterwards.
func (n *Nursery) Close() {
	n.mu.Lock()
	n.closed = true
	var left []*Child
	for c := range n.children {
		left = append(left, c)
	}
	n.mu.Unlock()
	for _, c := range left {
		c.Signal(syscall.SIGKILL)
	}
	for _, c := range left {
		<-c.done
	}
	close(n.work)
	<-n.gone
}

// Name is the process's name.
func (c *Child) Name() string { return c.name }

// Signal sends a signal; a process that has ended takes none, which is told.
func (c *Child) Signal(s syscall.Signal) bool { return c.cmd.Process.Signal(s) == nil }

// Done is closed when the process has ended.
func (c *Child) Done() <-chan struct{} { return c.done }

// EndedBy tells whether a signal ended the process, after Done.
func (c *Child) EndedBy(s syscall.Signal) bool {
	status, ok := c.cmd.ProcessState.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == s
}

// ExitCode is how the process ended, after Done: -1 when a signal ended it.
func (c *Child) ExitCode() int { return c.cmd.ProcessState.ExitCode() }
