package redisserver

import (
	"os/exec"
	"runtime"
)

// starter starts commands on one thread that stays, because the kernel ends a child with the thread that started it.
type starter struct {
	commands chan *exec.Cmd
	errors   chan error
}

func newStarter() *starter {
	s := &starter{make(chan *exec.Cmd), make(chan error)}
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		for cmd := range s.commands {
			s.errors <- cmd.Start()
		}
		close(s.errors)
	}()
	return s
}

func (s *starter) start(cmd *exec.Cmd) error {
	s.commands <- cmd
	return <-s.errors
}

// close ends the thread and waits for it.
func (s *starter) close() {
	close(s.commands)
	<-s.errors
}
