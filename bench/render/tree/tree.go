// Package tree runs a program and says what it took together with every process below it: time, processor time and
// memory. Memory is the sum of the proportional set sizes of all processes, so that what they share counts once, looked
// at every tenth of a second. Linux alone tells it.
package tree

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// Usage is what a stretch of work took.
type Usage struct {
	Wall, CPU time.Duration
	// Peak is the highest memory that was seen, in bytes.
	Peak int64
}

// String is for a line of a report.
func (u Usage) String() string {
	return fmt.Sprintf("%7.2f s wall  %7.2f s cpu  %5d MB", u.Wall.Seconds(), u.CPU.Seconds(), u.Peak>>20)
}

// Command is what to run.
type Command struct {
	Path string
	Args []string
	Dir  string
	Env  []string // added to ours
	// Stdin is given to the program; Stdout takes what it writes. Nil is nothing.
	Stdin  *os.File
	Stdout io.Writer
}

const (
	lookEvery = 100 * time.Millisecond
	// kept is how much of what a program complains is kept.
	kept = 2 << 10
)

// Run runs a program in a process group of its own, which ends with ctx, and waits for it.
func Run(ctx context.Context, c Command) (Usage, error) {
	p, err := start(ctx, c)
	if err != nil {
		return Usage{}, err
	}
	return p.wait(ctx)
}

// running is a program under way with who looks at it.
type running struct {
	cmd    *exec.Cmd
	stderr *tail
	ended  chan error
	start  time.Time
	look   *looker
}

func start(ctx context.Context, c Command) (*running, error) {
	cmd := exec.CommandContext(ctx, c.Path, c.Args...)
	cmd.Dir, cmd.Env = c.Dir, append(os.Environ(), c.Env...)
	if c.Stdin != nil {
		cmd.Stdin = c.Stdin
	}
	p := &running{cmd: cmd, stderr: &tail{}, ended: make(chan error, 1), start: time.Now()}
	cmd.Stdout, cmd.Stderr = c.Stdout, p.stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	endWithUs(cmd.SysProcAttr)
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // the kernel ends the program with the thread that started it
		err := cmd.Start()
		started <- err
		if err == nil {
			p.ended <- cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("%s: %w", c.Path, err)
	}
	p.look = newLooker(cmd.Process.Pid)
	return p, nil
}

// wait waits for the end of the program and of what it left in its group.
func (p *running) wait(ctx context.Context) (Usage, error) {
	err := <-p.ended
	u := Usage{Wall: time.Since(p.start)}
	seen := p.look.end()
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) // usually nobody is left
	u.Peak = seen.peak
	// A process that nobody waited for is missing in the kernel's sum, and one that was short in ours.
	u.CPU = max(p.cmd.ProcessState.UserTime()+p.cmd.ProcessState.SystemTime(), seen.cpu)
	if err != nil {
		return u, errors.Join(ctx.Err(), fmt.Errorf("%s: %w%s", p.cmd.Path, err, p.stderr))
	}
	return u, nil
}

// looker looks at a tree of processes until it is ended.
type looker struct {
	root int
	stop chan struct{}
	done chan struct{}
	mu   sync.Mutex
	seen seen
	cpu  map[int]time.Duration // by process, as seen last
}

// seen is what a looker saw.
type seen struct {
	peak int64
	cpu  time.Duration
}

func newLooker(root int) *looker {
	l := &looker{root: root, stop: make(chan struct{}), done: make(chan struct{}), cpu: map[int]time.Duration{}}
	go func() {
		defer close(l.done)
		ticker := time.NewTicker(lookEvery)
		defer ticker.Stop()
		for {
			l.look()
			select {
			case <-l.stop:
				return
			case <-ticker.C:
			}
		}
	}()
	return l
}

func (l *looker) look() {
	var memory int64
	for _, p := range below(l.root) {
		memory += p.memory()
		l.cpu[p.id] = p.cpu
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seen.peak = max(l.seen.peak, memory)
}

// peak gives the peak since it was asked last.
func (l *looker) peak() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	peak := l.seen.peak
	l.seen.peak = 0
	return peak
}

func (l *looker) end() seen {
	close(l.stop)
	<-l.done
	for _, cpu := range l.cpu {
		l.seen.cpu += cpu
	}
	return l.seen
}

// tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex
	text []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	t.text = append([]byte(nil), t.text[max(0, len(t.text)-kept):]...)
	return len(p), nil
}

// String is the text on lines of its own, or nothing.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.text) == 0 {
		return ""
	}
	return "\n" + string(t.text)
}
