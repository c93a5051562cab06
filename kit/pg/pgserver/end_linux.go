package pgserver

import "syscall"

// endWithUs lets the kernel stop the server when the thread that started it ends.
func endWithUs(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGQUIT }
