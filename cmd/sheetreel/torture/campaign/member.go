package campaign

import (
	"sync"
	"syscall"
	"time"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/check"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/nursery"
)

// member is a place that always has a process: when one ends, the next one begins.
type member struct {
	name    string
	command func(generation int) nursery.Command
	judge   func(name string, code int) // told of each process that ended by itself
	once    bool                        // a process that ends well has done its work

	mu         sync.Mutex
	child      *nursery.Child
	generation int
	told       bool // the running process was told to end
	stopping   bool
	ended      chan struct{} // closed when there will be no further process
}

// again is how long a place stays empty after a process ended in trouble.
const again = 200 * time.Millisecond

// begin fills the place.
func (m *member) begin(n *nursery.Nursery) error {
	child, err := m.next(n)
	if err != nil {
		return err
	}
	m.ended = make(chan struct{})
	go func() {
		defer close(m.ended)
		for child != nil {
			<-child.Done()
			if !m.goOn(child) {
				return
			}
			if child, err = m.next(n); err != nil {
				m.judge(m.name+" cannot start: "+err.Error(), 1)
				return
			}
		}
	}()
	return nil
}

// next starts the next process, unless the place is to stay empty.
func (m *member) next(n *nursery.Nursery) (*nursery.Child, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stopping {
		return nil, nil
	}
	m.generation++
	child, err := n.Start(m.command(m.generation))
	m.child, m.told = child, false
	return child, err
}

// goOn tells whether another process follows one that has ended.
func (m *member) goOn(child *nursery.Child) bool {
	code := child.ExitCode()
	m.mu.Lock()
	told, stopping := m.told, m.stopping
	m.mu.Unlock()
	if stopping || m.once && code == 0 && !told {
		return false
	}
	if code > 0 || code == 0 && !told {
		m.judge(child.Name(), code)
		timer := time.NewTimer(again)
		defer timer.Stop()
		<-timer.C
	}
	return true
}

// signal sends a signal to the process that runs now, and returns it.
func (m *member) signal(s syscall.Signal) (*nursery.Child, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.child == nil || !m.child.Signal(s) {
		return nil, false
	}
	m.told = m.told || s == syscall.SIGTERM
	return m.child, true
}

// over tells whether there will be no further process.
func (m *member) over() bool {
	select {
	case <-m.ended:
		return true
	default:
		return false
	}
}

// generations is how many processes there were.
func (m *member) generations() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.generation
}

// graceful is how long a process may take to end.
const graceful = 40 * time.Second

// stop tells the process to end, and waits; nothing follows it. It must end in good order.
func (m *member) stop(f *check.Findings) {
	m.mu.Lock()
	m.stopping = true
	m.mu.Unlock()
	child, running := m.signal(syscall.SIGTERM)
	if !running {
		<-m.ended
		return
	}
	timer := time.NewTimer(graceful)
	defer timer.Stop()
	select {
	case <-m.ended:
		// One that had not begun yet, or was told twice, is ended by the signal itself.
		if code := child.ExitCode(); code != 0 && !child.EndedBy(syscall.SIGTERM) {
			f.Add(check.Crash, child.Name(), "ended with code %d after SIGTERM", code)
		}
	case <-timer.C:
		f.Add(check.Crash, child.Name(), "still runs %v after SIGTERM", graceful)
		m.signal(syscall.SIGKILL)
		<-m.ended
	}
}

// abandon kills the process that runs, if any; nothing follows it.
func (m *member) abandon() {
	m.mu.Lock()
	m.stopping = true
	m.mu.Unlock()
	m.signal(syscall.SIGKILL)
	if m.ended != nil {
		<-m.ended
	}
}
