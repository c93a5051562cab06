//go:build !linux

package nursery

import "syscall"

// endWithUs does nothing: only Linux can.
func endWithUs(*syscall.SysProcAttr) {}
