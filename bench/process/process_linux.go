package process

import (
	"fmt"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// endWithUs lets the kernel kill the program when the thread that started it ends.
func endWithUs(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGKILL }

// CPU is the CPU time of the program's threads so far, those that have ended included, to the nanosecond.
func (p *Process) CPU() (time.Duration, error) { return cpuOf(p.id) }

// cpuOf reads the CPU clock of a process; see clock_getcpuclockid(3) for what names it.
func cpuOf(id int) (time.Duration, error) {
	const scheduled = 2 // all time on a CPU, by the scheduler's own count
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^id<<3|scheduled), &t); err != nil {
		return 0, fmt.Errorf("CPU clock of process %d: %w", id, err)
	}
	return time.Duration(t.Nano()), nil
}
