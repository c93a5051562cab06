package encode

import (
	"os"

	"golang.org/x/sys/unix"
)

// pipeSize is most of a frame, so that we and ffmpeg rarely wait for each other.
const pipeSize = 1 << 20

// widen asks for a larger pipe. It is a matter of speed alone, so a refusal does not matter.
func widen(pipe *os.File) {
	conn, err := pipe.SyscallConn()
	if err != nil {
		return
	}
	_ = conn.Control(func(fd uintptr) { _, _ = unix.FcntlInt(fd, unix.F_SETPIPE_SZ, pipeSize) })
}
