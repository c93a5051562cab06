package redisserver

import "syscall"

// endWithUs lets the kernel kill the server when the thread that started it ends.
func endWithUs(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGKILL }
