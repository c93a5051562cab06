package tree

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// endWithUs lets the kernel kill the program when the thread that started it ends.
func endWithUs(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGKILL }

// tick is the unit of time in /proc, which is the same on all machines.
const tick = 10 * time.Millisecond

// proc is a process as /proc shows it.
type proc struct {
	id, parent int
	cpu        time.Duration
}

// below is a process and all below it. Who has just ended is missing.
func below(root int) []proc {
	children, all := map[int][]proc{}, []proc{}
	folders, _ := filepath.Glob("/proc/[0-9]*")
	for _, folder := range folders {
		text, err := os.ReadFile(filepath.Join(folder, "stat"))
		if err != nil {
			continue
		}
		p, ok := parseStat(string(text))
		if !ok {
			continue
		}
		children[p.parent] = append(children[p.parent], p)
		if p.id == root {
			all = append(all, p)
		}
	}
	for i := 0; i < len(all); i++ {
		all = append(all, children[all[i].id]...)
	}
	return all
}

// parseStat reads /proc/PID/stat. The name in it may hold anything, so what follows is counted from its last bracket.
func parseStat(text string) (p proc, ok bool) {
	open, end := strings.IndexByte(text, '('), strings.LastIndexByte(text, ')')
	if open < 0 || end < open {
		return p, false
	}
	fields := strings.Fields(text[end+1:])
	if len(fields) < 13 {
		return p, false
	}
	var err error
	if p.id, err = strconv.Atoi(strings.TrimSpace(text[:open])); err != nil {
		return p, false
	}
	if p.parent, err = strconv.Atoi(fields[1]); err != nil {
		return p, false
	}
	for _, field := range fields[11:13] { // in user mode, in the kernel
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return p, false
		}
		p.cpu += time.Duration(n) * tick
	}
	return p, true
}

// memory is the process's proportional set size in bytes; 0 when it has ended.
func (p proc) memory() int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", p.id))
	if err != nil {
		return 0
	}
	for line := range bytes.Lines(text) {
		if rest, ok := bytes.CutPrefix(line, []byte("Pss:")); ok {
			n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(string(rest)), " kB"), 10, 64)
			if err != nil {
				return 0
			}
			return n << 10
		}
	}
	return 0
}
