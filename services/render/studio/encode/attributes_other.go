//go:build !linux

package encode

import "syscall"

// attributes give ffmpeg a process group of its own.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// limit does nothing where a process cannot be limited from outside.
func limit(int) {}
