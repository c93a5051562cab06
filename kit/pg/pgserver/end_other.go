//go:build !linux

package pgserver

import "syscall"

// endWithUs does nothing: only Linux can.
func endWithUs(*syscall.SysProcAttr) {}
