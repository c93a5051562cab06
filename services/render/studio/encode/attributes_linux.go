package encode

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// attributes give ffmpeg a process group of its own, and let the kernel kill it when we are gone.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

const (
	// politeness lets those go first who answer requests.
	politeness = 5
	// maxFile is far above what a video takes.
	maxFile = 64 << 30
)

// limit makes ffmpeg polite and bounds what it can write. Where that is not allowed, it works all the same.
func limit(pid int) {
	_ = unix.Setpriority(unix.PRIO_PROCESS, pid, politeness)
	_ = unix.Prlimit(pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: maxFile, Max: maxFile}, nil)
	_ = unix.Prlimit(pid, unix.RLIMIT_CORE, &unix.Rlimit{}, nil)
}
