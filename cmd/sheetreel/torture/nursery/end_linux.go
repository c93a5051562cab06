package nursery

import "syscall"

// endWithUs lets the kernel kill the process when the thread that started it ends.
func endWithUs(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGKILL }
