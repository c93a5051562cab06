//go:build !linux

package process

import (
	"errors"
	"syscall"
	"time"
)

// endWithUs does nothing: only Linux can.
func endWithUs(*syscall.SysProcAttr) {}

// CPU fails: only Linux tells the CPU time of another process that runs.
func (p *Process) CPU() (time.Duration, error) {
	return 0, errors.New("the CPU time of a running process is known on Linux only")
}
